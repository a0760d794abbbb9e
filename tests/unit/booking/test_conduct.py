"""What counts against whom: any run of local dates, each appointment once; who may not have what
somebody gave up.
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.appointments.given_up import GivenUp
from booking.appointments.limits import Bounds, limit_keys
from booking.conduct.model import Breach, crossing
from booking.restrictions.model import Grounds, Restriction, Standing, whose

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def breach(days: float, n: int = 0) -> Breach:
    at = NOON + timedelta(days=days)
    return Breach(
        id=f"brc{days}{n}", inst="ins1", kind="cancel", subject="patient:pat1",
        appointment=f"apt{days}{n}", account="acc1", patient="王*国", department="心血管内科",
        doctor="周启明", starts_at=at, zone="Asia/Shanghai", at=at,
    )  # fmt: skip


def test_so_many_within_so_many_local_dates():
    assert crossing([breach(0), breach(10), breach(29)], 3, 30)
    assert not crossing([breach(0), breach(10), breach(30)], 3, 30)
    # 23:59 and 00:00 are two dates
    late = breach(0 + 11.99 / 24)
    assert not crossing([late, breach(1), breach(30)], 3, 30)
    assert crossing([breach(0 + 12.01 / 24), breach(1), breach(30)], 3, 30)


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(1, 5), st.integers(1, 40))
def test_however_they_are_told(days, limit, span):
    known = [breach(day, n) for n, day in enumerate(days)]
    found = crossing(known, limit, span)
    assert found == crossing(reversed(known), limit, span)
    runs = any(sum(0 <= other - day < span for other in days) >= limit for day in days)
    assert bool(found) == runs
    if found:
        assert (found[-1].on - found[0].on).days < span
        assert len(found) >= limit


def claim(**more) -> SimpleNamespace:
    usual = {"slot": "slot1", "patient_id": "pat2", "account": "acc2", "origin": ("a:1", "d:1")}
    return SimpleNamespace(**{**usual, **more})


def ended(**more) -> dict:
    usual = {
        "_id": "apt1", "slot": "slot1", "number": 3, "state": "CANCELLED", "ended_by": "patient",
        "account": "acc1", "patient_id": "pat1", "origin": ["d:1"],
    }  # fmt: skip
    return {**usual, **more}


def test_who_may_not_have_a_number_that_was_given_up():
    known = GivenUp()
    known.note(ended(), NOON)
    known.note(ended(), NOON + timedelta(hours=1))  # heard again
    soon, later = NOON + timedelta(minutes=29), NOON + timedelta(minutes=30)
    assert known.barred(claim(), soon, 30) == 0b100
    assert known.barred(claim(), later, 30) == 0
    assert known.barred(claim(origin=()), soon, 30) == 0
    assert known.barred(claim(origin=(), account="acc1"), soon, 30) == 0b100
    assert known.barred(claim(patient_id="pat1"), soon, 30) == 0
    assert known.barred(claim(slot="slot2"), soon, 30) == 0
    known.note(ended(_id="apt2", account="", origin=[]), NOON)  # at the desk
    assert known.barred(claim(account="", origin=()), soon, 30) == 0


def test_what_the_hospital_ends_bars_nobody_and_memory_is_bounded():
    known = GivenUp(most=2)
    known.note(ended(ended_by="hospital"), NOON)
    known.note(ended(state="STOPPED"), NOON)
    assert known.barred(claim(), NOON, 30) == 0
    for n in range(4):
        known.note(ended(slot=f"slot{n}"), NOON)
    barred = [known.barred(claim(slot=f"slot{n}"), NOON, 30) for n in range(4)]
    assert barred == [0, 0, 4, 4]


def test_limits_that_are_switched_off_take_no_keys():
    draft = claim(account="acc1", contact="v1:x")
    slot = SimpleNamespace(
        department_id="dep1", doctor_id="doc1", visit_date="2026-11-24", session="AM"
    )
    rows = limit_keys(draft, slot, Bounds(session=1, day=3, open=5))
    assert [row[0].split(":")[0] for row in rows] == ["session", "day", "open"]
    most = Bounds(session=1, day=3, open=5, account=2, account_open=10, phone=1)
    assert [len(row) for row in limit_keys(draft, slot, most)] == [1, 3, 5, 2, 10, 1]
    desk = claim(account="stf1", contact="")
    assert len(limit_keys(desk, slot, most)) == 3


def restriction(**more) -> Restriction:
    usual = {
        "id": "rst1", "inst": "ins1", "kind": "cancel", "subject": "patient:pat1",
        "state": "IN_FORCE", "version": 2, "patient": "王*国", "accounts": (), "grounds": (),
        "limit": 3, "days": 30, "ban_days": 30, "zone": "Asia/Shanghai", "proposed_at": NOON,
        "until": NOON + timedelta(days=1),
    }  # fmt: skip
    return Restriction(**{**usual, **more})


def test_who_is_restricted_now():
    view, one = Standing(), restriction()
    mine = ("patient:pat1", "account:acc1")
    view.put(one)
    assert view.blocking("ins1", mine, NOON) == (one.until, "cancel")
    assert view.blocking("ins2", mine, NOON) is None
    assert view.blocking("ins1", mine, one.until) is None
    view.put(restriction(id="rst2", subject="account:acc1", until=NOON + timedelta(days=2)))
    assert view.blocking("ins1", mine, NOON)[0] == NOON + timedelta(days=2)
    view.put(restriction(id="rst2", subject="account:acc2", until=NOON + timedelta(days=2)))
    assert view.blocking("ins1", mine, NOON) == (one.until, "cancel"), "somebody else's now"
    view.put(restriction(id="rst2", subject="account:acc1", until=NOON + timedelta(days=2)))
    view.put(msgspec.structs.replace(one, state="LIFTED"))
    view.put(restriction(id="rst2", subject="account:acc1", state="LIFTED"))
    assert view.blocking("ins1", mine, NOON) is None


@pytest.mark.parametrize(
    ("did", "side"),
    [
        ([("acc2", -2), ("acc3", -1)], "PARTED"),
        ([("acc1", -2), ("acc1", -1)], "OTHER"),
        ([("acc1", -1), ("acc2", -1)], "NOBODY_KNOWS"),
        ([("acc1", -1), ("acc1", 1)], "NOBODY_KNOWS"),
        ([("acc1", 1)], "NOBODY_KNOWS"),
    ],
)
def test_whose_doing_it_was_when_accounts_are_two_again(did, side):
    grounds = [
        Grounds(
            appointment=f"apt{n}", account=account, at=NOON + timedelta(days=days),
            starts_at=NOON, department="心内科", doctor="王医生",
        )
        for n, (account, days) in enumerate(did)
    ]  # fmt: skip
    assert whose(grounds, frozenset({"acc2", "acc3"}), NOON) == side
