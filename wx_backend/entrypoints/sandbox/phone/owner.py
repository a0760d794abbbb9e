"""The apps on the phone, and whose it is: one cookie for each app, seen only by its own pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.wecom import members


@dataclass(frozen=True)
class Client:
    """An app on the phone under `path`; `find` gives the person of a key.

    agent: what its WebView adds to the User-Agent; bridge: the scripts it adds to every document.
    """

    name: str
    find: Callable[[str], Any]
    agent: str
    bridge: tuple[str, ...]

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
        """The phone belongs to `person` from now on, who has this app open."""
        handler.set_cookie(self.cookie, person.key, path=self.path, samesite="Lax")
        handler.set_cookie(OPENED_BY, self.name, path="/", samesite="Lax")

    def leave_web(self, handler: RequestHandler) -> None:
        """Another person is another phone: forget what the web had stored in this one."""
        for name in handler.request.cookies:
            if name not in (self.cookie, OPENED_BY):
                handler.clear_cookie(name, path="/")


OPENED_BY = "phone_client"
"""Cookie of the client whose WebView was opened last: it names itself to the web."""

_SHEET = "sheet.js"
WECHAT = Client(
    "wechat",
    people.by_key,
    " MicroMessenger/8.0.50(0x28003237) NetType/WIFI Language/zh_CN",
    (_SHEET, "bridge.js"),
)
WECOM = Client(
    "wecom",
    members.by_userid,
    " wxwork/4.1.22 MicroMessenger/7.0.1 NetType/WIFI Language/zh",
    (_SHEET, "bridge.js"),
)
ALIPAY = Client(
    "alipay",
    people.by_key,
    " AliApp(AP/10.6.0.8000) AlipayClient/10.6.0.8000 Language/zh-Hans",
    (_SHEET, "alipay_bridge.js"),
)
_CLIENTS = {one.name: one for one in (WECHAT, WECOM, ALIPAY)}


def opened(handler: RequestHandler) -> Client:
    """The app whose WebView is in front; WeChat until one was opened."""
    return _CLIENTS.get(handler.get_cookie(OPENED_BY, "") or "", WECHAT)
