"""What we ask of an Alipay merchant (RSA2, public-key mode), in our words."""

from typing import Protocol

import msgspec

from wx_backend.base.errors import AppError
from wx_backend.gateways.paying import (
    PayCallbacks,
    PaymentState,
    Prepay,
    RefundRequest,
    RefundState,
)


class AlipayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of one application. Keys are PEM texts; `seller_id` is the merchant's own number
    (2088…), `notify_url` is where the platform calls us.
    """

    app_id: str
    seller_id: str
    app_private_key: str
    alipay_public_key: str
    notify_url: str
    api_url: str = "https://openapi.alipay.com"
    open_url: str = "https://openauth.alipay.com"


class AlipayIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who opened us inside Alipay. New applications are told an `open_id`, older ones a `user_id`;
    one of them is there (protocols.md 5.6).
    """

    open_id: str | None = None
    user_id: str | None = None


class AuthCodeUsed(AppError):
    """The code is spent, late or not ours: ask the mini-program for another one."""

    code, status, message = "alipay_code_used", 401, "登录已失效，请从支付宝重新进入"


class AlipayPort(Protocol):
    """One application of one merchant.

    Every call raises `GatewayUnknown` when the outcome is not known (time-out, 5xx, an answer that
    is not signed by the platform, its own "unknown"): query by our number before anything else.
    `GatewayRefused` and `PlatformLimited` are definite; `GatewayBusy` means we did not ask.
    """

    callbacks: PayCallbacks

    async def create(self, prepay: Prepay) -> str:
        """Open a payment inside Alipay; returns the trade number for the mini-program's pay sheet.
        Raises `AlreadyPaidOnPlatform`.
        """

    async def wap_url(self, prepay: Prepay, back_to: str) -> str:
        """Where a phone's browser pays; afterwards it comes to `back_to`, which proves nothing."""

    async def precreate(self, prepay: Prepay) -> str:
        """The text of a code for the payer to scan. The platform knows no trade until then: it can
        not be closed before, it lapses at `expires_at`.
        """

    async def query(self, out_trade_no: str) -> PaymentState:
        """The truth about a payment; state NOT_EXIST when the platform never heard of it."""

    async def close(self, out_trade_no: str) -> None:
        """Make sure it can no longer be paid; also fine when it is closed or unknown. Raises
        `AlreadyPaidOnPlatform`.
        """

    async def refund(self, request: RefundRequest) -> RefundState:
        """Give money back; SUCCESS only when it has moved. Raises `NotEnoughBalance`."""

    async def query_refund(self, out_trade_no: str, out_refund_no: str) -> RefundState:
        """The truth about a refund; status NOT_EXIST when the platform never heard of it."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where a browser inside Alipay goes to sign in without being asked; it comes back to
        `redirect_uri` with `auth_code` and `state`. Raises ValueError: no state of letters and
        digits.
        """

    async def sign_in(self, code: str) -> AlipayIdentity:
        """Who gave this authorisation code. Raises `AuthCodeUsed`."""
