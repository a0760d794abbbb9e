"""What has to change so that the stored slots are the planned ones, and whom that would hurt. Pure.

Ids of slots are derived from (doctor, start), so the same plan again finds the same slots. A slot
that somebody has booked is left alone and counted, unless a person decided about just this date:
then it is changed, and whoever no longer fits is looked after (``misfit``).
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from booking.schedules.model import EXTRA, Slot


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """``new`` to be added, ``changed`` to be written over, ``kept`` for those who booked them.
    ``before``: the changed ones as they are stored, in the same order.
    """

    new: tuple[Slot, ...] = ()
    changed: tuple[Slot, ...] = ()
    kept: tuple[Slot, ...] = ()
    before: tuple[Slot, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed or self.kept)

    @property
    def promises(self) -> bool:
        """Whether something changes that the owner of a number goes by. Prices, windows and pools
        are for who comes later: whoever has a number has paid what it cost.
        """
        pairs = zip(self.before, self.changed, strict=True)
        return any(_promised(before) != _promised(after) for before, after in pairs)

    @property
    def renumbers(self) -> bool:
        """Whether serial numbers change."""
        pairs = zip(self.before, self.changed, strict=True)
        return any(before.first_serial != after.first_serial for before, after in pairs)

    def without(self, given_way: Collection[str]) -> "Steps":
        """As if the changed slots with these ids had been booked before."""
        pairs = list(zip(self.before, self.changed, strict=True))
        return msgspec.structs.replace(
            self,
            before=tuple(before for before, _ in pairs if before.id not in given_way),
            changed=tuple(after for _, after in pairs if after.id not in given_way),
            kept=(*self.kept, *(before for before, _ in pairs if before.id in given_way)),
        )


def _promised(slot: Slot) -> tuple:
    """What a number of the slot means to its owner."""
    return (
        slot.state,
        slot.capacity,
        slot.first_serial,
        slot.starts_at,
        slot.doctor_id,
        slot.location,
    )


def compare(
    wanted: list[Slot],
    stored: list[Slot],
    seats: Mapping[str, int],
    now: datetime,
    *,
    gone: str = "WITHDRAWN",
    firm: bool = False,
) -> Steps:
    """The steps from ``stored`` to ``wanted``; what has begun is left alone, once it is there.

    Args:
        wanted: as planned; none for a clinic that is closed or gone.
        stored: all of the schedule's, by start.
        seats: by slot, how many people own a number there.
        gone: what slots become that are not wanted: WITHDRAWN or CLOSED.
        firm: a person decided about just this date.
    """
    known = {slot.id for slot in stored}
    planned = {slot.id: slot for slot in wanted}
    booked = any(seats.get(slot.id) for slot in stored)
    changed, instead, kept = [], [], []
    for before in stored:
        after = _after(before, planned.get(before.id), gone, booked)
        if after == before or before.starts_at <= now:
            continue
        grows = booked and after.capacity > before.capacity
        if (seats.get(before.id) and not firm) or grows:
            kept.append(before)
        else:
            changed.append(after)
            instead.append(before)
    new = [slot for slot in wanted if slot.id not in known and (slot.starts_at > now or not known)]
    return Steps(
        new=_numbered(new, stored if booked else []),
        changed=tuple(changed),
        kept=tuple(kept),
        before=tuple(instead),
    )


def _after(before: Slot, wanted: Slot | None, gone: str, booked: bool) -> Slot:
    """The stored slot as it should be. Its version and what was added to it stay; its serial
    numbers too, once somebody in the session has been told one.
    """
    if wanted is None:
        state = "WITHDRAWN" if before.state == "WITHDRAWN" else gone
        return msgspec.structs.replace(before, state=state)
    return msgspec.structs.replace(
        wanted,
        pools=(*wanted.pools, *before.added),
        version=before.version,
        first_serial=before.first_serial if booked else wanted.first_serial,
    )


def _numbered(new: list[Slot], stored: list[Slot]) -> tuple[Slot, ...]:
    """New slots count on after the serial numbers that the session has already."""
    if not stored:
        return tuple(new)
    next_serial = max(slot.first_serial + slot.capacity for slot in stored)
    made = []
    for slot in new:
        made.append(msgspec.structs.replace(slot, first_serial=next_serial))
        next_serial += slot.capacity
    return tuple(made)


class Seat(msgspec.Struct, frozen=True):
    """What an appointment was promised."""

    slot: str
    number: int
    doctor_id: str
    location: str
    starts_at: datetime


def misfit(seat: Seat, slot: Slot) -> str:
    """How an appointment no longer agrees with its slot: ``closed``, ``number``, ``time``, or
    ``place`` (another doctor or room, of which the patient is told); empty when it does.
    """
    if slot.state != "OPEN":
        return "closed"
    if slot.capacity < seat.number <= EXTRA:
        return "number"
    if seat.starts_at != slot.starts_at:
        return "time"
    if (seat.doctor_id, seat.location) != (slot.doctor_id, slot.location):
        return "place"
    return ""
