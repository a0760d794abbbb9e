"""The phone as a test holds it."""

import json
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from tests.wire.sandbox.product import Product
from wx_backend.entrypoints.sandbox.server import Running


class Phone:
    """A browser of few wits: keeps cookies, follows nothing by itself."""

    def __init__(self, running: Running, product: Product) -> None:
        self.running, self.product = running, product
        self.url = f"http://127.0.0.1:{running.phone_port}"
        self.cookies: dict[str, str] = {}

    async def go(self, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await AsyncHTTPClient().fetch(
            f"{self.url}{path}",
            method="GET" if body is None else "POST",
            body=body if body is None or isinstance(body, bytes) else json.dumps(body),
            headers={"Cookie": sent, "User-Agent": "Browser/1"} | headers,
            follow_redirects=False,
            raise_error=False,
        )
        for line in answer.headers.get_list("Set-Cookie"):
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
            if value == '""':
                del self.cookies[name]
        return answer

    async def own(self, person: str, app: str = "wechat") -> None:
        assert (await self.go(f"/__{app}/api/owner", {"person": person})).code == 200

    async def follow(self, path: str) -> HTTPResponse:
        """Follow redirects, which must all stay inside the phone."""
        answer = await self.go(path)
        while answer.code in (301, 302, 303):
            assert answer.headers["Location"].startswith("/")
            answer = await self.go(answer.headers["Location"])
        return answer
