"""How an API method says what it takes and gives. The description at ``/api/openapi.json`` is made
of these declarations (``base/openapi.py``); a house test compares them with the code.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec

from wx_backend.base.errors import AppError
from wx_backend.base.forms import Form

T = TypeVar("T")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One method of an address.

    Args:
        does: what it does, in Chinese.
        query: what the query string carries.
        form: what the body carries.
        answer: type of the answer's body; None: there is none.
        status: of the answer.
        key: asks for an Idempotency-Key.
        refuses: errors of its own, besides those that follow from access and input.
    """

    does: str
    query: type[Form] | None = None
    form: type[Form] | None = None
    answer: Any = None
    status: int = 200
    key: bool = False
    refuses: tuple[type[AppError], ...] = ()


def calls(**by_method: Call) -> Mapping[str, Call]:
    """The ``api`` of a handler: ``calls(get=Call(…), post=Call(…))``."""
    return MappingProxyType(by_method)


class Items(msgspec.Struct, Generic[T], frozen=True):
    """A list that is never longer than it is now."""

    items: list[T]


@cache
def shown(stored: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A stored struct as answers show it: under its own field names, ``id`` and not ``_id``; the
    same type for everybody who shows it.
    """
    fields = [
        (one.name, one.type, one.default)
        if one.default is not msgspec.NODEFAULT
        else (one.name, one.type)
        for one in msgspec.structs.fields(stored)
    ]
    described = {"__doc__": stored.__doc__}
    return msgspec.defstruct(stored.__name__, fields, kw_only=True, namespace=described)
