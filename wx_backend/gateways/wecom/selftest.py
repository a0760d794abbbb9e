"""Does an application's callback key work? Seals and signs a delivery to ourselves."""

import time
import xml.etree.ElementTree as xml

from wechatpy.enterprise.crypto import WeChatCrypto

from wx_backend.base.errors import AppError
from wx_backend.base.words import Filled
from wx_backend.gateways.wecom.callback import CallbackReader
from wx_backend.gateways.wecom.port import WeComConfig

NONCE = "selftest"


def keys(config: WeComConfig) -> list[str]:
    """What is wrong with token and aes_key, in words."""
    try:
        if CallbackReader(config).verify_url(challenge(config, "echo")) != "echo":
            return ["用回调令牌和消息密钥加密后解开的内容不一致"]
    except (AppError, ValueError, AssertionError) as error:
        return [Filled("用回调令牌和消息密钥加密后不能解开：%(why)s", why=error)]
    return []


def challenge(config: WeComConfig, echo: str) -> dict[str, str]:
    """The query of the platform's own check of our address, which must answer ``echo``."""
    stamp = str(int(time.monotonic()))
    crypto = WeChatCrypto(config.token, config.aes_key, config.corp_id)
    sealed = xml.fromstring(crypto.encrypt_message(echo, NONCE, stamp))  # noqa: S314 - our own
    return {
        "msg_signature": sealed.findtext("MsgSignature", ""),
        "timestamp": stamp,
        "nonce": NONCE,
        "echostr": sealed.findtext("Encrypt", ""),
    }
