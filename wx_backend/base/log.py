"""JSON log lines on standard error, one event a line, without personal data or secrets.

Usage: `logger.info("order.paid", extra={"order": order_id})`. The message is the event's name,
`extra` its fields, and the trace id of the request comes along by itself. Two nets catch what
should never have been logged: fields with a personal or secret name lose their value, and text that
looks like an ID number, a phone number or a token in a URL is cut out.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

trace_id: ContextVar[str] = ContextVar("trace_id", default="")

OURS = ("wx_backend", "booking", "notify", "referral_guide", "doctor_bot")
HIDDEN = "[hidden]"
_PERSONAL = frozenset(
    {
        "name",
        "patient_name",
        "real_name",
        "id_no",
        "id_card",
        "phone",
        "mobile",
        "openid",
        "open_id",
        "touser",
        "unionid",
        "address",
        "birth_date",
        "birthday",
        "gender",
        "sex",
        "payer",
        "client_ip",
    }
)
_SECRET = frozenset(
    {
        "secret",
        "appsecret",
        "password",
        "token",
        "access_token",
        "refresh_token",
        "session_key",
        "authorization",
        "cookie",
        "js_code",
        "aes_key",
        "apiv3_key",
        "private_key",
        "merchant_private_key",
        "signature",
        "pay_sign",
    }
)
_HIDDEN_KEYS = _PERSONAL | _SECRET
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?1[3-9][0-9]{9}(?![0-9A-Za-z])")
_IN_URL = re.compile(rf"(?i)\b({'|'.join(sorted(_HIDDEN_KEYS | {'code'}))})=[^&\s'\")]+")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logging through one JSON handler (standard error unless told), replacing what was
    there. Libraries never say more than INFO: at DEBUG the database's driver writes out documents.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    root = logging.getLogger()
    root.setLevel(max(root.level, logging.INFO))
    for package in OURS:
        logging.getLogger(package).setLevel(level)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ts, level, logger, event, trace, the extra fields, and `error`
    (traceback, no locals).
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": scrub(record.getMessage()),
            "trace": trace_id.get(),
        }
        extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        line.update(redact(extra))
        if record.exc_info:
            line["error"] = scrub(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=lambda value: scrub(str(value)))


def redact(value: Any, key: str = "") -> Any:
    """A copy of `value` without personal data and secrets, by name at any depth and by look in any
    text.
    """
    if key.lower() in _HIDDEN_KEYS:
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(inner): redact(content, str(inner)) for inner, content in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    return scrub(value) if isinstance(value, str) else value


def scrub(text: str) -> str:
    """`text` with ID numbers, phone numbers and secret URL parameters cut out."""
    text = _IN_URL.sub(rf"\1={HIDDEN}", text)
    return _PHONE.sub(HIDDEN, _ID_NUMBER.sub(HIDDEN, text))
