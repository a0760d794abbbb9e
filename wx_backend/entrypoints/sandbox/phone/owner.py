"""Whose phone this is: one cookie for each client, seen only by the client's own pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.wecom import members


@dataclass(frozen=True)
class Client:
    """An app on the phone under `path`; `find` gives the person of a key."""

    name: str
    find: Callable[[str], Any]

    @property
    def path(self) -> str:
        return f"/__{self.name}/"

    @property
    def cookie(self) -> str:
        return f"{self.name}_person"

    def owner(self, handler: RequestHandler) -> Any:
        """Who signed in to this app; None while nobody did."""
        return self.find(handler.get_cookie(self.cookie, "") or "")

    def become(self, handler: RequestHandler, person: Any) -> None:
        """The phone belongs to `person` from now on."""
        handler.set_cookie(self.cookie, person.key, path=self.path, samesite="Lax")

    def leave_web(self, handler: RequestHandler) -> None:
        """Another person is another phone: forget what the web had stored in this one."""
        for name in handler.request.cookies:
            if name not in (self.cookie, OPENED_BY):
                handler.clear_cookie(name, path="/")


WECHAT = Client("wechat", people.by_key)
WECOM = Client("wecom", members.by_userid)
OPENED_BY = "phone_client"
"""Cookie of the client whose WebView was opened last: it names itself to the web."""
