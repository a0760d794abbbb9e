"""Do a merchant's keys work? Signs and verifies, seals and opens, and never calls out."""

import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from wx_backend.base.words import Filled
from wx_backend.gateways.wechat_pay.port import PayConfig

SAMPLE = b"sign and verify with this key"
KEY_BYTES = 32  # of the API v3 key
LEAST_BITS = 2048


def merchant_key(config: PayConfig) -> list[str]:
    """Signs with the merchant's private key and verifies with its public half."""
    try:
        key = load_pem_private_key(config.merchant_private_key.encode(), None)
        if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_BITS:
            return ["商户私钥不是 2048 位以上的 RSA 密钥"]
        signature = key.sign(SAMPLE, PKCS1v15(), SHA256())
        key.public_key().verify(signature, SAMPLE, PKCS1v15(), SHA256())
    except (ValueError, TypeError, InvalidSignature) as error:
        return [Filled("商户私钥不能签名：%(why)s", why=error)]
    return []


def api_key(config: PayConfig) -> list[str]:
    """Seals and opens with the API v3 key."""
    key = config.apiv3_key.encode()
    if len(key) != KEY_BYTES:
        return [
            Filled("APIv3 密钥应为 %(least)s 个字符，现为 %(n)s 个", least=KEY_BYTES, n=len(key))
        ]
    nonce = os.urandom(12)
    opened = AESGCM(key).decrypt(nonce, AESGCM(key).encrypt(nonce, SAMPLE, None), None)
    return [] if opened == SAMPLE else ["APIv3 密钥不能解开自己加密的内容"]


def platform_key(config: PayConfig) -> list[str]:
    """The platform's public key is one, with an id; and so is the other, while it changes."""
    wrong = [words for text in config.platform_keys.values() if (words := _unreadable(text))]
    return wrong + ([] if config.public_key_id else ["没有填写微信支付公钥 ID"])


def _unreadable(text: str) -> str:
    """What is wrong with a public key; empty when nothing is."""
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, TypeError) as error:
        return Filled("微信支付公钥无法读取：%(why)s", why=error)
    return "" if isinstance(key, RSAPublicKey) else "微信支付公钥不是 RSA 公钥"
