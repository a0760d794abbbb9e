"""A tiny product: signs in by the service account, asks for one payment, strict CSP."""

import asyncio
import json
import time
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from tests.wire.sandbox.sdk import merchant_sdk, oauth_sdk
from wx_backend.entrypoints.sandbox.keys import Keys

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SCRIPT = """
document.getElementById('pay').onclick = function () {
  var params = JSON.parse(document.getElementById('params').textContent);
  WeixinJSBridge.invoke('getBrandWCPayRequest', params, function (answer) {
    document.getElementById('answer').textContent = answer.err_msg;
  });
};
document.addEventListener('WeixinJSBridgeReady', function () { document.title += '·ready'; });
"""
_PAGE = """<!doctype html><html lang="zh-CN"><head><title>挂号</title></head><body>
<p id="who">{who}</p><button id="pay">去支付</button><p id="answer"></p>
<script type="application/json" id="params">{params}</script><script src="/app.js"></script>
</body></html>"""


class Product:
    """Knows the platforms by their address only; `connect` gives it that."""

    def __init__(self) -> None:
        sockets = bind_sockets(0, "127.0.0.1")
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        self.seen: list[RequestHandler] = []
        self.talks_to = ""
        self.ended: list[int | None] = []
        self.number = 0
        self.server = HTTPServer(
            Application(
                [
                    (r"/h5/", Home, {"product": self}),
                    (r"/back", Back, {"product": self}),
                    (r"/talk", Talk, {"product": self}),
                    (r"/echo", Echo, {"product": self}),
                    (r"/app.js", Script, {"product": self}),
                    (r"/cb", Script, {"product": self}),
                ]
            )
        )
        self.server.add_sockets(sockets)

    def connect(self, platforms: str, keys: Keys) -> None:
        self.platforms, self.keys = platforms, keys
        self.sdk = merchant_sdk(platforms, keys, f"{self.url}/cb")

    async def payment(self, openid: str) -> dict[str, str]:
        """Prepay, and the parameters a page hands to the bridge."""
        self.number += 1
        _, text = await asyncio.to_thread(
            self.sdk.pay, "挂号费", f"order-{self.number:04d}", {"total": 5000}, {"openid": openid}
        )
        package = f"prepay_id={json.loads(text)['prepay_id']}"
        stamp = str(int(time.time()))
        signed = self.sdk.sign([self.keys.appid, stamp, "nonce", package])
        return {
            "appId": self.keys.appid, "timeStamp": stamp, "nonceStr": "nonce", "package": package,
            "signType": "RSA", "paySign": signed,
        }  # fmt: skip

    async def close(self) -> None:
        self.server.stop()
        await self.server.close_all_connections()


class Base(RequestHandler):
    def initialize(self, product: Product) -> None:
        self.product = product
        product.seen.append(self)


class Home(Base):
    async def get(self) -> None:
        who = self.get_cookie("who")
        if who is None:
            product = self.product
            back = oauth_sdk(product.platforms, product.keys, f"{product.url}/back", state="s1")
            self.redirect(back.authorize_url)
            return
        self.set_header("Content-Security-Policy", _CSP)
        self.set_header("X-Frame-Options", "DENY")
        params = json.dumps(await self.product.payment(who))
        self.finish(_PAGE.format(who=who, params=params))


class Back(Base):
    async def get(self) -> None:
        product = self.product
        oauth = oauth_sdk(product.platforms, product.keys, "")
        code = self.get_query_argument("code")
        token: dict[str, Any] = await asyncio.to_thread(oauth.fetch_access_token, code)
        self.set_cookie("who", token["openid"])
        self.redirect(f"{product.url}/h5/")


class Echo(Base):
    """Two cookies out; the request's method and body back, as a fragment."""

    def post(self) -> None:
        self.set_cookie("a", "1")
        self.set_cookie("b", "2", httponly=True)
        self.set_status(422)
        self.finish(b"<p>" + self.request.body + b"</p>")


class Script(Base):
    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript")
        self.finish(_SCRIPT)

    def post(self) -> None:
        self.set_status(204)


class Talk(WebSocketHandler):
    """Greets whoever it knows, says everything back, ends at "bye"."""

    def initialize(self, product: Product) -> None:
        self.product = product

    def check_origin(self, origin: str) -> bool:
        return origin == self.product.talks_to

    def open(self) -> None:
        self.product.seen.append(self)
        self.write_message(f"hello {self.get_cookie('wechat_person', 'stranger')}")

    def on_message(self, message: str | bytes) -> None:
        if message == "bye":
            self.close(4001, "signed out")
        else:
            self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        self.product.ended.append(self.close_code)
