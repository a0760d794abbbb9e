"""Field encryption and blind indexes for personal data at rest (GB/T 39786; clinical.md 7.3).

A sealed field reads "v2.<base64url(nonce | ciphertext | tag)>". The key version stands in front, so
keys rotate without a stop: seal with the newest, open with any still configured. The `aad` names
the field and its document, so a value copied into another place does not open. A blind index is a
keyed hash of a normalised value, one for each key version, stored as an array under a multikey
index: equality search without the plain text.
"""

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, algorithms, modes

_NONCE, _TAG = 12, 16
_VERSION = re.compile(r"v[1-9][0-9]*")


class Unreadable(ValueError):
    """A sealed value that does not open: changed, moved, or sealed under a key that is gone."""


class Suite(Protocol):
    """A family of algorithms: authenticated encryption and a keyed hash."""

    def seal(self, key: bytes, plain: bytes, aad: bytes) -> bytes:
        """nonce | ciphertext | tag"""

    def open(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        """The plain bytes; raises `InvalidTag` or `ValueError`."""

    def mac(self, key: bytes, data: bytes) -> bytes:
        """A 32-byte keyed hash."""


class GcmSuite:
    """A block cipher in GCM mode and an HMAC. The cipher's key is derived from the 32-byte master
    key.
    """

    def __init__(
        self, cipher: type[BlockCipherAlgorithm], key_bytes: int, digest: type[hashes.HashAlgorithm]
    ) -> None:
        self._cipher, self._key_bytes, self._digest = cipher, key_bytes, digest

    def seal(self, key: bytes, plain: bytes, aad: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        sealer = Cipher(self._block(key), modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(aad)
        return nonce + sealer.update(plain) + sealer.finalize() + sealer.tag

    def open(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        nonce, body, tag = sealed[:_NONCE], sealed[_NONCE:-_TAG], sealed[-_TAG:]
        opener = Cipher(self._block(key), modes.GCM(nonce, tag)).decryptor()
        opener.authenticate_additional_data(aad)
        return opener.update(body) + opener.finalize()

    def mac(self, key: bytes, data: bytes) -> bytes:
        keyed = hmac.HMAC(key, self._digest())
        keyed.update(data)
        return keyed.finalize()

    def _block(self, key: bytes) -> BlockCipherAlgorithm:
        return self._cipher(self.mac(key, b"seal")[: self._key_bytes])


SUITES: dict[str, Suite] = {
    "aes": GcmSuite(algorithms.AES, 32, hashes.SHA256),  # AES-256-GCM, HMAC-SHA256
    "sm4": GcmSuite(algorithms.SM4, 16, hashes.SM3),  # SM4-GCM, HMAC-SM3: the national algorithms
}


class Vault:
    """Seals, opens and blinds with versioned 32-byte keys ("v1", "v2", …; the highest number is the
    newest).
    """

    def __init__(self, keys: Mapping[str, bytes], index_key: bytes, suite: str = "aes") -> None:
        if not keys or any(not _VERSION.fullmatch(version) for version in keys):
            raise ValueError("field keys are named v1, v2, … and there is at least one")
        if any(len(key) != 32 for key in (*keys.values(), index_key)):
            raise ValueError("every field key and the index key have 32 bytes")
        self._suite = SUITES[suite]
        self._keys = dict(sorted(keys.items(), key=lambda item: -int(item[0][1:])))
        self._newest = next(iter(self._keys))
        self._index_keys = {
            version: self._suite.mac(index_key, b"blind" + key)
            for version, key in self._keys.items()
        }

    def seal(self, text: str, aad: str) -> str:
        """Encrypt `text` under the newest key; `aad` names field and document, for example
        "patients.id_no:pat0…".
        """
        sealed = self._suite.seal(self._keys[self._newest], text.encode(), aad.encode())
        return f"{self._newest}.{urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def open(self, token: str, aad: str) -> str:
        """The text sealed with the same `aad`. Raises `Unreadable`."""
        version, _, body = token.partition(".")
        if version not in self._keys:
            raise Unreadable(f"no field key {version[:8]!r}")
        try:
            sealed = urlsafe_b64decode(body + "=" * (-len(body) % 4))
            return self._suite.open(self._keys[version], sealed, aad.encode()).decode()
        except (InvalidTag, ValueError):
            raise Unreadable("a sealed value does not open") from None

    def blind(self, value: str, purpose: str) -> list[str]:
        """["v2:<hex>", "v1:<hex>"]: one keyed hash for each key version, newest first. Normalise
        `value` before.
        """
        text = f"{len(purpose)}:{purpose}{value}".encode()
        return [f"{v}:{self._suite.mac(key, text).hex()}" for v, key in self._index_keys.items()]
