"""Our gateways against the sandbox as a process of its own, and our callback address for it."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.helpers import platforms
from tests.helpers.sandbox import Sandbox
from wx_backend.gateways.alipay.port import AlipayConfig, AlipayPort
from wx_backend.gateways.sms.port import SmsConfig, SmsPort
from wx_backend.gateways.wechat.port import WeChatConfig, WeChatPort
from wx_backend.gateways.wechat_pay.port import PayConfig, WeChatPayPort


class Address(platforms.Address):
    world: "World"

    def get(self, _: str) -> None:
        self.finish(self.world.wechat.callbacks.verify_url(self.query))

    def post(self, platform: str) -> None:
        body, world = self.request.body, self.world
        if platform == "wechat":
            self.hear(lambda: world.wechat.callbacks.parse(self.query, body))
        elif platform == "alipay":
            self.hear(lambda: world.alipay.callbacks.parse(self.request.headers, body))
            self.finish("success" if self.get_status() == 200 else "failure")
        else:
            self.hear(lambda: world.pay.callbacks.parse(self.request.headers, body))


class World(platforms.World):
    """The service account and the merchant."""

    @property
    def callback_url(self) -> str:
        return f"{self.web}/cb"

    @property
    def wechat(self) -> WeChatPort:
        return self.gateways.wechat("ch1", 1, self.wechat_config())

    @property
    def mini(self) -> WeChatPort:
        names = ("appid", "secret", "token", "aes_key")
        own = {name: self.keys[f"MINI_{name.upper()}"] for name in names}
        return self.gateways.wechat("ch4", 1, self.wechat_config(**own))

    @property
    def pay(self) -> WeChatPayPort:
        return self.gateways.wechat_pay("ch2", 1, self.pay_config())

    @property
    def alipay(self) -> AlipayPort:
        return self.gateways.alipay("ch3", 1, self.alipay_config())

    def sms(self, **changes: str) -> SmsPort:
        """The provider of texts; other credentials are another channel."""
        names = ("app_id", "secret_id", "secret_key", "signature")
        ours = {
            **{name: self.keys[f"SMS_{name.upper()}"] for name in names},
            "api_url": f"{self.url}/sms",
        }
        return self.gateways.sms(f"ch5{sorted(changes)}", 1, SmsConfig(**ours | changes))

    @property
    def texts(self) -> dict[str, str]:
        """Ids of approved texts by name."""
        return json.loads(self.keys["SMS_TEMPLATES"])

    @property
    def templates(self) -> dict[str, str]:
        """Template ids by name."""
        return json.loads(self.keys["TEMPLATES"])

    def wechat_config(self, **changes: str) -> WeChatConfig:
        ours = {
            **{name: self.keys[name.upper()] for name in ("appid", "secret", "token", "aes_key")},
            "api_url": f"{self.url}/wx",
            "open_url": f"{self.url}/open",
        }
        return WeChatConfig(**ours | changes)

    def pay_config(self, **changes: str) -> PayConfig:
        names = ("mchid", "merchant_serial", "apiv3_key", "public_key_id", "public_key")
        ours = {
            **{name: self.keys[name.upper()] for name in names},
            "appids": (self.keys["APPID"], self.keys["MINI_APPID"]),
            "merchant_private_key": self.keys["MERCHANT_KEY"],
            "notify_url": f"{self.callback_url}/pay",
            "api_url": self.url,
        }
        return PayConfig(**ours | changes)

    def alipay_config(self, **changes: str) -> AlipayConfig:
        ours = {
            "app_id": self.keys["ALIPAY_APP_ID"],
            "seller_id": self.keys["ALIPAY_SELLER_ID"],
            "app_private_key": self.keys["ALIPAY_APP_KEY"],
            "alipay_public_key": self.keys["ALIPAY_PUBLIC_KEY"],
            "notify_url": f"{self.callback_url}/alipay",
            "api_url": self.url,
            "bill_url": self.url,
        }
        return AlipayConfig(**ours | changes)

    async def person(self, key: str, called: str = "openid") -> str:
        """The openid of a demo person, or what the mini-program calls them."""
        return next(p[called] for p in await self.ctl("people") if p["key"] == key)

    async def code(self, person: str) -> str:
        """The code of a person who agreed to sign in."""
        return await self.agreed(self.wechat.authorize_url("http://127.0.0.1/back", "s1"), person)


@pytest.fixture
async def world(platform: Sandbox) -> AsyncIterator[World]:
    async with platforms.opened(World, platform, (r"/cb/(\w+)", Address)) as world:
        yield world
