"""What becomes of an offered number, and so of the place on the list. Each may be heard again, or
late, or at the same moment as another: an entry is changed only as it was read.
"""

from booking.appointments import service as appointments
from booking.waiting import events, store
from booking.waiting.model import LIFE, Entry
from wx_backend.base.context import Ctx


async def locked(ctx: Ctx, appointment: str) -> None:
    """The HIS that owns the number says that it is theirs: now they are told, or have it."""
    entry = await _offered(ctx, appointment)
    if entry is None or not entry.asking:
        return
    number = await appointments.find(ctx, appointment)
    if number.state != "HELD":
        return  # that is heard of as well
    if entry.auto and not number.fee_fen:
        await appointments.assign(ctx, appointment)
    elif not await store.announce(ctx, entry, events.found(ctx, events.OFFERED, entry, number)):
        await locked(ctx, appointment)  # somebody was first: decide again


async def refused(ctx: Ctx, appointment: str) -> None:
    """The HIS has given the number to somebody else: they wait again, on their place; whoever was
    told of the number hears that it is gone.
    """
    entry = await _offered(ctx, appointment)
    if entry and not await _put_back(ctx, entry):
        await refused(ctx, appointment)


async def taken(ctx: Ctx, appointment: str) -> None:
    """The offered number has become theirs; who had not heard of it is told."""
    entry = await _offered(ctx, appointment)
    if entry is None:
        return
    event = None
    if entry.asking:
        number = await appointments.find(ctx, appointment)
        event = events.found(ctx, events.ASSIGNED, entry, number)
    if not await store.end(ctx, entry, LIFE.next(entry.state, "take"), event):
        await taken(ctx, appointment)


async def missed(ctx: Ctx, appointment: str) -> None:
    """The offered number was not taken in time; it goes to the next. Who was never told of it, for
    the HIS has not answered, has missed nothing.
    """
    entry = await _offered(ctx, appointment)
    if entry is None:
        return
    if entry.asking:
        done = await _put_back(ctx, entry)
    else:
        event = events.change(ctx, events.EXPIRED, entry)
        done = await store.end(ctx, entry, LIFE.next(entry.state, "miss"), event)
    if not done:
        await missed(ctx, appointment)


async def given_up(ctx: Ctx, appointment: str) -> None:
    """They cancelled the offered number: they do not wait any more."""
    await _end(ctx, appointment, "leave")


async def stopped(ctx: Ctx, appointment: str) -> None:
    """The clinic of the offered number does not take place; of that they are told already."""
    await _end(ctx, appointment, "clear")


async def _offered(ctx: Ctx, appointment: str) -> Entry | None:
    """Whom it is offered to; None when that has been settled."""
    entry = await store.of_appointment(ctx, appointment)
    return entry if entry and entry.state == "OFFERED" else None


async def _end(ctx: Ctx, appointment: str, action: str) -> None:
    entry = await _offered(ctx, appointment)
    if entry and not await store.end(ctx, entry, LIFE.next(entry.state, action)):
        await _end(ctx, appointment, action)


async def _put_back(ctx: Ctx, entry: Entry) -> Entry | None:
    event = None if entry.asking else events.change(ctx, events.PUT_BACK, entry)
    return await store.put_back(ctx, entry, LIFE.next(entry.state, "put_back"), event)
