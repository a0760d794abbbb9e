"""The view of taken places follows the appointments: loaded once, then by changes.

Every round some slots are read whole as well, so that a change that was ever missed is not missed
for good.
"""

from datetime import datetime, timedelta

import msgspec

from booking.appointments import fairness, store
from booking.appointments.model import Appointment
from booking.schedules import service as schedules
from wx_backend.base.context import Ctx

READ_AT_ONCE = 1000
REMEMBERED = timedelta(hours=1)
"""How far back a process that starts looks for numbers that were given up."""
CHECKED_A_ROUND = 100
"""Slots read whole in each round."""


async def load(ctx: Ctx, view: schedules.Availability) -> None:
    """Marks every taken place of the slots in the view."""
    known = fairness.given_up(ctx.house)
    for ended in await store.ended_since(ctx, ctx.wire_now() - REMEMBERED):
        known.note(ended, ctx.now())
    keys = view.slot_ids()
    for at in range(0, len(keys), READ_AT_ONCE):
        for place in await store.places_taken(ctx, keys[at : at + READ_AT_ONCE]):
            view.mark(place["slot"], place["number"], True)


async def follow(ctx: Ctx, view: schedules.Availability, since: datetime) -> None:
    """Takes over the places that changed since ``since`` (wire time).

    An appointment that has none any more does not say whether its place is free: somebody else may
    have it by now. Such slots are read whole.
    """
    given_up = set()
    for place in await store.places_changed_since(ctx, since - schedules.OVERLAP):
        fairness.given_up(ctx.house).note(place, ctx.now())
        if place.get("active"):
            view.mark(place["slot"], place["number"], True)
        else:
            given_up.add(place["slot"])
    await _check(ctx, [*given_up.union(view.next_to_check(CHECKED_A_ROUND))], view)


def freed(ctx: Ctx, ended: Appointment) -> None:
    """An appointment that has just ended here: its number is free, but not for everybody."""
    fairness.given_up(ctx.house).note(msgspec.to_builtins(ended), ctx.now())
    schedules.availability(ctx.house).mark(ended.slot, ended.number, False)


async def _check(ctx: Ctx, slots: list[str], view: schedules.Availability) -> None:
    """A number that was taken here while the slots were read is not free because it was: a later
    round looks again.
    """
    taken: dict[str, list[int]] = {slot: [] for slot in slots}
    before = view.changes(slots)
    for place in await store.places_taken(ctx, slots):
        taken[place["slot"]].append(place["number"])
    for slot, as_of in before.items():
        view.set_taken(slot, taken[slot], as_of)
