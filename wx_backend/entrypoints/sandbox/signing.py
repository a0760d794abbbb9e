"""Signatures and encryption of WeChat Pay API v3, both directions (pure).

Source: protocols.md 4.2 and 4.5. Every signed text is a list of lines, each closed by a line feed.
"""

import base64
import re
import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WINDOW_SECONDS = 300
_PAIR = re.compile(r'(\w+)="([^"]*)"')


def _text(lines: tuple[str, ...]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def sign(key: RSAPrivateKey, *lines: str) -> str:
    """Base64 of SHA256withRSA over the lines."""
    return base64.b64encode(key.sign(_text(lines), PKCS1v15(), SHA256())).decode()


def verify(key: RSAPublicKey, signature: str, *lines: str) -> bool:
    """Whether the base64 signature was made over exactly these lines."""
    try:
        key.verify(base64.b64decode(signature, validate=True), _text(lines), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def nonce() -> str:
    return secrets.token_hex(16).upper()


def parse_authorization(header: str) -> dict[str, str]:
    """The named parts of a merchant's Authorization header; empty when it is of another scheme."""
    scheme, _, rest = header.partition(" ")
    return dict(_PAIR.findall(rest)) if scheme == SCHEME else {}


def seal(apiv3_key: str, plaintext: bytes, associated_data: str) -> dict[str, str]:
    """AEAD_AES_256_GCM as in a notification: `{algorithm, ciphertext, nonce, associated_data}`."""
    once = secrets.token_hex(6)
    sealed = AESGCM(apiv3_key.encode()).encrypt(once.encode(), plaintext, associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": once,
        "associated_data": associated_data,
    }
