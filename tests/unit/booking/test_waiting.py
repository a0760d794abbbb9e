"""The waiting list's rules: who comes first, how long an offer lasts, when batches go back."""

from datetime import UTC, datetime, timedelta

from booking.appointments.batches import next_batch
from booking.waiting.model import (
    Entry,
    Join,
    ahead_of,
    limit_rows,
    next_open,
    take_until,
)
from wx_backend.base.clock import HOSPITAL_ZONE as ZONE

SECRET = "a-secret-of-the-tests-that-nobody-uses"
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


def entry(n: int, scope: str = "slot", slot: str = "slot1", session: str = "AM") -> Entry:
    words = ("inst", "account", "patient_id", "patient", "department_id", "department", "doctor")
    more = ("location", "request", "key")
    return Entry(
        id=f"wait{n}", state="WAITING", version=1, channel=None, doctor_id="d",
        visit_date="2026-11-24", session=session, zone=ZONE, scope=scope, slot=slot,
        starts_at=NOW, ends_at=NOW, fee_fen=0, auto=False, joined_at=NOW + timedelta(seconds=n),
        clears_at=NOW, **dict.fromkeys((*words, *more), "x"),
    )  # fmt: skip


def test_first_come_first_served_among_those_who_want_the_same():
    line = [
        entry(1),
        entry(2, slot="slot2"),
        entry(3, "session"),
        entry(4, session="PM", slot="slot3"),
    ]
    assert [ahead_of(one, line) for one in line] == [0, 0, 2, 0]
    assert ahead_of(entry(5, "day"), line) == 4
    assert ahead_of(entry(6), [*line, entry(5, "day")]) == 3


def test_an_offer_lasts_a_day_and_half_an_hour_inside_the_last_day():
    far, near = NOW + timedelta(days=5), NOW + timedelta(hours=10)
    assert take_until(NOW, far, 24, 30) == NOW + timedelta(hours=24)
    assert take_until(NOW, far, 72, 30) == NOW + timedelta(hours=24)
    assert take_until(NOW, near, 24, 30) == NOW + timedelta(minutes=30)
    assert take_until(NOW, NOW + timedelta(minutes=10), 24, 30) == NOW + timedelta(minutes=10)
    soon = NOW + timedelta(hours=30)
    assert take_until(NOW, soon, 24, 30) == soon - timedelta(hours=23, minutes=30)


def test_the_list_sleeps_at_night():
    assert next_open(NOW, ZONE, "06:00", "23:00") == NOW
    night = NOW + timedelta(hours=14)  # 23:00
    assert next_open(night, ZONE, "06:00", "23:00") == night + timedelta(hours=7)
    early = NOW - timedelta(hours=4)  # 05:00
    assert next_open(early, ZONE, "06:00", "23:00") == early + timedelta(hours=1)


def test_batches_are_random_within_their_bounds_and_shared():
    moments = []
    for second in range(0, 7200, 7):
        since = NOW + timedelta(seconds=second)
        back = next_batch(SECRET, "doc:2026-11-24", since, 1, 15)
        assert timedelta(minutes=1) <= back - since <= timedelta(minutes=15)
        moments.append(back)
    assert moments == sorted(moments)
    assert len(set(moments)) < len(moments) / 20, "numbers of one doctor's day go back together"
    gaps = {b - a for a, b in zip(sorted(set(moments)), sorted(set(moments))[1:], strict=False)}
    assert len(gaps) > 5, "nobody learns the rhythm"
    assert next_batch(SECRET, "other", NOW, 1, 15) != next_batch("x", "other", NOW, 1, 15)
    assert next_batch(SECRET, "doc", NOW, 0, 0) == NOW


def test_limits_are_ordinal_keys():
    class Slot:
        doctor_id, visit_date = "d", "2026-11-24"

    day, account, person = limit_rows(Join("slot1", "pat1"), "acc1", Slot, 2, 3)
    assert day == ["day:pat1:d:2026-11-24"]
    assert account == ["account:acc1:d:2026-11-24:0", "account:acc1:d:2026-11-24:1"]
    assert person == [f"person:pat1:{n}" for n in range(3)]
