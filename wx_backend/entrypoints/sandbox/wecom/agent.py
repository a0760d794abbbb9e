"""The application in the corp's console: its callback address, its menu, and what it is told."""

import json
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.callbacks import Callbacks
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.store import Store

_SERVER, _MENU = "wecom_server", "wecom_menu"


class Agent:
    def __init__(self, store: Store, keys: Keys, callbacks: Callbacks) -> None:
        self._store, self._keys, self._callbacks = store, keys, callbacks

    @property
    def server(self) -> str | None:
        """The callback address entered in the console (`/_ctl/wecom/server`)."""
        return self._store.fact(_SERVER)

    @server.setter
    def server(self, url: str) -> None:
        self._store.remember(_SERVER, url)

    @property
    def menu(self) -> list[dict[str, Any]]:
        """Buttons of the application's menu as last created; empty when none was."""
        return json.loads(self._store.fact(_MENU) or "[]")

    @menu.setter
    def menu(self, buttons: list[dict[str, Any]]) -> None:
        self._store.remember(_MENU, json.dumps(buttons, ensure_ascii=False))

    def push(self, userid: str, event: str, subject: str, **fields: Any) -> None:
        """Tell the callback address of an event; nothing when there is none."""
        if not self.server:
            return
        message = {
            "ToUserName": self._keys.corp_id,
            "FromUserName": userid,
            "CreateTime": int(clock.now()),
            "MsgType": "event",
            "Event": event,
            "AgentID": self._keys.agent_id,
        } | fields
        self._callbacks.add("wecom", event, subject, self.server, message)
