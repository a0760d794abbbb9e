"""``validation``: typed request bodies a second, msgspec against pydantic, on two of our forms.

Each library reads the same bytes into the same fields with the same bounds, and refuses the same
wrong one. Reference: pydantic. See docs/adr/0005-msgspec.md.
"""

import timeit
from collections.abc import Callable, Iterator
from typing import Annotated, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from bench.figures import Figure
from booking.appointments.handlers import HoldForm
from wx_backend.base import forms
from wx_backend.base.errors import Invalid
from wx_backend.identity.patients.model import AddPerson

HOLD = b'{"slot":"slot1z0x9c8v7b6n5m4k3j2h1g0f9d8s7","patient":"pat1z0x9c8v7b6n5m4k3j2h1g0f9d8s7"}'
PERSON = (
    '{"name":"王小明","id_no":"990101199005060007","phone":"13800138000","relation":"SELF",'
    '"agreed":true,"default":true}'
).encode()
WRONG = b'{"slot":"slot1z0x9c8v7b6n5m4k3j2h1g0f9d8s7","patient":"no"}'
REPEATS = 5


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Id = Annotated[str, Field(min_length=5, max_length=40, pattern="^[a-z0-9]+$")]


class _Hold(_Model):
    slot: Id
    patient: Id


class _Person(_Model):
    name: Annotated[str, Field(min_length=2, max_length=40)]
    id_no: Annotated[str, Field(min_length=1, max_length=40)]
    phone: Annotated[str, Field(min_length=1, max_length=20)]
    relation: Literal["SELF", "SPOUSE", "PARENT", "CHILD", "OTHER"]
    guardian: Annotated[str, Field(max_length=40)] = ""
    agreed: bool = False
    guardian_agreed: bool = False
    default: bool = False


def _refused(read: Callable[[], object], error: type[Exception]) -> Callable[[], None]:
    def once() -> None:
        try:
            read()
        except error:
            return
        raise AssertionError("a wrong form was accepted")

    return once


CASES: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "hold": (
        lambda: forms.from_json(HOLD, HoldForm),
        lambda: _Hold.model_validate_json(HOLD),
    ),
    "person": (
        lambda: forms.from_json(PERSON, AddPerson),
        lambda: _Person.model_validate_json(PERSON),
    ),
    "refusal": (
        _refused(lambda: forms.from_json(WRONG, HoldForm), Invalid),
        _refused(lambda: _Hold.model_validate_json(WRONG), pydantic.ValidationError),
    ),
}


def run(quick: bool) -> Iterator[Figure]:
    number = 5_000 if quick else 50_000
    for name, (ours, theirs) in CASES.items():
        rates = [
            number / min(timeit.repeat(read, number=number, repeat=REPEATS))
            for read in (ours, theirs)
        ]
        yield Figure(
            name=f"validation {name}",
            value=round(rates[0]),
            unit="forms/s",
            reference=round(rates[1]),
            ratio=round(rates[0] / rates[1], 2),
            detail={
                "msgspec_us": round(1e6 / rates[0], 2),
                "pydantic_us": round(1e6 / rates[1], 2),
            },
        )
