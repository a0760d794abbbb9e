"""What appointments do when money moves, and what happens to the money when they end."""

from booking.appointments import service
from booking.appointments.model import (
    CHEAPER,
    CLINIC_STOPPED,
    GONE_AT_COUNTER,
    HOSPITAL_CANCELLED,
    NO_PLACE_LEFT,
    NOT_BOOKED_THERE,
    PATIENT_GAVE_UP,
)
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def seat(ctx: Ctx, event: Event) -> None:
    """Paid: the number becomes the patient's."""
    if event.data["purpose"]["kind"] == "appointment":
        await service.seat(ctx, event.data["purpose"])


async def refund_cancelled(ctx: Ctx, event: Event) -> None:
    reason = HOSPITAL_CANCELLED if event.data["by"] == "hospital" else PATIENT_GAVE_UP
    await service.unwind(ctx, await _purpose(ctx, event), reason)


async def refund_unseated(ctx: Ctx, event: Event) -> None:
    await service.unwind(ctx, await _purpose(ctx, event), NO_PLACE_LEFT)


async def refund_stopped(ctx: Ctx, event: Event) -> None:
    await service.unwind(ctx, await _purpose(ctx, event), CLINIC_STOPPED)


async def refund_refused(ctx: Ctx, event: Event) -> None:
    await service.unwind(ctx, await _purpose(ctx, event), GONE_AT_COUNTER)


async def ask_owner(ctx: Ctx, event: Event) -> None:
    """A HIS that owns the number hears what is wanted of it now."""
    await service.ask_owner(ctx, event.data["appointment"])


async def locked(ctx: Ctx, event: Event) -> None:
    await service.take_locked(ctx, event.data["appointment"])


async def refused(ctx: Ctx, event: Event) -> None:
    data = event.data
    await service.refuse(ctx, data["appointment"], data["slot"], data["number"])


async def refund_difference(ctx: Ctx, event: Event) -> None:
    """The patient has taken a cheaper number."""
    if event.data["refund_fen"]:
        appointment = await service.find(ctx, event.data["appointment"])
        await service.refund_over(ctx, appointment, CHEAPER)


async def undo_unposted(ctx: Ctx, event: Event) -> None:
    """The HIS will not book the payment, and the money goes back: so does the number."""
    if event.data["purpose"]["kind"] == "appointment":
        await service.undo(ctx, event.data["purpose"], NOT_BOOKED_THERE)


async def close_payment(ctx: Ctx, event: Event) -> None:
    await service.close_payment(ctx, await _purpose(ctx, event))


async def adopt(ctx: Ctx, event: Event) -> None:
    """One person signed in two ways: the appointments follow, in every institution."""
    everywhere = await ctx.across("appointments of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


async def give_back(ctx: Ctx, event: Event) -> None:
    """Two persons after all: the appointments go back, in every institution."""
    everywhere = await ctx.across("appointments of a parted account")
    await service.give_back(everywhere, event.data["account"], event.data["of"])


async def make_room(ctx: Ctx, event: Event) -> None:
    """It counts no more among what its account may have."""
    if account := event.data["account"]:
        await service.make_room(ctx, account)


async def _purpose(ctx: Ctx, event: Event) -> dict[str, str]:
    """What the order is for that has paid for it, which may be an earlier appointment's."""
    return (await service.find(ctx, event.data["appointment"])).purpose


reactions = {
    "appointment.refused": [refund_refused],
    "appointment.offer_refused": [refund_refused],
    "number.locked": [locked],
    "number.refused": [refused],
    "account.merged": [adopt],
    "account.parted": [give_back],
    "payment.succeeded": [seat],
    "posting.giving_back": [undo_unposted],
    "appointment.cancelled": [refund_cancelled],
    "appointment.expired": [close_payment],
    "appointment.rebooked": [refund_difference],
    "appointment.stopped": [refund_stopped],
    "appointment.unseated": [refund_unseated],
}

OWNER_HEARS = (
    *("claimed", "booked", "reseated", "moved", "rebooked", "rescheduled"),
    *("cancelled", "expired", "stopped", "released", "refused"),
    "offer_refused",
)
"""What changes who has a number, or how surely: the first to hear of it is who owns the number."""

ENDS = ("cancelled", "expired", "stopped", "rescheduled", "refused", "offer_refused", "missed")
"""What lets go of its limits."""

for _name in ENDS:
    reactions.setdefault(f"appointment.{_name}", []).append(make_room)

for _name in OWNER_HEARS:
    reactions.setdefault(f"appointment.{_name}", []).insert(0, ask_owner)
