"""WebSockets of the phone's WebView: each message passed through, in both directions."""

import asyncio

from tornado.httpclient import HTTPError, HTTPRequest
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher
from tornado.websocket import WebSocketClosedError, WebSocketHandler, websocket_connect

from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.phone import proxy


class Upgrades(Matcher):
    """Requests that ask for a WebSocket, whatever their path."""

    def match(self, request: HTTPServerRequest) -> dict | None:
        return {} if request.headers.get("Upgrade", "").lower() == "websocket" else None


class WebSocket(WebSocketHandler):
    """The browser's socket on one side, the web's on the other; either end closes both."""

    def initialize(self, box: Box, platform_port: int) -> None:
        self.box = box

    def check_origin(self, origin: str) -> bool:
        """The web judges the origin, which it is told."""
        return True

    async def get(self) -> None:
        """Accepts what the web accepts; a refusal is passed on with its status."""
        url = f"{self.box.config.web}{self.request.uri}".replace("http", "ws", 1)
        try:
            self.web = await websocket_connect(
                HTTPRequest(url, headers=proxy.onward(self), connect_timeout=10)
            )
        except (OSError, HTTPError) as refusal:
            self.set_status(refusal.code if isinstance(refusal, HTTPError) else 502)
            self.finish()
        else:
            await super().get()

    def open(self) -> None:
        self._passing = asyncio.create_task(self._pass())

    async def _pass(self) -> None:
        """What the web says, until it closes."""
        try:
            while (message := await self.web.read_message()) is not None:
                await self.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:  # the browser left meanwhile
            self.web.close()
        else:
            self.close(self.web.close_code, self.web.close_reason)

    async def on_message(self, message: str | bytes) -> None:
        await self.web.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        self.web.close(self.close_code, self.close_reason)
