"""A number that comes back goes to who waits: offered, taken, missed, and never free in between."""

import asyncio

import pytest

from booking.appointments import service as appointments
from booking.appointments import store
from booking.appointments.model import FeverClinic, HoldExpired, SymptomsNotSaid
from booking.schedules.model import SlotFull
from booking.waiting import offering
from booking.waiting import service as waiting
from booking.waiting.model import Entry, Join, NotFull, WaitingClosed, WaitingLimit
from tests.helpers.outpatient import IN_ONE_LOOP, Patient, fixture
from wx_backend.base import ids
from wx_backend.base.context import Actor
from wx_backend.base.errors import NotFound, SameKeyOtherBody, WrongState

pytestmark = IN_ONE_LOOP


@fixture
async def clinic(clinic):
    """Who waits comes first, and what nobody waits for comes back in batches."""
    await clinic.decides("booking.wait_list_first", 1)
    await clinic.decides("booking.return_most_minutes", 15)
    yield clinic
    await clinic.returns_at_once()
    await clinic.later(hours=1)


async def joins(patient: Patient, slot, scope: str = "slot", **more) -> Entry:
    return await waiting.join(patient.ctx, Join(slot.id, patient.id, scope, **more), ids.new("key"))


async def now(clinic, entry: Entry) -> Entry:
    return await waiting.own(
        clinic.house.ctx(entry.inst, Actor("account", entry.account)), entry.id
    )


async def takes(clinic, patient: Patient, entry: Entry) -> None:
    offered = await appointments.own(patient.ctx, (await now(clinic, entry)).appointment)
    await clinic.pays(await clinic.ticket(patient, offered))
    await clinic.notified()
    await clinic.work()


async def test_a_cancelled_number_is_offered_to_the_first_in_line_and_paid(clinic, slot):
    owner, first, second = await clinic.patients(3)
    booked = await clinic.booked(owner, slot)
    one, two = await joins(first, slot), await joins(second, slot)
    assert [ahead for _, ahead in await waiting.mine(second.ctx)] == [1]
    await clinic.cancel(owner, booked)
    assert clinic.free(slot) == 0
    await clinic.work()
    one, two = await now(clinic, one), await now(clinic, two)
    assert (one.state, two.state) == ("OFFERED", "WAITING")
    offered = await appointments.own(first.ctx, one.appointment)
    assert (offered.state, offered.number) == ("HELD", booked.number)
    assert await clinic.told(first) == ["候补到号"]
    await takes(clinic, first, one)
    assert (await now(clinic, one)).state == "TAKEN"
    assert (await clinic.now(offered)).state == "BOOKED"
    await clinic.refunded()


async def test_who_waits_has_answered_the_symptom_screen(clinic, slot):
    owner, one = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    await clinic.decides("booking.symptom_screen", 1, "doctor", slot.doctor_id)
    command = Join(slot.id, one.id)
    for symptoms, refusal in ((None, SymptomsNotSaid), (True, FeverClinic)):
        with pytest.raises(refusal):
            await waiting.join(one.ctx, command, ids.new("key"), symptoms)
    assert await waiting.mine(one.ctx) == []
    entry = await waiting.join(one.ctx, command, ids.new("key"), symptoms=False)
    await clinic.cancel(owner, held)
    await clinic.work()
    offered = await appointments.own(one.ctx, (await now(clinic, entry)).appointment)
    assert offered.no_symptoms_at == entry.no_symptoms_at is not None
    await clinic.decides("booking.symptom_screen", 0, "doctor", slot.doctor_id)


async def test_an_offer_that_runs_out_goes_to_the_next(clinic, slot):
    owner, first, second = await clinic.patients(3)
    held = await clinic.hold(owner, slot)
    one, two = await joins(first, slot), await joins(second, slot)
    await clinic.cancel(owner, held)
    await clinic.work()
    await clinic.later(hours=25)
    await clinic.work()
    one, two = await now(clinic, one), await now(clinic, two)
    assert (one.state, two.state) == ("MISSED", "OFFERED")
    assert await clinic.told(first) == ["候补到号", "候补的号已让出"]
    offered = await appointments.own(first.ctx, one.appointment)
    with pytest.raises(HoldExpired):
        await clinic.ticket(first, offered)


async def test_paid_and_expiring_at_once_ends_in_one_of_them(clinic, slot):
    owner, first = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    one = await joins(first, slot)
    await clinic.cancel(owner, held)
    await clinic.work()
    offered = await appointments.own(first.ctx, (await now(clinic, one)).appointment)
    ticket = await clinic.ticket(first, offered)
    await clinic.later(hours=24, minutes=-1)
    await clinic.pays(ticket)
    await clinic.later(minutes=1)
    await asyncio.gather(clinic.work(), clinic.notified())
    await clinic.work()
    assert (await clinic.now(offered)).state == "BOOKED"
    assert (await now(clinic, one)).state == "TAKEN"


async def test_who_leaves_while_it_is_offered_hands_it_to_the_next(clinic, slot):
    owner, first, second = await clinic.patients(3)
    held = await clinic.hold(owner, slot)
    one, two = await joins(first, slot), await joins(second, slot)
    await clinic.cancel(owner, held)
    await clinic.work()
    assert (await waiting.leave(first.ctx, one.id)).state == "LEFT"
    assert (await waiting.leave(first.ctx, one.id)).state == "LEFT"
    await clinic.work()
    assert (await now(clinic, two)).state == "OFFERED"


async def test_cancelling_the_offered_number_leaves_the_list(clinic, slot):
    owner, first = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    one = await joins(first, slot)
    await clinic.cancel(owner, held)
    await clinic.work()
    await appointments.cancel(first.ctx, (await now(clinic, one)).appointment)
    await clinic.work()
    assert (await now(clinic, one)).state == "LEFT"


async def test_two_numbers_at_once_go_to_the_first_two(clinic):
    [slot] = await clinic.opens(capacity=2)
    owners, waits = await clinic.patients(2), await clinic.patients(3)
    held = [await clinic.hold(one, slot) for one in owners]
    entries = [await joins(one, slot) for one in waits]
    await asyncio.gather(*(clinic.cancel(*pair) for pair in zip(owners, held, strict=True)))
    await asyncio.gather(*(offering.returned(clinic.worker.ctx(None)) for _ in range(3)))
    await clinic.work()
    states = [(await now(clinic, one)).state for one in entries]
    assert states == ["OFFERED", "OFFERED", "WAITING"]
    offered = {(await now(clinic, one)).appointment for one in entries[:2]}
    assert len(offered) == 2


async def test_nobody_may_take_it_in_between(clinic, slot):
    owner, first, thief = await clinic.patients(3)
    held = await clinic.hold(owner, slot)
    await joins(first, slot)
    await clinic.cancel(owner, held)
    await clinic.hospital.catch_up()
    with pytest.raises(SlotFull):
        await clinic.hold(thief, slot)


async def test_without_anybody_waiting_it_is_kept_until_its_batch(clinic, slot):
    owner, other = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    ended = await clinic.cancel(owner, held)
    await clinic.work()
    assert clinic.free(slot) == 0
    wait = ended.returns_at - clinic.house.business.now()
    assert 59 <= wait.total_seconds() <= 900
    await clinic.later(minutes=15)
    await clinic.work()
    await clinic.hospital.catch_up()
    assert (await clinic.hold(other, slot)).number == held.number


async def test_the_list_is_cleared_the_evening_before_and_says_so(clinic, slot):
    owner, first = await clinic.patients(2)
    booked = await clinic.booked(owner, slot)
    one = await joins(first, slot)
    await clinic.later(days=2, hours=14)
    await clinic.work()
    assert (await now(clinic, one)).state == "CLEARED"
    assert await clinic.told(first) == ["候补已截止"]
    await clinic.cancel(owner, booked)
    await clinic.work()
    assert (await now(clinic, one)).state == "CLEARED"
    with pytest.raises(WaitingClosed):
        await joins(await clinic.patient(), slot)
    await clinic.refunded()


async def test_at_night_a_number_waits_for_the_morning(clinic, slot):
    owner, first = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    one = await joins(first, slot)
    await clinic.later(hours=14, minutes=30)  # 23:30; the hold runs out meanwhile
    await clinic.work()
    assert (await now(clinic, one)).state == "WAITING"
    assert (await clinic.now(held)).state == "EXPIRED"
    with pytest.raises(WaitingClosed):
        await joins(await clinic.patient(), slot)
    await clinic.later(hours=6, minutes=30)
    await clinic.work()
    assert (await now(clinic, one)).state == "OFFERED"


async def test_only_what_is_full_is_waited_for(clinic):
    first, _ = await clinic.opens(slots=2, capacity=1)
    owner, one = await clinic.patients(2)
    with pytest.raises(NotFull):
        await joins(one, first)
    await clinic.hold(owner, first)
    with pytest.raises(NotFull):
        await joins(one, first, "session")
    assert (await joins(one, first)).state == "WAITING"


async def test_a_number_of_any_slot_serves_who_waits_for_the_session(clinic):
    first, second = await clinic.opens(slots=2, capacity=1)
    owner, other, one = await clinic.patients(3)
    await clinic.hold(owner, first)
    later = await clinic.hold(other, second)
    entry = await joins(one, first, "session")
    await clinic.cancel(other, later)
    await clinic.work()
    offered = await appointments.own(one.ctx, (await now(clinic, entry)).appointment)
    assert offered.slot == second.id


async def test_a_number_without_a_fee_is_assigned_or_accepted(clinic):
    [slot] = await clinic.opens(capacity=2, fee_fen=0)
    owners, (auto, asks) = await clinic.patients(2), await clinic.patients(2)
    held = [await clinic.hold(one, slot) for one in owners]
    assigned, offered = await joins(auto, slot, auto=True), await joins(asks, slot)
    for owner, one in zip(owners, held, strict=True):
        await clinic.cancel(owner, one)
    await clinic.work()
    assigned, offered = await now(clinic, assigned), await now(clinic, offered)
    assert (assigned.state, offered.state) == ("TAKEN", "OFFERED")
    assert "候补成功" in await clinic.told(auto)
    taken = await appointments.accept(asks.ctx, offered.appointment)
    assert taken.state == (await appointments.accept(asks.ctx, offered.appointment)).state
    await clinic.work()
    assert (taken.state, (await now(clinic, offered)).state) == ("BOOKED", "TAKEN")
    with pytest.raises(WrongState):
        await waiting.leave(asks.ctx, offered.id)


async def test_a_repeated_request_is_the_same_entry(clinic, slot):
    owner, one = await clinic.patients(2)
    await clinic.hold(owner, slot)
    command, key = Join(slot.id, one.id), ids.new("key")
    made = await asyncio.gather(*(waiting.join(one.ctx, command, key) for _ in range(3)))
    assert len({entry.id for entry in made}) == 1
    with pytest.raises(SameKeyOtherBody):
        await waiting.join(one.ctx, Join(slot.id, one.id, "day"), key)
    with pytest.raises(WaitingLimit):
        await waiting.join(one.ctx, command, ids.new("key"))


async def test_who_is_at_their_limit_is_passed_over_and_keeps_the_place(clinic):
    slot, other = await clinic.opens(slots=2, capacity=1)
    owner, first, second = await clinic.patients(3)
    held = await clinic.hold(owner, slot)
    one, two = await joins(first, slot), await joins(second, slot)
    await clinic.hold(first, other)  # same department and session
    await clinic.cancel(owner, held)
    await clinic.work()
    assert (await now(clinic, one)).state == "WAITING"
    assert (await now(clinic, two)).state == "OFFERED"


async def test_others_see_nothing_of_an_entry(clinic, slot):
    owner, one, other = await clinic.patients(3)
    await clinic.hold(owner, slot)
    entry = await joins(one, slot)
    for act in (waiting.own, waiting.leave):
        with pytest.raises(NotFound):
            await act(other.ctx, entry.id)
    assert await waiting.mine(other.ctx) == []
    assert await waiting.counts(one.ctx, [slot]) == {slot.id: 1}


async def test_a_crash_inside_the_move_leaves_all_or_nothing(clinic, slot, monkeypatch):
    owner, first = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    one = await joins(first, slot)
    await clinic.cancel(owner, held)
    insert = store.claim_for

    async def dies(*args):
        await insert(*args)
        raise RuntimeError("killed before the commit")

    monkeypatch.setattr(store, "claim_for", dies)
    with pytest.raises(ExceptionGroup):
        await offering.returned(clinic.worker.ctx(None))
    assert (await now(clinic, one)).state == "WAITING"
    assert len(await clinic.docs("appointments")) == 1
    monkeypatch.undo()
    await clinic.house.db.raw("appointments").update_many({}, {"$unset": {"leased_until": ""}})
    await clinic.work()
    assert (await now(clinic, one)).state == "OFFERED"
