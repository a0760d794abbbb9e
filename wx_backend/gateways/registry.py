"""The clients of all channels: one for each channel and version of its credentials, and one pool
for each platform.
"""

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from wx_backend.base.bridge import Pool
from wx_backend.base.clock import Clock
from wx_backend.gateways.alipay.client import AlipayMerchant
from wx_backend.gateways.alipay.port import AlipayConfig, AlipayPort
from wx_backend.gateways.his_accounts.client import HisAccounts
from wx_backend.gateways.his_accounts.port import HisAccountsPort
from wx_backend.gateways.his_bills.client import HisBills
from wx_backend.gateways.his_bills.port import HisBillsPort
from wx_backend.gateways.his_numbers.client import HisNumbers
from wx_backend.gateways.his_numbers.port import HisNumbersPort
from wx_backend.gateways.his_rest.port import HisRestConfig
from wx_backend.gateways.insurance.adapters import ADAPTERS
from wx_backend.gateways.insurance.port import InsurancePort
from wx_backend.gateways.proof.his_phone import HisPhone
from wx_backend.gateways.proof.port import ProofPort
from wx_backend.gateways.sms.client import TextProvider
from wx_backend.gateways.sms.port import SmsConfig, SmsPort
from wx_backend.gateways.wechat.client import ServiceAccount
from wx_backend.gateways.wechat.port import WeChatConfig, WeChatPort
from wx_backend.gateways.wechat_pay.client import Merchant
from wx_backend.gateways.wechat_pay.port import PayConfig, WeChatPayPort
from wx_backend.gateways.wecom.client import Application
from wx_backend.gateways.wecom.port import WeComConfig, WeComPort

POOL_SIZES = {
    "wechat": 16, "wechat_pay": 16, "alipay": 16, "wecom": 8, "his_numbers": 16, "his_accounts": 8,
    "his_bills": 16, "his_proof": 8, "sms": 8,
}  # fmt: skip


class _Client(Protocol):
    def disconnect(self) -> None: ...


C = TypeVar("C", bound=_Client)


class _Kept(Generic[C]):
    """The newest client of each channel."""

    def __init__(self) -> None:
        self._clients: dict[str, tuple[int, C]] = {}

    def get(self, channel_id: str, version: int, make: Callable[[], C]) -> C:
        """The kept client, or a new one in the place of the one with other credentials."""
        kept_version, client = self._clients.get(channel_id, (None, None))
        if client is not None and kept_version == version:
            return client
        if client is not None:
            client.disconnect()
        made = make()
        self._clients[channel_id] = (version, made)
        return made

    def each(self) -> Iterator[tuple[str, C]]:
        """Every client by its channel's id."""
        return ((channel_id, client) for channel_id, (_, client) in self._clients.items())

    def disconnect(self) -> None:
        """Disconnect and forget all of them."""
        for _, client in self._clients.values():
            client.disconnect()
        self._clients.clear()


class Gateways:
    """What a process has to reach the platforms. `clock` is the wire clock.

    Made after a fork (it owns threads); asked only from the event loop.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pools = {name: Pool(name, size) for name, size in POOL_SIZES.items()}
        self._accounts: _Kept[ServiceAccount] = _Kept()
        self._merchants: _Kept[Merchant] = _Kept()
        self._alipay: _Kept[AlipayMerchant] = _Kept()
        self._applications: _Kept[Application] = _Kept()
        self._texts: _Kept[TextProvider] = _Kept()
        self._numbers: _Kept[HisNumbers] = _Kept()
        self._his_accounts: _Kept[HisAccounts] = _Kept()
        self._his_bills: _Kept[HisBills] = _Kept()
        self._his_phones: _Kept[HisPhone] = _Kept()
        self._bureaus: dict[str, InsurancePort] = {}

    def wechat(self, channel_id: str, version: int, config: WeChatConfig) -> WeChatPort:
        """The service account or mini-program of this channel."""
        return self._accounts.get(
            channel_id, version, lambda: ServiceAccount(config, self._pools["wechat"])
        )

    def wechat_pay(self, channel_id: str, version: int, config: PayConfig) -> WeChatPayPort:
        """The merchant of this channel."""
        return self._merchants.get(
            channel_id,
            version,
            lambda: Merchant(config, self._pools["wechat_pay"], self._clock),
        )

    def alipay(self, channel_id: str, version: int, config: AlipayConfig) -> AlipayPort:
        """The Alipay application of this channel. Raises ValueError for keys that are none."""
        return self._alipay.get(
            channel_id,
            version,
            lambda: AlipayMerchant(config, self._pools["alipay"], self._clock),
        )

    def wecom(self, channel_id: str, version: int, config: WeComConfig) -> WeComPort:
        """The WeCom application of this channel."""
        return self._applications.get(
            channel_id, version, lambda: Application(config, self._pools["wecom"])
        )

    def sms(self, channel_id: str, version: int, config: SmsConfig) -> SmsPort:
        """The application of this channel at its text message provider."""
        return self._texts.get(
            channel_id, version, lambda: TextProvider(config, self._pools["sms"])
        )

    def his_numbers(self, channel_id: str, version: int, config: HisRestConfig) -> HisNumbersPort:
        """The HIS of this channel, as the owner of its numbers."""
        return self._numbers.get(
            channel_id,
            version,
            lambda: HisNumbers(config, self._pools["his_numbers"], self._clock),
        )

    def his_accounts(self, channel_id: str, version: int, config: HisRestConfig) -> HisAccountsPort:
        """The HIS of this channel, as the keeper of the hospital's books."""
        return self._his_accounts.get(
            channel_id,
            version,
            lambda: HisAccounts(config, self._pools["his_accounts"], self._clock),
        )

    def his_bills(self, channel_id: str, version: int, config: HisRestConfig) -> HisBillsPort:
        """The HIS of this channel, as the hospital's cashier."""
        return self._his_bills.get(
            channel_id, version, lambda: HisBills(config, self._pools["his_bills"], self._clock)
        )

    def his_phone(self, channel_id: str, version: int, config: HisRestConfig) -> ProofPort:
        """The HIS of this channel, as who knows everybody's number."""
        return self._his_phones.get(
            channel_id, version, lambda: HisPhone(config, self._pools["his_proof"], self._clock)
        )

    def insurance(self, code: str) -> InsurancePort | None:
        """The insurance bureau of the institution of this code; None: it has no way to one."""
        if code in ADAPTERS and code not in self._bureaus:
            self._bureaus[code] = ADAPTERS[code](self._clock)
        return self._bureaus.get(code)

    def news(self) -> dict[str, dict[str, str]]:
        """By channel, what platforms' answers have said of our accounts (``Standing.news``)."""
        watched = (
            self._accounts, self._merchants, self._alipay, self._applications, self._texts,
        )  # fmt: skip
        heard = ((key, one.standing.news()) for kept in watched for key, one in kept.each())
        return {key: news for key, news in heard if news}

    def close(self) -> None:
        """Wait for the calls under way, at most their time-outs, and let go of every connection."""
        for pool in self._pools.values():
            pool.close()
        for kept in (
            self._accounts, self._merchants, self._alipay, self._applications, self._texts,
            self._numbers, self._his_accounts, self._his_bills, self._his_phones,
        ):  # fmt: skip
            kept.disconnect()
