"""What we ask of a WeChat Pay merchant (API v3, direct merchant, public-key mode), in our words."""

from typing import Protocol

import msgspec

from wx_backend.gateways.paying import PayPort, Prepay


class PayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of one merchant. Keys are PEM texts; `notify_url` is where the platform calls us;
    `appids` are bound to the merchant, and a payment belongs to the first unless it says otherwise.
    """

    mchid: str
    appids: tuple[str, ...]
    merchant_serial: str
    merchant_private_key: str
    apiv3_key: str
    public_key_id: str
    public_key: str
    notify_url: str
    api_url: str = "https://api.mch.weixin.qq.com"


class WeChatPayPort(PayPort, Protocol):
    """One merchant at WeChat Pay."""

    async def prepay_jsapi(self, prepay: Prepay) -> str:
        """Open a payment inside WeChat; returns the prepay_id (good for 2 hours). Raises
        `AlreadyPaidOnPlatform`, as do the other two.
        """

    async def prepay_h5(self, prepay: Prepay) -> str:
        """Open a payment from a browser outside WeChat; returns the h5_url (good for 5 minutes)."""

    async def prepay_native(self, prepay: Prepay) -> str:
        """Open a payment for whoever scans; returns the text of the code (good for 2 hours)."""

    def jsapi_params(self, prepay_id: str, appid: str = "") -> dict[str, str]:
        """The signed parameters a page or mini-program hands to WeChat to show its pay sheet;
        `appid` is the one that the payment was opened for.
        """
