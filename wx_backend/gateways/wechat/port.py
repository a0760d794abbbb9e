"""What we ask of a WeChat service account (服务号) or mini-program, in our words."""

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from wx_backend.base.errors import AppError
from wx_backend.gateways.phone import VerifiedPhone

Scope = Literal["snsapi_base", "snsapi_userinfo"]

SCAN, SCAN_AND_FOLLOW = "scan", "subscribe_scan"
"""Kinds of events: a follower has scanned a code, or somebody who became one by it."""


class WeChatConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of one account. `token` and `aes_key` (43 characters) belong to its callback."""

    appid: str
    secret: str
    token: str
    aes_key: str
    api_url: str = "https://api.weixin.qq.com"
    open_url: str = "https://open.weixin.qq.com"


class OpenIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in. `snapshot`: a virtual visitor of WeChat's page preview; never bind such an
    openid.
    """

    openid: str
    unionid: str | None = None
    snapshot: bool = False


class TemplateMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One template message. `client_msg_id` is our message's id: the platform drops a repetition of
    it.
    """

    openid: str
    template_id: str
    fields: dict[str, str]
    client_msg_id: str
    url: str | None = None


class SubscribeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a mini-program to who has agreed to it: one agreement, one message. The
    platform knows no repetition of it. `page`: of the mini-program, without a leading slash.
    """

    openid: str
    template_id: str
    fields: dict[str, str]
    page: str | None = None


class Sent(msgspec.Struct, frozen=True):
    """Accepted by the platform; an event with this `msgid` tells later whether it arrived."""

    msgid: str


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one template of a `subscribe_msg_*_event` (protocols.md 1.6).

    `status`: `accept` or `reject` of a person, or how a sent message (`msgid`) ended, with the
    platform's `error` code, "0" for success.
    """

    template_id: str
    status: str = ""
    msgid: str | None = None
    error: str | None = None


class AccountEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A message or event from the account's callback.

    `kind` is the event in lower case (`subscribe`, `scan`, `click`, `templatesendjobfinish`, …) or
    `message.<type>`; `dedupe_key` is the same for every repetition of one delivery; `account` is
    what the platform calls us, for the answer; `text` is what a person wrote; `status` and `msgid`
    tell how a template message ended, `subscriptions` what became of consents.
    """

    kind: str
    openid: str
    dedupe_key: str
    account: str = ""
    text: str = ""
    msgid: str | None = None
    status: str | None = None
    event_key: str | None = None
    subscriptions: tuple[Subscription, ...] = ()

    @property
    def scene(self) -> str:
        """What the scanned code stands for; empty when nothing was scanned."""
        return (self.event_key or "") if self.kind in (SCAN, SCAN_AND_FOLLOW) else ""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the account says at once to who wrote, scanned or tapped (protocols.md 1.4).

    With a `url` it is a card with a title that opens it; else a text, which may hold `<a href>`.
    """

    text: str
    title: str = ""
    url: str = ""


class Button(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of an account's menu, in the platform's own words (protocols.md 1.8).

    `type` is `view` (opens `url`), `click` (tells us `key`) or `miniprogram`; a button with
    `sub_button` only opens those.
    """

    name: str
    type: str = ""
    url: str = ""
    key: str = ""
    appid: str = ""
    pagepath: str = ""
    sub_button: tuple["Button", ...] = ()


class AccountTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template that the account has, with the names of its fields (`thing1`, `time4`, …)."""

    id: str
    title: str
    fields: tuple[str, ...]


class WeChatCodeUsed(AppError):
    """The sign-in code was used before or is too old (back button, double load): start the sign-in
    again.
    """

    code, status, message = "wechat_code_used", 401, "登录已失效，请重新进入"


class PhoneCodeUsed(AppError):
    """The code of the phone number was used before, is too old, or is none."""

    code, status, message = "phone_code_used", 409, "手机号授权已失效，请重新点击授权"


class AccountCallbacks(Protocol):
    """Reads what the platform posts to us. Never calls out."""

    def verify_url(self, query: Mapping[str, str]) -> str:
        """The text to answer when the console checks our address. Raises `CallbackRejected`."""

    def parse(self, query: Mapping[str, str], body: bytes) -> AccountEvent:
        """Verify, decrypt and read one delivery. Raises `CallbackRejected`."""

    def seal(self, event: AccountEvent, reply: Reply) -> str:
        """The encrypted and signed answer to a delivery that shows `reply` to who caused it."""


class AccountUpkeep(Protocol):
    """What an account is set up with. All raise `GatewayBusy` (not done), `GatewayRefused` or
    `GatewayUnknown`; asking again does no harm.
    """

    async def menu(self) -> tuple[Button, ...]:
        """The menu that users see now; empty without one."""

    async def set_menu(self, buttons: tuple[Button, ...]) -> None:
        """Puts this menu in its place."""

    async def scene_code(self, scene: str) -> str:
        """The address in a new permanent code of `scene` (1-64 characters). An account has at most
        100,000 of them.
        """

    async def templates(self) -> list[AccountTemplate]:
        """The service account's message templates."""

    async def subscribe_templates(self) -> list[AccountTemplate]:
        """The mini-program's."""


class WeChatPort(Protocol):
    """One service account or mini-program."""

    callbacks: AccountCallbacks
    upkeep: AccountUpkeep

    def authorize_url(self, redirect_uri: str, state: str, scope: Scope = "snsapi_base") -> str:
        """Where to send a browser to sign in. `state`: at most 128 letters and digits."""

    async def sign_in(self, code: str) -> OpenIdentity:
        """Exchange the code of the web sign-in. Raises `WeChatCodeUsed`, `GatewayRefused`,
        `GatewayUnknown`.
        """

    async def code_to_session(self, js_code: str) -> OpenIdentity:
        """The same for a mini-program's `wx.login` code."""

    async def unionid(self, openid: str) -> str | None:
        """Of who follows a service account: the same in all applications of its open platform. None
        for others, and without one. Raises `GatewayBusy`, `GatewayRefused`, `GatewayUnknown`.
        """

    async def phone_number(self, code: str) -> VerifiedPhone:
        """The number that a mini-program's user chose to give; ``code`` is of its `getPhoneNumber`
        button, not of `wx.login` (protocols.md 2). Raises `PhoneCodeUsed`, `GatewayBusy`,
        `GatewayRefused`, `GatewayUnknown`.
        """

    async def send_template(self, message: TemplateMessage) -> Sent:
        """Raises `SendRefused`, `SendInvalid`, `SendLater` or `SendUnknown`, and `GatewayBusy`
        (nothing sent).
        """

    async def send_subscribe(self, message: SubscribeMessage) -> Sent:
        """A mini-program's message; the same errors. `SendRefused` with platform_code 43101: the
        person has not agreed, or the agreement is used up.
        """
