"""What we ask of a WeChat Pay merchant (API v3, direct merchant, public-key mode), in our words."""

from typing import Protocol

import msgspec

from wx_backend.gateways.paying import (
    PayCallbacks,
    PaymentState,
    Prepay,
    RefundRequest,
    RefundState,
)


class PayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of one merchant with one appid. Keys are PEM texts; `notify_url` is where the
    platform calls us.
    """

    mchid: str
    appid: str
    merchant_serial: str
    merchant_private_key: str
    apiv3_key: str
    public_key_id: str
    public_key: str
    notify_url: str
    api_url: str = "https://api.mch.weixin.qq.com"


class WeChatPayPort(Protocol):
    """One merchant.

    Every call raises `GatewayUnknown` when the outcome is not known (time-out, 5xx, an answer that
    is not signed by the platform): query by our number before anything else. `GatewayRefused` and
    `PlatformLimited` are definite; `GatewayBusy` means we did not ask.
    """

    callbacks: PayCallbacks

    async def prepay_jsapi(self, prepay: Prepay) -> str:
        """Open a payment inside WeChat; returns the prepay_id (good for 2 hours). Raises
        `AlreadyPaidOnPlatform`.
        """

    async def prepay_h5(self, prepay: Prepay) -> str:
        """Open a payment from a browser outside WeChat; returns the h5_url (good for 5 minutes)."""

    def jsapi_params(self, prepay_id: str) -> dict[str, str]:
        """The signed parameters the page hands to WeChat to show its pay sheet."""

    async def query(self, out_trade_no: str) -> PaymentState:
        """The truth about a payment; state NOT_EXIST when the platform never heard of it."""

    async def close(self, out_trade_no: str) -> None:
        """Make sure it can no longer be paid; also fine when it is closed or unknown. Raises
        `AlreadyPaidOnPlatform`.
        """

    async def refund(self, request: RefundRequest) -> RefundState:
        """Ask for a refund; an answer means accepted. Raises `NotEnoughBalance`."""

    async def query_refund(self, out_refund_no: str) -> RefundState:
        """The truth about a refund; status NOT_EXIST when the platform never heard of it."""
