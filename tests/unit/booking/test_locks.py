"""What a HIS is asked next for a lock, and where two lists of a day do not agree."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from booking.locks.differences import compare
from booking.locks.model import Lock, answered, lock_id, missing, next_call, retry_after
from wx_backend.gateways.his_numbers.port import Listed, Place

AT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
PLACE = Place(
    slot="slot1", number=2, serial="A002", department="口腔科", doctor="方子衡",
    visit_date="2026-11-24", starts_at=AT,
)  # fmt: skip
LOCK = Lock(
    id=lock_id("apt1", 1), inst="ins1", appointment="apt1", round=1, place=PLACE,
    visit_date="2026-11-24", expires_at=AT, wanted="LOCKED", seen=1,
)  # fmt: skip


def lock(**more) -> Lock:
    return msgspec.structs.replace(LOCK, **more)


@pytest.mark.parametrize(
    ("state", "wanted", "call"),
    [
        ("LOCKING", "LOCKED", "lock"),
        ("LOCKED", "LOCKED", None),
        ("LOCKED", "CONFIRMED", "confirm"),
        ("CONFIRMED", "CONFIRMED", None),
        ("CONFIRMED", "LOCKED", None),
        ("LOCKING", "RELEASED", "release"),
        ("LOCK_UNKNOWN", "RELEASED", "release"),
        ("CONFIRMED", "RELEASED", "release"),
        ("RELEASED", "RELEASED", None),
        ("RELEASED", "CONFIRMED", "again"),
        ("REFUSED", "CONFIRMED", None),
    ],
)
def test_what_is_asked_next(state, wanted, call):
    assert next_call(lock(state=state, wanted=wanted)) == call


@pytest.mark.parametrize("asking", ["lock", "confirm", "release"])
@pytest.mark.parametrize("wanted", ["LOCKED", "CONFIRMED", "RELEASED"])
def test_an_unknown_outcome_is_asked_after_first(asking, wanted):
    assert next_call(lock(state="LOCK_UNKNOWN", asking=asking, wanted=wanted)) == "query"


def test_what_the_his_does_not_know_is_asked_for_anew_or_gone():
    assert missing(lock(state="CONFIRMED", wanted="CONFIRMED")) == "LOCKING"
    assert missing(lock(state="LOCK_UNKNOWN", wanted="RELEASED", asking="lock")) == "LOCKING"
    assert missing(lock(state="LOCKED", wanted="RELEASED", asking="release")) == "RELEASED"
    assert answered(lock(state="LOCK_UNKNOWN"), "CONFIRMED") == "CONFIRMED"


def test_the_next_try_comes_later_and_not_too_late():
    waits = [retry_after(tries) for tries in (1, 2, 3, 30)]
    assert waits == sorted(waits) and waits[-1] == timedelta(minutes=2)


def listed(state="LOCKED", number=2, key=LOCK.id) -> Listed:
    return Listed(slot="slot1", number=number, state=state, lock=key)


def whats(*found) -> list[tuple[str, int]]:
    return [(one.what, one.number) for one in found]


@pytest.mark.parametrize(
    ("locks", "counter", "list_of_his", "expected"),
    [
        ([lock(state="LOCKED")], [], [listed()], []),
        ([lock(state="LOCKED")], [], [], [("here_only", 2)]),
        ([lock(state="LOCK_UNKNOWN")], [], [], []),  # not settled yet: it settles itself
        ([], [], [listed()], [("there_only", 2)]),
        ([lock(state="LOCKED", wanted="RELEASED")], [], [listed()], [("there_only", 2)]),
        (
            [lock(state="LOCKED")],
            [],
            [listed(), listed(number=3, key="lckother")],
            [("there_only", 3)],
        ),
        ([lock(state="CONFIRMED", wanted="CONFIRMED")], [], [listed()], [("unconfirmed", 2)]),
        ([lock(state="CONFIRMED", wanted="CONFIRMED")], [], [listed("CONFIRMED")], []),
        ([], [], [listed("COUNTER", key="")], [("counter_unknown", 2)]),
        ([], [("slot1", 2)], [listed("COUNTER", key="")], []),
        ([], [("slot1", 2)], [], [("counter_gone", 2)]),
    ],
)
def test_where_two_lists_do_not_agree(locks, counter, list_of_his, expected):
    assert whats(*compare(locks, ["slot1"], frozenset(counter), list_of_his)) == expected


def test_what_the_his_gives_out_in_a_slot_of_its_own_is_seen_once_a_slot():
    theirs = [listed("COUNTER", number, "") for number in (3, 2)]
    assert whats(*compare([], [], frozenset(), theirs)) == [("slot_unknown", 2)]
    assert whats(*compare([], [], frozenset(), [])) == []
