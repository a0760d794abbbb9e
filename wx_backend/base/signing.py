"""Signatures of our own: Ed25519 with named keys, so that keys can change and old ones still
verify.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Signer:
    """Signs with the first of ``keys`` (name → 32 secret bytes), verifies with any of them."""

    def __init__(self, keys: Mapping[str, bytes]):
        if not keys or any(len(key) != 32 for key in keys.values()):
            raise ValueError("there is at least one signing key, of 32 bytes")
        self._keys = {name: Ed25519PrivateKey.from_private_bytes(key) for name, key in keys.items()}
        self.key = next(iter(self._keys))

    def sign(self, data: bytes) -> str:
        """The signature by ``key``, base64."""
        return b64encode(self._keys[self.key].sign(data)).decode()

    def verifies(self, key: str, data: bytes, signature: str) -> bool:
        """False also for a key that is not there and for what is no signature."""
        if key not in self._keys:
            return False
        try:
            self._keys[key].public_key().verify(b64decode(signature), data)
        except (InvalidSignature, ValueError):
            return False
        return True

    def public_keys(self) -> dict[str, str]:
        """For an auditor who shall verify and not sign: name → raw public key, base64."""
        return {
            name: b64encode(key.public_key().public_bytes_raw()).decode()
            for name, key in self._keys.items()
        }
