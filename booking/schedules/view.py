"""Which numbers are free, in memory: a bitmap for each slot of the booking window.

The view may be stale; the unique index on (slot, number) never is. Every web process loads it once
and follows changes every second or so; its own claims are marked at once. A number that turns out
to be taken costs one more try, never a double booking.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from booking.schedules.closing import DEFAULTS, Closing, Rules, closing
from booking.schedules.model import EVERYBODY, Slot

NEAREST = 3
WITHDRAWN = "WITHDRAWN"


class _Entry:
    """A slot, when it closes, the numbers taken of it, as bits (number n is bit n-1), and how often
    one was said to be taken or free.
    """

    __slots__ = ("changes", "closing", "slot", "taken")

    def __init__(self, slot: Slot, closes: Closing):
        self.slot = slot
        self.closing = closes
        self.taken = self.changes = 0


class Availability:
    """Free numbers of all institutions' open slots."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._days: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
        self._walk: Iterator[str] = iter(())
        self._institutions: set[str] = set()
        self._rules: dict[str, Rules] = {}
        self.revisions: dict[tuple[str, str], int] = defaultdict(int)
        """By (department, visit date): raised by a change, not by hearing of it again, so that
        answers can be kept."""

    def put(self, slot: Slot) -> None:
        """A new or changed slot; what is taken of it stays taken."""
        known = self._entries.get(slot.id)
        if known and known.slot == slot:
            return
        closes = closing(slot, self._rules.get(slot.inst, DEFAULTS))
        if known:
            known.slot, known.closing = slot, closes
        else:
            self._entries[slot.id] = _Entry(slot, closes)
            self._institutions.add(slot.inst)
            insort(self._days[slot.department_id, slot.visit_date], (slot.starts_at, slot.id))
        self._touch(slot)

    def institutions(self) -> set[str]:
        """Whose slots there are, or were."""
        return set(self._institutions)

    def close_by(self, inst: str, rules: Rules) -> None:
        """The values in force that close the slots of an institution."""
        if self._rules.get(inst, DEFAULTS) == rules:
            return
        self._rules[inst] = rules
        for entry in self._entries.values():
            if entry.slot.inst == inst:
                entry.closing = closing(entry.slot, rules)
                self._touch(entry.slot)

    def closing(self, slot: Slot) -> Closing:
        """When a slot of this view takes no booking of a patient."""
        return self._entries[slot.id].closing

    def mark(self, slot_id: str, number: int, taken: bool) -> None:
        """Number ``number`` is taken, or free again."""
        if entry := self._entries.get(slot_id):
            entry.changes += 1
            bit = 1 << (number - 1)
            if bool(entry.taken & bit) != taken:
                entry.taken ^= bit
                self._touch(entry.slot)

    def _touch(self, slot: Slot) -> None:
        self.revisions[slot.department_id, slot.visit_date] += 1

    def slot(self, slot_id: str) -> Slot | None:
        entry = self._entries.get(slot_id)
        return entry.slot if entry else None

    def slot_ids(self) -> list[str]:
        return list(self._entries)

    def changes(self, slot_ids: Iterable[str]) -> dict[str, int]:
        """How often a number of these slots was said to be taken or free, by slot."""
        entries = self._entries
        return {key: entries[key].changes for key in slot_ids if key in entries}

    def set_taken(self, slot_id: str, numbers: Iterable[int], as_of: int) -> None:
        """Exactly ``numbers`` were taken when ``changes`` said ``as_of``; what was said since is
        newer.
        """
        entry = self._entries.get(slot_id)
        taken = sum(1 << (number - 1) for number in numbers)
        if entry and entry.changes == as_of and entry.taken != taken:
            entry.taken = taken
            self._touch(entry.slot)

    def next_to_check(self, count: int) -> list[str]:
        """The next ``count`` slots of a walk round all of them."""
        checked = list(islice(self._walk, count))
        if not checked:
            self._walk = iter(self.slot_ids())
            checked = list(islice(self._walk, count))
        return checked

    def taken(self, slot: Slot) -> int:
        """How many numbers somebody owns."""
        return self._entries[slot.id].taken.bit_count()

    def has_room(self, slot: Slot) -> bool:
        """Whether a number is left, for whomever it is."""
        return self.taken(slot) < slot.places

    def free(self, slot: Slot, now: datetime, pools: frozenset[str] = EVERYBODY) -> int:
        """How many numbers are open to a caller with ``pools``."""
        entry = self._entries[slot.id]
        return (slot.offered(pools, now) & ~entry.taken).bit_count()

    def take(
        self, slot: Slot, now: datetime, pools: frozenset[str] = EVERYBODY, without: int = 0
    ) -> int | None:
        """The lowest open number, marked taken; None when the slot is full. The numbers of the bit
        mask ``without`` are not for this caller.

        The caller inserts it and marks it taken once more, since a slot that was read before the
        insert was seen has it free; or free again if the insert failed for another reason than
        somebody having been first.
        """
        entry = self._entries[slot.id]
        open_numbers = slot.offered(pools, now) & ~entry.taken & ~without
        if not open_numbers:
            return None
        number = (open_numbers & -open_numbers).bit_length()
        self.mark(slot.id, number, True)
        return number

    def day(self, department_id: str, visit_date: str) -> list[Slot]:
        """Slots of a department on a date, by start; withdrawn ones are known, and not listed."""
        entries = self._entries
        return [
            slot
            for _, key in self._days.get((department_id, visit_date), ())
            if (slot := entries[key].slot).state != WITHDRAWN
        ]

    def department_dates(self, department_id: str) -> list[str]:
        """Dates on which the department has slots, in order."""
        return sorted(date for department, date in self._days if department == department_id)

    def nearest(self, slot: Slot, now: datetime) -> list[Slot]:
        """Up to three free slots for who came too late: same doctor first, then by time."""
        candidates = sorted(
            self._free_around(slot, now),
            key=lambda other: (
                other.doctor_id != slot.doctor_id,
                abs(other.starts_at - slot.starts_at),
            ),
        )
        return candidates[:NEAREST]

    def _free_around(self, slot: Slot, now: datetime) -> Iterator[Slot]:
        for other in self.day(slot.department_id, slot.visit_date):
            open_now = other.state == "OPEN" and other.opens_at <= now < other.starts_at
            if other.id == slot.id or not open_now or self.closing(other).shut(now):
                continue
            if self.free(other, now):
                yield other

    def forget_before(self, visit_date: str, now: datetime) -> None:
        """Drops earlier dates once their last slot has begun: a night clinic may pass midnight."""
        days = self._days.items()
        for key in [key for key, slots in days if key[1] < visit_date and slots[-1][0] <= now]:
            for _, slot_id in self._days.pop(key):
                del self._entries[slot_id]
            self.revisions.pop(key, None)
