"""WebSockets of pages in the phone's WebView reach the web and come back."""

import asyncio

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.wire.sandbox.pocket import Phone

PATIENCE = 20


async def talk(phone: Phone, client: str, origin: str = "") -> WebSocketClientConnection:
    """A page of ``client`` opens a socket."""
    phone.product.talks_to = phone.url
    headers = {
        "Cookie": f"wechat_person=zhang-min; phone_client={client}",
        "Origin": origin or phone.url,
        "User-Agent": "Browser/1",
    }
    url = phone.url.replace("http", "ws", 1) + "/talk"
    return await websocket_connect(HTTPRequest(url, headers=headers))


async def said(socket: WebSocketClientConnection) -> str | bytes | None:
    return await asyncio.wait_for(socket.read_message(), PATIENCE)


@pytest.mark.parametrize(
    ("client", "name"),
    [("wechat", "MicroMessenger/8"), ("wecom", "wxwork/4"), ("alipay", "AlipayClient/10")],
)
async def test_every_app_passes_messages_both_ways(phone: Phone, client: str, name: str) -> None:
    socket = await talk(phone, client)
    assert await said(socket) == "hello zhang-min"
    for words in ("血钾 6.82", b"\x00\xff"):
        await socket.write_message(words, binary=isinstance(words, bytes))
        assert await said(socket) == words
    headers = phone.product.seen[-1].request.headers
    assert headers["X-Forwarded-Host"] == phone.url.removeprefix("http://")
    assert name in headers["User-Agent"]
    socket.close()


async def test_the_web_ends_it_with_its_own_code(phone: Phone) -> None:
    socket = await talk(phone, "wecom")
    await said(socket)
    await socket.write_message("bye")
    assert await said(socket) is None
    assert (socket.close_code, socket.close_reason) == (4001, "signed out")
    socket.close()


async def test_the_page_ends_it_and_the_web_learns_so(phone: Phone) -> None:
    socket = await talk(phone, "wecom")
    await said(socket)
    socket.close(1000)
    async with asyncio.timeout(PATIENCE):
        while not phone.product.ended:  # noqa: ASYNC110 it happens in another task
            await asyncio.sleep(0.01)
    assert phone.product.ended == [1000]


async def test_a_refusal_of_the_web_is_passed_on(phone: Phone) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await talk(phone, "wecom", origin="http://elsewhere.example")
    assert refused.value.code == 403
    await phone.product.close()
    with pytest.raises(HTTPClientError) as refused:
        await talk(phone, "wecom")
    assert refused.value.code == 502
