"""The mini-program: an application of its own at WeChat, with its own appid, tokens and server.

It and the service account hang on one open platform (开放平台) unless they are untied: then WeChat
tells nobody's unionid, and to us its users are other people than the account's followers.
"""

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.callbacks import Callbacks
from wx_backend.entrypoints.sandbox.people import Person
from wx_backend.entrypoints.sandbox.store import Store
from wx_backend.entrypoints.sandbox.tokens import MiniTokens

ACCOUNT = "gh_sandboxmini"
_UNTIED = "untied"


class MiniProgram:
    """What it is to its server; who has agreed to its messages is in `consents.py`."""

    def __init__(self, store: Store, callbacks: Callbacks) -> None:
        self._store, self._callbacks = store, callbacks
        self.tokens = MiniTokens(store)

    def push(self, openid: str, event: str, wait: float = 0.0, **fields: object) -> None:
        """Send an event of this user to the configured server; nothing when there is none."""
        if url := self.server:
            ends = {"ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": int(clock.now())}
            told = ends | {"MsgType": "event", "Event": event} | fields
            self._callbacks.add("mini", event, openid, url, told, wait)

    def union(self, person: Person | None) -> dict[str, str]:
        """`{unionid}` as both applications hear it; empty while they are untied."""
        if person is None or self._store.fact(_UNTIED):
            return {}
        return {"unionid": person.unionid}

    def tie(self, tied: bool) -> None:
        """Bind the applications to one open platform, or to none."""
        self._store.remember(_UNTIED, "" if tied else "yes")

    @property
    def server(self) -> str | None:
        """The callback address entered in its console (`/_ctl/server`)."""
        return self._store.fact("mini_server")

    @server.setter
    def server(self, url: str) -> None:
        self._store.remember("mini_server", url)
