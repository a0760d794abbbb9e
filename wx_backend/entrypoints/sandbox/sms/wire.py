"""Tencent Cloud's signature TC3-HMAC-SHA256 (pure). Source: its documentation of API 3.0.

The signed text is the request in a canonical form, its hash signed with a key that is derived from
the secret, the day (UTC), the service and the word ``tc3_request``.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime

SCHEME = "TC3-HMAC-SHA256"
HOST = "sms.tencentcloudapi.com"
SERVICE = "sms"
WINDOW_SECONDS = 300
_HEADER = re.compile(
    rf"{SCHEME} Credential=([^/\s]+)/([^/\s]+)/([^/\s]+)/tc3_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)


class SmsError(Exception):
    """The provider says no to the whole request: `code` and `words` as in `Response.Error`."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.code, self.words = code, words


def signature(
    secret: str, stamp: str, headers: Mapping[str, str], signed: list[str], body: bytes
) -> str:
    """Of a POST to `/`; `signed` names the headers that count, in their order."""
    lines = "".join(f"{name}:{headers.get(name, '').strip().lower()}\n" for name in signed)
    names = ";".join(signed)
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    day = datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    scope = f"{day}/{SERVICE}/tc3_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"TC3{secret}".encode()
    for part in (day, SERVICE, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"{SCHEME}\n{stamp}\n{scope}\n{hashed}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def judge(
    headers: Mapping[str, str], body: bytes, secret_id: str, secret_key: str, now: float
) -> None:
    """Whether the caller is the account's owner. Raises SmsError."""
    found = _HEADER.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise SmsError("AuthFailure.InvalidAuthorization", "Authorization 格式错误")
    who, day, service, names, given = found.groups()
    stamp = headers.get("x-tc-timestamp", "")
    if not stamp.isdigit() or abs(int(stamp) - now) > WINDOW_SECONDS:
        raise SmsError("AuthFailure.SignatureExpire", "签名过期")
    if who != secret_id:
        raise SmsError("AuthFailure.SecretIdNotFound", "密钥不存在")
    signed = names.split(";")
    today = datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    whole = {"content-type", "host"} <= set(signed) and headers.get("host") == HOST
    if (day, service) != (today, SERVICE) or not whole:
        raise SmsError("AuthFailure.SignatureFailure", "签名内容不完整")
    wanted = signature(secret_key, stamp, headers, signed, body)
    if not hmac.compare_digest(wanted, given):
        raise SmsError("AuthFailure.SignatureFailure", "签名错误")
