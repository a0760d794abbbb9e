"""Who follows the service account, and what the account's server hears of its users."""

import json
from collections.abc import Iterable

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox import people as known
from wx_backend.entrypoints.sandbox.callbacks import Callbacks
from wx_backend.entrypoints.sandbox.people import Person
from wx_backend.entrypoints.sandbox.store import Store

ACCOUNT = "gh_sandbox"


class Followers:
    """Everyone follows unless noted otherwise; changes survive a restart."""

    def __init__(self, store: Store, callbacks: Callbacks, people: Iterable[Person]) -> None:
        self._store, self._callbacks = store, callbacks
        self._strangers = {person.openid for person in people if not person.follows}

    def follows(self, openid: str) -> bool:
        noted = self._store.fact(f"follows:{openid}")
        if noted is not None:
            return noted == "yes"
        return known.by_openid(openid) is not None and openid not in self._strangers

    def set(self, openid: str, follows: bool) -> None:
        """Follow or leave; the account's server is told by `subscribe` / `unsubscribe`."""
        if self.follows(openid) == follows:
            return
        with self._store.change():
            self._store.remember(f"follows:{openid}", "yes" if follows else "no")
            self.push(openid, "subscribe" if follows else "unsubscribe")

    def push(self, openid: str, event: str, wait: float = 0.0, **fields: object) -> None:
        """Send an event of this user to the configured server; nothing when there is none."""
        url = self.server
        if not url:
            return
        message = {
            "ToUserName": ACCOUNT,
            "FromUserName": openid,
            "CreateTime": int(clock.now()),
            "MsgType": "event",
            "Event": event,
        } | fields
        self._callbacks.add("event", event, openid, url, message, wait)

    @property
    def server(self) -> str | None:
        """The callback address entered in the account's console (`/_ctl/server`)."""
        return self._store.fact("server")

    @server.setter
    def server(self, url: str) -> None:
        self._store.remember("server", url)

    @property
    def menu(self) -> list[dict[str, object]]:
        """Buttons of the account's menu as last created; empty when none was."""
        return json.loads(self._store.fact("menu") or "[]")

    @menu.setter
    def menu(self, buttons: list[dict[str, object]]) -> None:
        self._store.remember("menu", json.dumps(buttons, ensure_ascii=False))
