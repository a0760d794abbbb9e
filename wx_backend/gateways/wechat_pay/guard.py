"""What must be true of the platform's headers before wechatpayv3 sees them (protocols.md 4.5).

Left alone, the library accepts old timestamps, and an unknown serial makes it call out: any
stranger could make us do so.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from wx_backend.gateways.http.asking import Untrusted

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WINDOW = 300  # seconds
_PROBE = "WECHATPAY/SIGNTEST/"
_NAMES = tuple(
    f"Wechatpay-{part}" for part in ("Signature", "Timestamp", "Nonce", "Serial", "Signature-Type")
)


def signed_headers(
    headers: Mapping[str, str], serials: Collection[str], now: datetime
) -> dict[str, str]:
    """Exactly the five signature headers, once they are worth verifying. Raises `Untrusted`
    (unsigned, probe, unknown_serial, stale).

    `serials` are the key ids we know; `now` is the wire clock's.
    """
    found = {name: headers.get(name) or "" for name in _NAMES}
    signature, timestamp, _, serial, kind = found.values()
    if signature.startswith(_PROBE):
        raise Untrusted("probe")
    if kind != SCHEME or not (signature and timestamp.isascii() and timestamp.isdigit()):
        raise Untrusted("unsigned")
    if serial not in serials:
        raise Untrusted("unknown_serial")
    if abs(now.timestamp() - int(timestamp)) > WINDOW:
        raise Untrusted("stale")
    return found
