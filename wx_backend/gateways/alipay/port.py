"""What we ask of an Alipay merchant (RSA2, public-key mode), in our words."""

from typing import Protocol

import msgspec

from wx_backend.base.errors import AppError
from wx_backend.gateways.paying import PayPort, Prepay
from wx_backend.gateways.phone import VerifiedPhone


class AlipayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of one application. Keys are PEM texts; `seller_id` is the merchant's own number
    (2088…), `notify_url` is where the platform calls us, `bill_url` where its bills are fetched.
    While the platform changes its key, `other_public_key` is believed too: the next, or the last.
    `aes_key` (base64) opens what the platform seals for the mini-program; empty: it seals nothing.
    """

    app_id: str
    seller_id: str
    app_private_key: str
    alipay_public_key: str
    notify_url: str
    api_url: str = "https://openapi.alipay.com"
    open_url: str = "https://openauth.alipay.com"
    bill_url: str = "https://dwbillcenter.alipay.com"
    other_public_key: str = ""
    aes_key: str = ""

    @property
    def platform_keys(self) -> tuple[str, ...]:
        """What the platform's signatures are verified with."""
        return tuple(filter(None, (self.alipay_public_key, self.other_public_key)))


class AlipayIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who opened us inside Alipay. New applications are told an `open_id`, older ones a `user_id`;
    one of them is there (protocols.md 5.6).
    """

    open_id: str | None = None
    user_id: str | None = None


class AuthCodeUsed(AppError):
    """The code is spent, late or not ours: ask the mini-program for another one."""

    code, status, message = "alipay_code_used", 401, "登录已失效，请从支付宝重新进入"


class PhoneUnproven(AppError):
    """What is said to be a phone number was not signed by the platform, or not sealed for us."""

    code, status, message = "alipay_phone_unproven", 409, "手机号无法核实，请重新点击授权"


class LifeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One template message of the life account: `keywords` in the template's order; `url` is what a
    tap opens, by the words of `action`.
    """

    openid: str
    template_id: str
    first: str
    keywords: tuple[str, ...]
    url: str = ""
    action: str = "查看详情"


class MiniMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a template that the person has subscribed to; `page` of the mini-program."""

    openid: str
    template_id: str
    keywords: tuple[str, ...]
    page: str


class AlipayPort(PayPort, Protocol):
    """One application of one merchant at Alipay."""

    async def create(self, prepay: Prepay) -> str:
        """Open a payment inside Alipay; returns the trade number for the mini-program's pay sheet.
        Raises `AlreadyPaidOnPlatform`.
        """

    async def wap_url(self, prepay: Prepay) -> str:
        """Where a phone's browser pays; afterwards it comes to `back_to`, which proves nothing. The
        platform knows no trade before somebody opens it.
        """

    async def precreate(self, prepay: Prepay) -> str:
        """The text of a code for the payer to scan. The platform knows no trade until then: it can
        not be closed before, it lapses at `expires_at`.
        """

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where a browser inside Alipay goes to sign in without being asked; it comes back to
        `redirect_uri` with `auth_code` and `state`. Raises ValueError: no state of letters and
        digits.
        """

    async def sign_in(self, code: str) -> AlipayIdentity:
        """Who gave this authorisation code. Raises `AuthCodeUsed`."""

    def phone_number(self, sealed: str) -> VerifiedPhone:
        """The number in what `my.getPhoneNumber` gave the mini-program (its `response`, a text of
        JSON). It says neither whose nor since when. Raises `PhoneUnproven`, GatewayRefused,
        GatewayUnknown.
        """

    async def send_life(self, message: LifeMessage) -> None:
        """A template message of the life account; once, for the platform drops no repetition.

        Raises `SendRefused`, `SendInvalid`, `SendLater`; `GatewayUnknown`: it may have gone out.
        """

    async def send_mini(self, message: MiniMessage) -> None:
        """A subscription message of the mini-program. Raises as `send_life`."""
