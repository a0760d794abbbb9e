"""Mute and quiet hours."""

from datetime import UTC, datetime

import pytest

from notify.messages.catalogue import TOLD
from notify.messages.model import Grade, Level, Preferences
from notify.messages.preferences import LEVELS, check, muted, over_before, quiet_until
from wx_backend.base.errors import Invalid

NIGHT = Preferences(quiet_from="22:00", quiet_to="07:30")
NOON = Preferences(quiet_from="12:00", quiet_to="14:00")
SHANGHAI = "Asia/Shanghai"


def china(day: int, hour: int, minute: int = 0) -> datetime:
    """That hour in Shanghai, as UTC."""
    return datetime(2026, 11, day - (hour < 8), (hour - 8) % 24, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "now", "until"),
    [
        (NIGHT, china(24, 21, 59), None),
        (NIGHT, china(24, 22, 0), china(25, 7, 30)),
        (NIGHT, china(25, 0, 0), china(25, 7, 30)),
        (NIGHT, china(25, 7, 29), china(25, 7, 30)),
        (NIGHT, china(25, 7, 30), None),
        (NOON, china(24, 11, 59), None),
        (NOON, china(24, 12, 0), china(24, 14, 0)),
        (NOON, china(24, 14, 0), None),
        (Preferences(), china(24, 3), None),
    ],
)
def test_quiet_hours_end_when_they_should_also_over_midnight(wanted, now, until):
    assert quiet_until(wanted, now, SHANGHAI) == until


def test_quiet_hours_are_those_of_the_hospital_s_zone():
    now = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert quiet_until(NIGHT, now, SHANGHAI) == datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert quiet_until(NIGHT, now, "Europe/London") == datetime(2026, 11, 25, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "must_reach", "over"),
    [
        ({"until": china(24, 23, 30)}, False, True),
        ({"expires_at": china(25, 7, 30)}, False, True),
        ({"until": china(25, 8), "starts_at": china(25, 7)}, False, False),
        ({"starts_at": china(25, 7)}, True, True),
        ({"starts_at": china(24, 9)}, True, False),  # there is no hurry any more
        ({"fee_fen": 5000}, True, False),
    ],
)
def test_quiet_hours_hold_nothing_back_until_it_is_too_late(data, must_reach, over):
    assert over_before(data, must_reach, china(24, 23), china(25, 7, 30)) is over


@pytest.mark.parametrize(
    ("level", "grade", "held"),
    [
        (Level.ALL, Grade.INFO, False),
        (Level.IMPORTANT, Grade.INFO, True),
        (Level.IMPORTANT, Grade.NORMAL, False),
        (Level.NONE, Grade.NORMAL, True),
        (Level.NONE, Grade.CRITICAL, False),
    ],
)
def test_a_level_mutes_its_own_kind_and_never_a_critical_message(level, grade, held):
    wanted = Preferences(payment=level)
    for event in ("payment.refunded", "bill.settled", "deposit.settled"):
        assert muted(wanted, event, grade) is held
    assert not muted(wanted, "appointment.booked", grade)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Preferences(quiet_from="22:00"), "quiet_to"),
        (Preferences(quiet_to="07:00"), "quiet_from"),
        (Preferences(quiet_from="22:00", quiet_to="22:00"), "quiet_to"),
    ],
)
def test_half_a_wish_is_refused(given, field):
    with pytest.raises(Invalid) as refused:
        check(given)
    assert list(refused.value.data["fields"]) == [field]


def test_every_choice_is_of_a_kind_that_patients_are_told():
    kinds = {row.event.partition(".")[0] for row in TOLD.values() if not row.to_staff}
    assert set(Preferences.__struct_fields__) - {"quiet_from", "quiet_to"} <= kinds
    assert set(LEVELS) <= kinds
    assert set(LEVELS.values()) <= set(Preferences.__struct_fields__)


def test_what_has_no_choice_of_its_own_is_always_told():
    assert not muted(Preferences(payment=Level.NONE), "binding.came_of_age", Grade.INFO)
