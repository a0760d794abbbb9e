"""The day as the HIS lists it against the day as we have it. Pure."""

from collections.abc import Iterable

from booking.locks.model import KNOWN, Difference, Lock
from wx_backend.gateways.his_numbers.port import Listed

Counter = frozenset[tuple[str, int]]
"""(slot, number) of what our slots know to have gone over the HIS's own counter."""


def compare(
    locks: Iterable[Lock], slots: Iterable[str], counter: Counter, listed: Iterable[Listed]
) -> list[Difference]:
    """What the two do not agree on, in order.

    Args:
        locks: every lock of the day that is not over.
        slots: ours of the day.
        counter: of these slots.
    """
    locks, listed = list(locks), list(listed)
    known = {*slots, *(lock.place.slot for lock in locks)}
    theirs = {one.lock: one for one in listed if one.lock}
    ours = {lock.id: lock for lock in locks if lock.wanted != "RELEASED"}
    found = [
        Difference(one.slot, one.number, "there_only", one.lock)
        for one in listed
        if one.lock and not _same(ours.get(one.lock), one)
    ]
    found += [
        Difference(lock.place.slot, lock.place.number, "here_only", lock.id)
        for lock in ours.values()
        if lock.state in KNOWN and not any(_same(lock, one) for one in listed)
    ]
    found += [
        Difference(lock.place.slot, lock.place.number, "unconfirmed", lock.id)
        for lock in ours.values()
        if lock.wanted == "CONFIRMED"
        and (there := theirs.get(lock.id))
        and _same(lock, there)
        and there.state == "LOCKED"
    ]
    given = {(one.slot, one.number) for one in listed if one.state == "COUNTER"}
    sold = {place for place in given if place[0] in known}
    lost = dict(sorted(given - sold, reverse=True))
    found += [Difference(*place, "slot_unknown") for place in lost.items()]
    found += [Difference(*place, "counter_unknown") for place in sold - counter]
    found += [Difference(*place, "counter_gone") for place in counter - sold]
    return sorted(found)


def _same(lock: Lock | None, one: Listed) -> bool:
    return lock is not None and (lock.id, lock.place.slot, lock.place.number) == (
        one.lock,
        one.slot,
        one.number,
    )
