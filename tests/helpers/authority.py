"""A certificate authority of a test's own: nothing it signs outlives the test."""

import datetime as dt
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = dt.datetime.now(dt.UTC)
LOOPBACK = x509.IPAddress(ip_address("127.0.0.1"))


class Authority:
    """``ca`` is its own certificate, a PEM file in ``home``."""

    def __init__(self, home: Path, name: str):
        self._home, self._name = home, _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = self._signed(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))
        self.ca = self._home / f"{name}.pem"
        self.ca.write_bytes(own)

    def issue(self, name: str) -> Path:
        """A PEM file with a certificate for ``name`` (and this machine) and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(name), LOOPBACK])
        path = self._home / f"{name}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(self._signed(_name(name), key, names) + secret)
        return path

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, more: x509.ExtensionType
    ) -> bytes:
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - dt.timedelta(days=1))
            .not_valid_after(NOW + dt.timedelta(days=1))
            .add_extension(more, critical=isinstance(more, x509.BasicConstraints))
        )
        return made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
