"""Handlers of one slice behind a real HTTP server; the caller is whoever the header says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from tests.helpers.stopping import stop
from wx_backend.base.context import VISITOR, Actor, House
from wx_backend.base.handler import Handler, check_access
from wx_backend.base.ratelimit import Buckets

ACCOUNT_HEADER = "X-Test-Account"


class TestFront:
    """Implements ``base.handler.Front`` for one institution."""

    __test__ = False

    def __init__(self, house: House, institution: str) -> None:
        self.house, self._institution = house, institution
        self.buckets = Buckets(1000, 1000, house.wire)

    def institution(self, handler: Handler) -> str | None:
        return self._institution

    def caller(self, handler: Handler) -> tuple[Actor, str | None]:
        account = handler.request.headers.get(ACCOUNT_HEADER)
        return (Actor("account", account) if account else VISITOR), None

    def permits(self, actor: Actor, permission: str) -> bool:
        return False


@asynccontextmanager
async def served(house: House, institution: str, routes: list[tuple]) -> AsyncIterator[str]:
    """The base address of a server with these routes."""
    check_access(routes)
    application = Application(routes, log_function=lambda handler: None)
    application.front = TestFront(house, institution)
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(application)
    server.add_sockets(sockets)
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        await stop(server)
