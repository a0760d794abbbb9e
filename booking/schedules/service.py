"""Publishing clinics as slots, and the in-memory view that answers what is free."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import msgspec

from booking.schedules import offers, store
from booking.schedules.board import Board
from booking.schedules.closing import rules_of
from booking.schedules.model import (
    COUNTER,
    EVERYBODY,
    Clinic,
    Offer,
    OfferDay,
    Pool,
    Slot,
    pools_open_to,
    slots_of,
)
from booking.schedules.view import Availability
from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import NotFound
from wx_backend.directory.settings import service as parameters

VIEW = "availability"
BOARD = "board"
OVERLAP = timedelta(seconds=3)
"""Changes are re-read this far back, so that clocks of two machines may differ by as much."""


async def publish(ctx: Ctx, clinics: list[Clinic]) -> int:
    """Makes the slots of these clinics; repeating it adds nothing. Returns how many are new."""
    return await add(ctx, [slot for clinic in clinics for slot in await cut(ctx, clinic)])


async def cut(ctx: Ctx, clinic: Clinic) -> list[Slot]:
    """The slots of a clinic, as the parameters of its place open them; nothing is stored."""
    window = await parameters.resolve(ctx, "booking.window_days", **clinic.scopes)
    release = await parameters.resolve(ctx, "booking.release_time", **clinic.scopes)
    return slots_of(clinic, ctx.institution or "", window, time.fromisoformat(release))


async def add(ctx: Ctx, slots: list[Slot]) -> int:
    """Stores slots that are not there yet; how many. One call."""
    return await store.add(ctx, slots)


async def replace(ctx: Ctx, slot: Slot) -> Slot | None:
    """One conditional write: ``slot`` over the version it was made from.

    What is taken of it stays taken, and a claim may be in flight: whoever closes, shrinks or moves
    a slot looks afterwards at who arrived late. None when somebody was first.
    """
    return await store.replace(ctx, slot)


async def replace_many(ctx: Ctx, slots: list[Slot]) -> set[str]:
    """As ``replace``, many together: the ids of those that somebody else was first at. One call, or
    two.
    """
    return await store.replace_many(ctx, slots)


async def at_counter(ctx: Ctx, slot_id: str, number: int, back: bool = False) -> None:
    """The HIS that owns the numbers has given this one out itself, or has it ``back``. Repeats are
    harmless; a slot that is not there is left alone. A view of this process knows it at once.
    """
    while slot := await store.get(ctx, slot_id):
        others = tuple(one for one in slot.pools if (one.name, one.first) != (COUNTER, number))
        gone = () if back else (Pool(COUNTER, number, number, slot.starts_at),)
        if (len(others) < len(slot.pools)) != back:
            return
        if changed := await replace(ctx, msgspec.structs.replace(slot, pools=(*others, *gone))):
            if VIEW in ctx.house.views:
                availability(ctx.house).put(changed)
            return


async def dates(ctx: Ctx, since: date) -> list[str]:
    """The visit dates (``2026-11-24``) from ``since`` on that have slots, in order. One call."""
    return await store.dates(ctx, since.isoformat())


async def of_date(ctx: Ctx, on: date) -> list[Slot]:
    """Every stored slot of a visit date. One call."""
    return await store.on_date(ctx, on.isoformat())


async def of_schedules(ctx: Ctx, schedules: Iterable[str]) -> list[Slot]:
    """Every stored slot of these schedules, by start. One call."""
    return await store.of_schedules(ctx, schedules)


async def of_department(ctx: Ctx, department_id: str, first: date, last: date) -> list[Slot]:
    """Every stored slot of a department on these dates, by start, for processes that follow no
    view. One call.
    """
    return await store.of_department(ctx, department_id, first.isoformat(), last.isoformat())


async def of_dates(ctx: Ctx, first: date, last: date) -> list[Slot]:
    """Every stored slot of the institution on these dates. One call."""
    return await store.of_dates(ctx, first.isoformat(), last.isoformat())


async def pools_for(ctx: Ctx, slot: Slot, patient_id: str, age: int) -> frozenset[str]:
    """From which pools of the slot the actor may claim a number for this patient.

    A patient is ``age`` years old on the visit date. No round trip.
    """
    if not slot.pools:
        return EVERYBODY
    elder = await parameters.resolve(ctx, "booking.elder_age", **slot.scopes)
    roles = ctx.actor.roles if ctx.actor.kind == "staff" else ()
    return pools_open_to(patient_id, roles, age >= elder)


def availability(house: House) -> Availability:
    """This process's view; loaded by ``load`` before the first request."""
    return house.views[VIEW]


def board(house: House) -> Board:
    """Ready answers about the view."""
    return house.views[BOARD]


def open_slot(ctx: Ctx, slot_id: str) -> Slot:
    """The slot, if it belongs to the context's institution. No round trip.

    Raises:
        NotFound: unknown here, or another institution's.
    """
    slot = availability(ctx.house).slot(slot_id)
    if slot is None or slot.inst != ctx.institution:
        raise NotFound("没有找到这个时段，请刷新后重新选择")
    return slot


def check_open(ctx: Ctx, slot: Slot) -> None:
    """Whether the actor may claim a number of a followed slot now. No round trip.

    The cut-offs are for patients: staff serve the day's channel.

    Raises:
        SlotClosed, SlotNotOpenYet, NextDayClosed, SameDayClosed.
    """
    slot.check_open(ctx.now())
    if ctx.actor.kind != "staff":
        availability(ctx.house).closing(slot).check(ctx.now())


async def stored_slot(ctx: Ctx, slot_id: str) -> Slot | None:
    """The slot as stored, for processes that follow no view; None when unknown here."""
    return await store.get(ctx, slot_id)


def of_doctor_day(ctx: Ctx, slot: Slot) -> list[Slot]:
    """The followed slots of the same doctor and date, by start. No round trip."""
    day = availability(ctx.house).day(slot.department_id, slot.visit_date)
    return [one for one in day if one.doctor_id == slot.doctor_id]


def offer_days(ctx: Ctx, department_id: str, doctor_id: str | None = None) -> list[OfferDay]:
    """The days on which a department, or one of its doctors, has released slots."""
    return offers.days(availability(ctx.house), department_id, ctx.now(), doctor_id)


def offers_today(ctx: Ctx, department_id: str) -> OfferDay:
    """Every slot of a department's today."""
    return offers_on(ctx, department_id, ctx.today())


def offers_on(ctx: Ctx, department_id: str, on: date) -> OfferDay:
    """Every slot of a department's day, released or not. No round trip."""
    return offers.on_day(availability(ctx.house), department_id, on.isoformat(), ctx.now())


def taken(ctx: Ctx, slot: Slot) -> int:
    """How many numbers of a followed slot somebody owns. No round trip."""
    return availability(ctx.house).taken(slot)


def first_free(ctx: Ctx, department_id: str) -> Offer | None:
    """The earliest free slot of a department."""
    return next(offers.free(availability(ctx.house), department_id, ctx.now()), None)


def next_free(ctx: Ctx, department_id: str, doctor_id: str) -> list[Offer]:
    """Up to three: the next days of the doctor, then of colleagues."""
    return offers.next_free(availability(ctx.house), department_id, doctor_id, ctx.now())


def instead_of(ctx: Ctx, slot_id: str) -> list[Offer]:
    """Up to three free slots near one that is full or gone; none for an unknown slot."""
    view = availability(ctx.house)
    slot = view.slot(slot_id)
    return offers.instead(view, slot, ctx.now()) if slot else []


def make_view(house: House) -> Availability:
    """An empty view with its board, as this process's own."""
    house.views[VIEW] = view = Availability()
    house.views[BOARD] = Board(view)
    return view


async def load(ctx: Ctx, view: Availability) -> None:
    """Fills the view with every slot of all institutions that is still to come."""
    yesterday = ctx.today() - timedelta(days=1)
    for slot in await store.from_date(ctx, yesterday.isoformat()):
        view.put(slot)
    await _follow_rules(ctx, view)
    view.forget_before(ctx.today().isoformat(), ctx.now())


async def follow(ctx: Ctx, view: Availability, since: datetime) -> None:
    """Takes over the slots changed since ``since`` (wire time) and the rules that close them, and
    drops past dates.
    """
    for slot in await store.changed_since(ctx, since - OVERLAP):
        view.put(slot)
    await _follow_rules(ctx, view)
    today = ctx.today().isoformat()
    view.forget_before(today, ctx.now())
    board(ctx.house).forget_before(today)


async def _follow_rules(ctx: Ctx, view: Availability) -> None:
    for inst in view.institutions():
        view.close_by(inst, rules_of(await parameters.values(ctx.within(inst))))
