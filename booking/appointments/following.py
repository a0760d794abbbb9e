"""The view of taken places follows the appointments: loaded once, then by changes.

Every round some slots are read whole as well, so that a change that was ever missed is not missed
for good.
"""

from datetime import datetime

from booking.appointments import store
from booking.schedules import service as schedules
from wx_backend.base.context import Ctx

READ_AT_ONCE = 1000
CHECKED_A_ROUND = 100
"""Slots read whole in each round."""


async def load(ctx: Ctx, view: schedules.Availability) -> None:
    """Marks every taken place of the slots in the view."""
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
        if place.get("active"):
            view.mark(place["slot"], place["number"], True)
        else:
            given_up.add(place["slot"])
    await _check(ctx, [*given_up.union(view.next_to_check(CHECKED_A_ROUND))], view)


async def _check(ctx: Ctx, slots: list[str], view: schedules.Availability) -> None:
    taken: dict[str, list[int]] = {slot: [] for slot in slots}
    for place in await store.places_taken(ctx, slots):
        taken[place["slot"]].append(place["number"])
    for slot, numbers in taken.items():
        view.set_taken(slot, numbers)
