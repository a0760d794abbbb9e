"""The symptom screen (clinical.md 3.2): who has fever goes to the fever clinic, which has it off.

It is asked of whoever asks for a number on the phone: a first one, another time, a place on the
waiting list. Not at the desk, where staff see who is there; and a number that the hospital gives
instead of another one keeps what was said for that: it is asked only where nothing was.
Parameters only, no round trip.
"""

from datetime import datetime

from booking.appointments.model import FeverClinic, SymptomsNotSaid
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.directory.settings import service as parameters


async def symptoms_asked(ctx: Ctx, *slots: Slot) -> str:
    """The words to ask for a number of any of these slots; empty: nothing is asked."""
    for slot in slots:
        if await parameters.resolve(ctx, "booking.symptom_screen", **slot.scopes):
            return str(await parameters.resolve(ctx, "booking.symptoms", **slot.scopes))
    return ""


async def screen(ctx: Ctx, symptoms: bool | None, *slots: Slot) -> datetime | None:
    """When the patient said to have none of the symptoms: now; None where nothing is asked.

    Args:
        symptoms: whether they have any; None: not said.

    Raises:
        SymptomsNotSaid, FeverClinic.
    """
    words = await symptoms_asked(ctx, *slots)
    if not words:
        return None
    if symptoms is None:
        raise SymptomsNotSaid(symptoms=words)
    if symptoms:
        raise FeverClinic()
    return ctx.now()
