"""A number that a HIS owns, made sure before the one that is sure is given up for it.

It is kept first, in nobody's list and not to be paid, then the HIS is asked; nothing of this
touches the old booking. Who dies in between leaves a kept place that runs out as any hold.
"""

import msgspec

from booking.appointments import claims, locking, moving, store
from booking.appointments.limits import Limits
from booking.appointments.model import Appointment, NumberGone, NumberUnconfirmed
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.base.errors import SameKeyOtherBody


async def secure(
    ctx: Ctx, old: Appointment, draft: Appointment, slot: Slot, pools: frozenset[str]
) -> Appointment:
    """A HELD number that the HIS has locked; the same request gets the same one, while it is there.

    One attempt of a booking at a time.

    Raises:
        NumberGone: the HIS has given it to somebody else.
        NumberUnconfirmed: it has not answered in time; what is kept by this call is let go.
        SlotFull, LimitReached: as ``claims.place``.
    """
    kept, first = await _keep(ctx, old, draft, slot, pools)
    if kept.state == "HELD":
        kept = await locking.begin(ctx, kept)
    if kept.state != "HELD":
        raise NumberGone() if kept.ended_by == "his" else NumberUnconfirmed()
    if await locking.pending(ctx, kept):
        if first:
            await moving.let_go(ctx, kept.kept_for)
        raise NumberUnconfirmed()
    return kept


async def _keep(
    ctx: Ctx, old: Appointment, draft: Appointment, slot: Slot, pools: frozenset[str]
) -> tuple[Appointment, bool]:
    """The place kept for this request, and whether it is new."""
    cause = draft.id
    wanted = msgspec.structs.replace(
        draft, id=moving.kept_id(cause), state="HELD", paid_with="", kept_for=cause
    )
    if before := await store.get(ctx, wanted.id):
        return before, False

    async def write(found: Appointment, keys: list[str]) -> None:
        await store.claim(ctx, msgspec.structs.replace(found, account=""), keys, [])

    try:
        limits = Limits(draft, [[f"move:{old.id}"]])
        return await claims.place(ctx, wanted, slot, limits, pools, write), True
    except SameKeyOtherBody:
        if before := await store.get(ctx, wanted.id):
            return before, False
        raise
