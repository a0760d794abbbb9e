"""Does an account's callback key work? Seals and signs a delivery to ourselves, and reads it."""

import time

from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from wx_backend.base.errors import AppError
from wx_backend.base.words import Filled
from wx_backend.gateways.wechat.callback import CallbackReader
from wx_backend.gateways.wechat.port import WeChatConfig

SAMPLE = (
    "<xml><ToUserName>self</ToUserName><FromUserName>test</FromUserName>"
    "<CreateTime>1</CreateTime><MsgType>event</MsgType><Event>subscribe</Event></xml>"
)
NONCE = "selftest"


def keys(config: WeChatConfig) -> list[str]:
    """What is wrong with token and aes_key, in words."""
    stamp = str(int(time.monotonic()))
    try:
        sealed = WeChatCrypto(config.token, config.aes_key, config.appid).encrypt_message(
            SAMPLE, NONCE, stamp
        )
        signature = sealed.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]
        query = {"msg_signature": signature, "timestamp": stamp, "nonce": NONCE}
        CallbackReader(config).parse(query, sealed.encode())
    except (AppError, ValueError, AssertionError) as error:
        return [Filled("用回调令牌和消息密钥加密后不能解开：%(why)s", why=error)]
    return []


def challenge(config: WeChatConfig, echo: str) -> dict[str, str]:
    """The query of the platform's own check of our address, which must answer ``echo``."""
    stamp = str(int(time.monotonic()))
    signer = WeChatSigner()
    signer.add_data(config.token, stamp, NONCE)
    return {"signature": signer.signature, "timestamp": stamp, "nonce": NONCE, "echostr": echo}
