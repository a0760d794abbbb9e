"""Who follows the service account, and what the account's server hears of its users."""

import json
from collections.abc import Iterable

from wx_backend.entrypoints.sandbox import clock, talk
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
        self._tell(openid, event, {"MsgType": "event", "Event": event} | fields, wait)

    def say(self, openid: str, text: str) -> None:
        """The user writes to the account."""
        number = int(clock.now() * 1_000_000)
        with self._store.change():
            talk.said(self._store, f"said-{number}", openid, text)
            self._tell(openid, "text", {"MsgType": "text", "Content": text, "MsgId": number})

    def tap(self, openid: str, button: dict[str, object]) -> None:
        """The user taps a button of the menu, which the server hears of."""
        event = str(button["type"]).upper()
        self.push(openid, event, EventKey=str(button.get("key") or button.get("url") or ""))

    def scan(self, openid: str, url: str) -> bool:
        """The user scans a code of the account, which makes a follower of who is none; False when
        the code is none of ours, or too old.
        """
        row = self._store.one("SELECT * FROM scenes WHERE url = ?", url)
        if row is None or (row["expires"] or clock.now() + 1) <= clock.now():
            return False
        code = {"Ticket": row["ticket"]}
        if self.follows(openid):
            self.push(openid, "SCAN", EventKey=row["scene"], **code)
            return True
        with self._store.change():
            self._store.remember(f"follows:{openid}", "yes")
            self.push(openid, "subscribe", EventKey=f"qrscene_{row['scene']}", **code)
        return True

    def _tell(self, openid: str, kind: str, fields: dict[str, object], wait: float = 0.0) -> None:
        url = self.server
        if not url:
            return
        ends = {"ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": int(clock.now())}
        self._callbacks.add("event", kind, openid, url, ends | fields, wait)

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
