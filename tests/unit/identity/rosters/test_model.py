"""Who is on duty: the nearest place first, and "nobody" is an answer."""

from datetime import UTC, datetime, timedelta

import pytest

from wx_backend.base.errors import Invalid
from wx_backend.identity.rosters.model import (
    HOSPITAL,
    NOBODY,
    Duty,
    DutyForm,
    OnDuty,
    check,
    department_place,
    on_duty,
    ward_place,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WARD, UNIT = ward_place("W03"), department_place("dep1")
CHAIN = [WARD, UNIT, HOSPITAL]
EVERYBODY = frozenset({"a", "b", "c"})


def duty(member: str, place: str = WARD, begins: float = -1, ends: float = 1, **more: str) -> Duty:
    """Hours from now."""
    return Duty(
        id=f"{member}{place}{begins}",
        inst="ins1",
        place=place,
        duty=more.get("duty", "duty_doctor"),
        member=member,
        starts_at=NOW + timedelta(hours=begins),
        ends_at=NOW + timedelta(hours=ends),
        state=more.get("state", "PLANNED"),
    )


def who(*duties: Duty, present: frozenset[str] = EVERYBODY) -> OnDuty:
    return on_duty(duties, "duty_doctor", CHAIN, NOW, present)


def test_the_ward_before_its_department():
    assert who(duty("b", UNIT), duty("a")) == OnDuty(("a",), WARD)


def test_further_places_when_the_near_one_has_nobody():
    assert who(duty("b", UNIT)) == OnDuty(("b",), UNIT, far=True)
    assert who(duty("c", HOSPITAL)) == OnDuty(("c",), HOSPITAL, far=True)


def test_nobody_is_an_answer():
    for answer in (who(), who(duty("a", ward_place("W99"))), who(duty("a", duty="duty_nurse"))):
        assert answer == NOBODY
        assert answer.nobody


def test_a_duty_begins_with_its_first_moment_and_ends_before_its_last():
    assert who(duty("a", begins=0)).members == ("a",)
    assert who(duty("a", ends=0)).nobody


def test_whoever_has_left_is_nobody():
    left = frozenset({"b"})
    assert who(duty("a"), duty("b", UNIT), present=left) == OnDuty(("b",), UNIT, far=True)


def test_a_cancelled_duty_is_none():
    assert who(duty("a", state="CANCELLED")).nobody


def test_several_share_a_duty_in_the_order_they_came():
    assert who(duty("b", begins=-1), duty("a", begins=-2), duty("b", begins=-3)).members == (
        "b",
        "a",
    )


def form(**changed) -> DutyForm:
    given = {
        "place": WARD,
        "duty": "duty_doctor",
        "member": "a",
        "starts_at": NOW,
        "ends_at": NOW + timedelta(hours=8),
    }
    return DutyForm(**{**given, **changed})


def wrong(**changed) -> list[str]:
    with pytest.raises(Invalid) as refused:
        check(form(**changed), CHAIN)
    return sorted(refused.value.data["fields"])


def test_what_may_be_planned():
    check(form(), CHAIN)
    check(form(place=HOSPITAL, duty="quality_office"), CHAIN)


def test_what_may_not_be_planned():
    assert wrong(place="ward:W99") == ["place"]
    assert wrong(place=HOSPITAL) == ["place"]
    assert wrong(duty="quality_office") == ["place"]
    assert wrong(duty="porter", ends_at=NOW) == ["duty", "ends_at"]
    assert wrong(ends_at=NOW + timedelta(days=32)) == ["ends_at"]
