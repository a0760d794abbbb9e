"""Which messages are for us, and what the sender is told otherwise."""

import pytest

from tests.helpers import hl7 as samples
from wx_backend.entrypoints.interfaces.model import fault, verdict
from wx_backend.gateways.hl7.message import parse

KINDS = frozenset({"ORU^R01"})


def judged(old: str = "", new: str = "", production: bool = False) -> tuple[str, str] | None:
    found = fault(parse(samples.oru("C1").replace(old, new, 1)), KINDS, production)
    return (verdict(found), found.code) if found else None


def test_a_sound_message() -> None:
    assert judged() is None
    assert judged("|P|2.5", "|P|2.8") is None
    assert judged("|P|2.5", "||") is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ORU^R01", "", ("AE", "101")),
        ("|C1|", "||", ("AE", "101")),
        ("|C1|", f"|{'c' * 200}|", ("AE", "102")),
        ("ORU^R01", "ORU^R02", ("AR", "201")),
        ("ORU^R01", "ADT^A01", ("AR", "200")),
        ("|P|2.5", "|P|3.1", ("AR", "203")),
    ],
)
def test_faults(old: str, new: str, expected: tuple[str, str]) -> None:
    assert judged(old, new) == expected


def test_a_test_message_does_not_alarm_doctors_in_production() -> None:
    assert judged("|P|2.5", "|T|2.5") is None
    assert judged("|P|2.5", "|T|2.5", production=True) == ("AR", "202")
    assert judged(production=True) is None
