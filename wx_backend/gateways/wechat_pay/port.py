"""What we ask of a WeChat Pay merchant (API v3, direct merchant, public-key mode), in our words."""

from typing import Protocol

import msgspec

from wx_backend.gateways.paying import PayPort, Prepay


class PayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of one merchant. Keys are PEM texts; `notify_url` is where the platform calls us;
    `appids` are bound to the merchant, and a payment belongs to the first unless it says otherwise.
    While the platform changes its key, the `other` one is believed too: the next, or the last.
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
    other_public_key_id: str = ""
    other_public_key: str = ""

    @property
    def platform_keys(self) -> dict[str, str]:
        """What the platform's signatures are verified with, by the key's id."""
        other, own = self.other_public_key_id, {self.public_key_id: self.public_key}
        return {other: self.other_public_key, **own} if other else own


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
