"""A channel document as the credentials its client is made from."""

from wx_backend.base.context import House
from wx_backend.base.secrets import Unreadable
from wx_backend.directory.institutions.model import Channel, ChannelUnusable, secret_aad
from wx_backend.directory.institutions.needs import lacks
from wx_backend.gateways.alipay.keys import pem
from wx_backend.gateways.alipay.port import AlipayConfig
from wx_backend.gateways.his_rest.port import HisRestConfig
from wx_backend.gateways.lis.port import LisConfig
from wx_backend.gateways.sms.port import SmsConfig
from wx_backend.gateways.wechat.port import WeChatConfig
from wx_backend.gateways.wechat_pay.port import PayConfig
from wx_backend.gateways.wecom.port import WeComConfig

Config = (
    WeChatConfig | WeComConfig | PayConfig | AlipayConfig | SmsConfig | LisConfig | HisRestConfig
)


def credential(house: House, channel: Channel, name: str) -> str:
    """One opened secret. Raises Unreadable, or KeyError when the channel has none of this name."""
    return house.vault.open(channel.secrets[name], secret_aad(channel.id, name))


def config_of(house: House, channel: Channel) -> Config:
    """Whatever the channel's platform takes.

    Raises:
        ChannelUnusable: something is missing, cannot be, or does not open.
    """
    if found := lacks(channel, channel.secrets):
        raise ChannelUnusable(fields=found)
    make = _MAKERS[channel.platform]
    try:
        secrets = {name: credential(house, channel, name) for name in channel.secrets}
    except Unreadable as error:
        raise ChannelUnusable(fields={"secrets": "无法解密"}) from error
    return make(house, channel, secrets)


def _wechat(house: House, channel: Channel, secrets: dict[str, str]) -> WeChatConfig:
    return WeChatConfig(
        appid=channel.appid,
        secret=secrets["secret"],
        token=secrets["token"],
        aes_key=secrets["aes_key"],
        api_url=house.settings.wechat_api_url,
        open_url=house.settings.wechat_open_url,
    )


def _wecom(house: House, channel: Channel, secrets: dict[str, str]) -> WeComConfig:
    """The appid is the corp's id."""
    return WeComConfig(
        corp_id=channel.appid,
        agent_id=int(channel.params["agent_id"]),
        secret=secrets["secret"],
        token=secrets["token"],
        aes_key=secrets["aes_key"],
        api_url=house.settings.wecom_api_url,
        open_url=house.settings.wechat_open_url,
    )


def _wechat_pay(house: House, channel: Channel, secrets: dict[str, str]) -> PayConfig:
    """The private key is a PEM text."""
    return PayConfig(
        mchid=channel.mchid,
        appids=channel.appids(),
        merchant_serial=channel.params["merchant_serial"],
        merchant_private_key=secrets["merchant_private_key"],
        apiv3_key=secrets["apiv3_key"],
        public_key_id=channel.params["public_key_id"],
        public_key=channel.params["public_key"],
        other_public_key_id=channel.params.get("other_public_key_id", ""),
        other_public_key=channel.params.get("other_public_key", ""),
        notify_url=_notify_url(house, channel),
        api_url=house.settings.wechat_pay_url,
    )


def _alipay(house: House, channel: Channel, secrets: dict[str, str]) -> AlipayConfig:
    """The appid is the application's, the mchid the seller's; keys as Alipay's tool gives them or
    as PEM texts.
    """
    return AlipayConfig(
        app_id=channel.appid,
        seller_id=channel.mchid,
        app_private_key=pem(secrets["app_private_key"], "PRIVATE KEY"),
        alipay_public_key=pem(secrets["alipay_public_key"], "PUBLIC KEY"),
        other_public_key=_other_key(channel),
        aes_key=secrets.get("aes_key", ""),
        notify_url=_notify_url(house, channel),
        api_url=house.settings.alipay_url,
        open_url=house.settings.alipay_open_url,
        bill_url=house.settings.alipay_bill_url,
    )


def _other_key(channel: Channel) -> str:
    """Of the platform, while it changes its key; empty at other times."""
    given = channel.params.get("other_public_key", "")
    return pem(given, "PUBLIC KEY") if given else ""


def _notify_url(house: House, channel: Channel) -> str:
    """Where a pay platform tells us what happened."""
    return f"{house.settings.public_url}/cb/{channel.platform}/{channel.id}"


def _sms(house: House, channel: Channel, secrets: dict[str, str]) -> SmsConfig:
    """The appid is the application's SDKAppID."""
    asked = {"region": channel.params["region"]} if "region" in channel.params else {}
    return SmsConfig(
        app_id=channel.appid,
        secret_id=secrets["secret_id"],
        secret_key=secrets["secret_key"],
        signature=channel.params["signature"],
        api_url=house.settings.sms_url,
        **asked,
    )


def _lis(house: House, channel: Channel, secrets: dict[str, str]) -> LisConfig:
    """The appid is ``application|facility`` of the LIS, as its reports have them. To a LIS with TLS
    we show the gateway's own certificate.
    """
    application, _, facility = channel.appid.partition("|")
    names = {"our_application": "WX", "our_facility": facility}
    own = {"certificate": house.settings.hl7_tls_cert, "key": house.settings.hl7_tls_key}
    given = {**names, **channel.params, "port": int(channel.params["port"])}
    known = {name: given[name] for name in LisConfig.__struct_fields__ if name in given}
    return LisConfig(**{**known, **own, "application": application, "facility": facility})


def _his(house: House, channel: Channel, secrets: dict[str, str]) -> HisRestConfig:
    """The appid names the secret."""
    return HisRestConfig(url=channel.params["url"], key=channel.appid, secret=secrets["secret"])


_MAKERS = {
    "wechat": _wechat,
    "wechat_mini": _wechat,
    "wechat_pay": _wechat_pay,
    "alipay": _alipay,
    "wecom": _wecom,
    "sms": _sms,
    "lis": _lis,
    "his_numbers": _his,
    "his_accounts": _his,
    "his_bills": _his,
    "his_proof": _his,
}
