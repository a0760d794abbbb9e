"""What appointments do when money moves, and what happens to the money when they end."""

from booking.appointments import service
from booking.appointments.model import NO_PLACE_LEFT, PATIENT_GAVE_UP, purpose_of
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def seat(ctx: Ctx, event: Event) -> None:
    """Paid: the number becomes the patient's."""
    if event.data["purpose"]["kind"] == "appointment":
        await service.seat(ctx, event.data["purpose"])


async def refund_cancelled(ctx: Ctx, event: Event) -> None:
    await service.unwind(ctx, _purpose(event), PATIENT_GAVE_UP)


async def refund_unseated(ctx: Ctx, event: Event) -> None:
    await service.unwind(ctx, _purpose(event), NO_PLACE_LEFT)


async def close_payment(ctx: Ctx, event: Event) -> None:
    await service.close_payment(ctx, _purpose(event))


async def adopt(ctx: Ctx, event: Event) -> None:
    """One person signed in two ways: the appointments follow, in every institution."""
    everywhere = await ctx.across("appointments of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


def _purpose(event: Event) -> dict[str, str]:
    return purpose_of(event.data["appointment"])


reactions = {
    "account.merged": [adopt],
    "payment.succeeded": [seat],
    "appointment.cancelled": [refund_cancelled],
    "appointment.expired": [close_payment],
    "appointment.unseated": [refund_unseated],
}
