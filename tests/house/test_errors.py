"""Every refusal has a code of its own and words that a patient can read."""

import re
from collections import defaultdict

from booking.appointments.limits import WORDS
from booking.waiting.model import LIMIT_WORDS
from tests.helpers.catalogues import english
from tests.house import loaded
from wx_backend.base.errors import AppError, NotFound, TooMany
from wx_backend.base.openapi import api_routes
from wx_backend.entrypoints.web.doctor.routes import routes as bedside

CODE = re.compile(r"[a-z][a-z0-9_]*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def problems(kinds: list[type[AppError]]) -> list[str]:
    found, homes = [], defaultdict(list)
    for kind in kinds:
        name = f"{kind.__module__}.{kind.__name__}"
        if "code" in vars(kind):
            homes[kind.code].append(name)
        if not CODE.fullmatch(kind.code):
            found.append(f"{name} has the code {kind.code!r}")
        if not 400 <= kind.status < 600:
            found.append(f"{name} has the status {kind.status}")
        if not CHINESE.search(kind.message):
            found.append(f"{name} speaks no Chinese: {kind.message!r}")
    return found + [
        f"{' and '.join(names)} share the code {code}"
        for code, names in homes.items()
        if len(names) > 1
    ]


def _error(code: str = "other", status: int = 409, message: str = "号已满") -> type[AppError]:
    kind = type("Refusal", (AppError,), {"code": code, "status": status, "message": message})
    kind.__module__ = "made.up"
    return kind


def test_every_error_of_the_product() -> None:
    kinds = loaded.errors()
    assert AppError in kinds
    assert problems(kinds) == []


def test_what_the_rule_refuses() -> None:
    assert problems([_error("one"), _error("two")]) == []
    assert "share the code one" in problems([_error("one"), _error("one")])[0]
    assert "speaks no Chinese" in problems([_error(message="full")])[0]
    assert "has the status 200" in problems([_error(status=200)])[0]
    assert "has the code 'Slot full'" in problems([_error("Slot full")])[0]


def test_a_subclass_may_share_the_code_it_inherits() -> None:
    parent = _error("one")
    assert problems([parent, type("Closer", (parent,), {"__module__": "made.up"})]) == []


def test_patients_and_clinicians_read_in_english_why_something_was_not_done() -> None:
    clinical = {handler.access.permission for _, handler in bedside} - {""}
    assert "critical:receive" in clinical
    refusals = {
        error.message
        for _, handler, _ in api_routes(loaded.routes())
        if handler.access.kind in ("account", "person", "public")
        or handler.access.permission in clinical
        for call in handler.api.values()
        for error in (*call.refuses, AppError, NotFound, TooMany)
    }
    known = {text for text, words in english().items() if words}
    assert {*refusals, *WORDS.values(), *LIMIT_WORDS.values()} - known == set()
