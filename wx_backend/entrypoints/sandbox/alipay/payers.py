"""Who owns an Alipay here: the same demo persons as in WeChat, under ids of Alipay's (pure)."""

import hashlib

from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.people import Person

_KEY_LENGTH = 21


def open_id(person: Person) -> str:
    """`0` + key padded + check: it carries its owner's key, so that it can be judged."""
    check = hashlib.sha256(f"alipay:{person.key}".encode()).hexdigest()[:6]
    return f"0{person.key.ljust(_KEY_LENGTH, '-')}{check}"


def by_open_id(value: str) -> Person | None:
    person = people.by_key(value[1 : 1 + _KEY_LENGTH].rstrip("-"))
    return person if person and open_id(person) == value else None
