"""Idempotent commands: one key of one account stands for one command.

Nothing is stored for this. The id of what a command creates is derived from `key_id`, so the unique
index refuses the second insert; `request_hash` kept in that document tells "the same again" from
"the same key for something else" (422).
"""

import hashlib
import re
from typing import Any

import msgspec

from wx_backend.base import ids
from wx_backend.base.errors import Invalid

_KEY = re.compile(r"[!-~]{8,128}")


def request_hash(command: Any) -> str:
    """SHA-256 (hex) of a command struct or mapping; independent of the order of its fields."""
    kind = type(command).__name__.encode()
    return hashlib.sha256(
        kind + b"\0" + msgspec.json.encode(command, order="deterministic")
    ).hexdigest()


def key_id(account: str, key: str) -> str:
    """The id of this account's key. Raises `Invalid` unless the key is 8-128 visible ASCII
    characters.
    """
    if not _KEY.fullmatch(key):
        raise Invalid(
            "请求标识无效，请刷新页面后重试", fields={"idempotency_key": "8-128 visible ASCII"}
        )
    return ids.derive("key", account, key)
