"""Extra numbers (加号): counted per session by a unique key, written down before they are there."""

import msgspec

from booking.schedules import service as schedules
from booking.schedules.model import Pool, Slot, SlotClosed, extra_pool
from booking.timetables import store
from booking.timetables.events import EXTRA_GIVEN
from booking.timetables.model import ExtraNumber, ExtraNumbersUsedUp
from wx_backend.base import ids
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.events import happened
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.patients import access as patients

TRIES = 5


async def give(ctx: Ctx, slot_id: str, id_no: str, reason: str) -> ExtraNumber:
    """See ``service.give_extra``. One write for the grant, one for the slot."""
    if not 2 <= len(reason.strip()) <= 100:
        raise Invalid(fields={"reason": "请写明加号原因（2 至 100 字）"})
    slot = await _slot(ctx, slot_id)
    most = await parameters.resolve(ctx, "booking.extra_numbers", **slot.scopes)
    patient_id, named = await patients.by_id_no(ctx, id_no)
    granted = await _grant(ctx, slot, patient_id, named, reason.strip(), int(most))
    await _open(ctx, slot, granted)
    return granted


async def _slot(ctx: Ctx, slot_id: str) -> Slot:
    slot = await schedules.stored_slot(ctx, slot_id)
    if slot is None or not slot.schedule:
        raise NotFound("没有找到这个时段，请刷新后重新选择")
    if slot.state != "OPEN" or ctx.now() >= slot.starts_at:
        raise SlotClosed()
    return slot


async def _grant(
    ctx: Ctx, slot: Slot, patient_id: str, patient: str, reason: str, most: int
) -> ExtraNumber:
    key = ids.derive("extra", slot.id, patient_id)
    for ordinal in range(1, most + 1):
        granted = ExtraNumber(
            id=key,
            inst=ctx.institution or "",
            schedule=slot.schedule,
            slot=slot.id,
            ordinal=ordinal,
            patient_id=patient_id,
            patient=patient,
            reason=reason,
            given_by=str(ctx.actor),
            given_at=ctx.now(),
        )
        told = {
            "schedule": slot.schedule,
            "slot": slot.id,
            "patient": patient,
            "number": granted.number,
            "reason": reason,
        }
        try:
            await store.add_extra(ctx, granted, happened(ctx, EXTRA_GIVEN, key, 1, **told))
        except Duplicate as taken:
            before = await store.grant(ctx, key) if taken.field == "_id" else None
            if before:
                return before
        else:
            return granted
    if before := await store.grant(ctx, key):
        return before
    raise ExtraNumbersUsedUp(most=most)


async def _open(ctx: Ctx, slot: Slot, granted: ExtraNumber) -> None:
    """The slot gets the number, once; also after a crash in between."""
    pool = Pool(extra_pool(granted.patient_id), granted.number, granted.number, slot.starts_at)
    current: Slot | None = slot
    for _ in range(TRIES):
        if current is None or current.state != "OPEN":
            raise SlotClosed()
        if any(known.first == granted.number for known in current.pools):
            return
        grown = msgspec.structs.replace(current, pools=(*current.pools, pool))
        if await schedules.replace(ctx, grown):
            return
        current = await schedules.stored_slot(ctx, slot.id)
    raise WrongState()
