"""Do an application's keys work? Signs and verifies, and never calls out."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from wx_backend.base.words import Filled
from wx_backend.gateways.alipay.keys import bare
from wx_backend.gateways.alipay.port import AlipayConfig

SAMPLE = b"sign and verify with this key"
LEAST_BITS = 2048


def application_key(config: AlipayConfig) -> list[str]:
    """Signs with the application's private key and verifies with its public half."""
    try:
        key = _private(config)
        signature = key.sign(SAMPLE, PKCS1v15(), SHA256())
        key.public_key().verify(signature, SAMPLE, PKCS1v15(), SHA256())
    except (ValueError, TypeError, InvalidSignature) as error:
        return [Filled("应用私钥不能签名：%(why)s", why=error)]
    return []


def platform_key(config: AlipayConfig) -> list[str]:
    """Alipay's public key is one, and not the application's own, which is the usual mistake
    (lessons.md, payments 18); and so is the other, while it changes.
    """
    return [wrong for text in config.platform_keys for wrong in _mistaken(config, text)]


def content_key(config: AlipayConfig) -> list[str]:
    """What the platform seals can be opened with the application's AES key."""
    try:
        AES(base64.b64decode(config.aes_key, validate=True))
    except ValueError as error:
        return [Filled("接口内容加密密钥不是 AES 密钥：%(why)s", why=error)]
    return []


def _mistaken(config: AlipayConfig, text: str) -> list[str]:
    try:
        key = load_der_public_key(base64.b64decode(bare(text)))
    except (ValueError, TypeError) as error:
        return [Filled("支付宝公钥无法读取：%(why)s", why=error)]
    if not isinstance(key, RSAPublicKey):
        return ["支付宝公钥不是 RSA 公钥"]
    try:
        own = _private(config).public_key()
    except (ValueError, TypeError):  # application_key() says so
        return []
    if key.public_numbers() == own.public_numbers():
        return ["填写的是应用公钥，应填写开放平台显示的支付宝公钥"]
    return []


def _private(config: AlipayConfig) -> RSAPrivateKey:
    """Raises ValueError."""
    key = load_der_private_key(base64.b64decode(bare(config.app_private_key)), None)
    if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise ValueError("不是 2048 位以上的 RSA 密钥")
    return key
