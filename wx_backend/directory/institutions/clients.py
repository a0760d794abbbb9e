"""A channel document as the credentials its client is made from."""

from wx_backend.base.context import House
from wx_backend.directory.institutions.model import Channel, secret_aad
from wx_backend.gateways.wechat.port import WeChatConfig
from wx_backend.gateways.wechat_pay.port import PayConfig
from wx_backend.gateways.wecom.port import WeComConfig


def credential(house: House, channel: Channel, name: str) -> str:
    """One opened secret. Raises Unreadable, or KeyError when the channel has none of this name."""
    return house.vault.open(channel.secrets[name], secret_aad(channel.id, name))


def wechat_config(house: House, channel: Channel) -> WeChatConfig:
    """Secrets: ``secret``, ``token`` and ``aes_key``."""
    return WeChatConfig(
        appid=channel.appid,
        secret=credential(house, channel, "secret"),
        token=credential(house, channel, "token"),
        aes_key=credential(house, channel, "aes_key"),
        api_url=house.settings.wechat_api_url,
        open_url=house.settings.wechat_open_url,
    )


def wecom_config(house: House, channel: Channel) -> WeComConfig:
    """Secrets: ``secret``, ``token`` and ``aes_key``; the appid is the corp's id."""
    return WeComConfig(
        corp_id=channel.appid,
        agent_id=int(channel.params["agent_id"]),
        secret=credential(house, channel, "secret"),
        token=credential(house, channel, "token"),
        aes_key=credential(house, channel, "aes_key"),
        api_url=house.settings.wecom_api_url,
        open_url=house.settings.wechat_open_url,
    )


def config_of(house: House, channel: Channel) -> WeChatConfig | WeComConfig | PayConfig:
    """Whatever the channel's platform takes. Raises Unreadable, KeyError or ValueError."""
    make = {"wechat_pay": pay_config, "wecom": wecom_config}
    return make.get(channel.platform, wechat_config)(house, channel)


def pay_config(house: House, channel: Channel) -> PayConfig:
    """Secrets: ``merchant_private_key`` (PEM) and ``apiv3_key``."""
    return PayConfig(
        mchid=channel.mchid,
        appid=channel.appid,
        merchant_serial=channel.params["merchant_serial"],
        merchant_private_key=credential(house, channel, "merchant_private_key"),
        apiv3_key=credential(house, channel, "apiv3_key"),
        public_key_id=channel.params["public_key_id"],
        public_key=channel.params["public_key"],
        notify_url=f"{house.settings.public_url}/cb/{channel.platform}/{channel.id}",
        api_url=house.settings.wechat_pay_url,
    )
