"""A web process that stops lets those be answered who have asked, and takes nobody new."""

import asyncio

import httpx
import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from tests.helpers.houses import bare_house
from tests.helpers.http import http_client
from wx_backend.base.collection import META
from wx_backend.base.handler import Handler, public
from wx_backend.entrypoints import app


class Slow(Handler):
    access = public("a page of the test")
    asked: asyncio.Event
    may_answer: asyncio.Event

    async def get(self) -> None:
        self.asked.set()
        await self.may_answer.wait()
        self.finish("answered")


@pytest.fixture
async def serving(mongo_uri):
    """(server, its application, its address)."""
    Slow.asked, Slow.may_answer = asyncio.Event(), asyncio.Event()
    async with bare_house(mongo_uri, [META], secret="s" * 32) as house:
        application = app.WebApplication(house)
        application.add_handlers(".*", [("/slow", Slow)])
        server, sockets = HTTPServer(application), bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        yield server, application, f"http://127.0.0.1:{sockets[0].getsockname()[1]}"


async def test_who_has_asked_is_answered(serving):
    server, application, url = serving
    async with http_client(url) as one, http_client(url) as other:
        kept = await one.get("/health/live")
        assert "Connection" not in kept.headers
        asking = asyncio.create_task(other.get("/slow"))
        await Slow.asked.wait()
        stopping = asyncio.create_task(app.drain(server, application))
        await asyncio.sleep(0)
        last = await one.get("/health/live")
        assert (last.status_code, last.headers["Connection"]) == (200, "close")
        with pytest.raises(httpx.ConnectError):
            await one.get("/health/live")
        assert not stopping.done()
        Slow.may_answer.set()
        assert (await asking).text == "answered"
        await stopping


async def test_nobody_waits_for_ever(serving, monkeypatch):
    server, application, url = serving
    monkeypatch.setattr(app, "DRAIN_SECONDS", 0)
    async with http_client(url) as client:
        asking = asyncio.create_task(client.get("/slow"))
        await Slow.asked.wait()
        await app.drain(server, application)
        with pytest.raises(httpx.HTTPError):
            await asking
        Slow.may_answer.set()
