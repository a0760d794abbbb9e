"""Stop-clinic: everybody who has booked is asked, answers with one tap, is called or refunded."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from booking.schedules import service as schedules
from booking.schedules.model import SlotFull
from booking.stops import service as stops
from booking.stops.model import OfferGone
from booking.timetables import service as timetables
from booking.waiting import service as waiting
from booking.waiting.model import Join
from tests.helpers.outpatient import IN_ONE_LOOP
from tests.helpers.stops import PEER, stored
from tests.helpers.timetables import deviation, form, slots_on, tasks
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.directory.settings.model import PARAMETERS
from wx_backend.entrypoints.demo import world
from wx_backend.identity.worklist import service as worklist

pytestmark = IN_ONE_LOOP
LOWER = world.PRACTICES[1].doctor()


async def test_who_is_affected_is_told_at_once_with_two_offers(closed, clinic):
    await closed.opens()
    await closed.close()
    [case] = await closed.cases()
    assert (case.state, case.same.doctor, case.same.until) == ("ASKED", PEER.name, None)
    assert case.other.doctor == closed.booked[0].doctor
    assert case.other.starts_at == closed.booked[0].starts_at + timedelta(days=7)
    kept_for = case.other.until - case.asked_at
    assert timedelta(hours=24) <= kept_for < timedelta(hours=24, seconds=9)
    told = await clinic.told(closed.patients[0])
    assert told[-1] == "医生停诊，请选择处理方式"
    [kept] = await clinic.docs("appointments", state="HELD")
    assert (kept["account"], kept["kept_for"]) == ("", case.cause("other"))
    assert (await closed.now()).state == "BOOKED"


@pytest.mark.parametrize("level", ["campus", "clinic_type", "doctor"])
async def test_the_times_of_the_place_are_kept(closed, clinic, level):
    await closed.opens()
    place = (level, closed.booked[0].scopes[level])
    times = {"stop.call_minutes": 30, "stop.keep_hours": 5}
    try:
        for name, value in times.items():
            await clinic.decides(name, value, *place)
        await closed.close()
    finally:
        for name in times:
            await clinic.decides(name, PARAMETERS[name].default, *place)
    [case] = await closed.cases()
    assert case.call_at - case.asked_at == timedelta(minutes=30)
    assert timedelta(hours=5) <= case.other.until - case.asked_at < timedelta(hours=5, seconds=9)


async def test_the_replacement_is_taken_with_one_tap_and_nothing_is_paid_again(closed, clinic):
    await closed.opens()
    await closed.close()
    case = await closed.answers(0, "same")
    assert await closed.answers(0, "same") == case
    await clinic.work()
    new = await stored(clinic, case.moved_to)
    assert (case.state, new.state, new.doctor) == ("MOVED", "BOOKED", PEER.name)
    assert (await closed.now()).state == "RESCHEDULED"
    assert (await clinic.order(new)).state == "PAID"
    assert not await clinic.docs("appointments", state="HELD")
    assert (await clinic.told(closed.patients[0]))[-1] == "改约成功"
    with pytest.raises(WrongState):
        await closed.answers(0, "refund")
    await clinic.cancel(closed.patients[0], new)
    await clinic.refunded()
    assert (await clinic.order(new)).state == "REFUNDED"


async def test_the_other_date_was_kept_and_is_theirs(closed, clinic):
    await closed.opens(peer=0)
    await closed.close()
    [case] = await closed.cases()
    assert case.same is None
    moved = await closed.answers(0, "other")
    new = await stored(clinic, moved.moved_to)
    assert (new.slot, new.serial, new.state) == (case.other.slot, case.other.serial, "BOOKED")
    assert new.account == closed.patients[0].account
    assert (await closed.now()).state == "RESCHEDULED"


async def test_a_kept_place_is_free_again_after_its_day_and_the_rest_stays(closed, clinic):
    await closed.opens()
    await closed.close()
    [case] = await closed.cases()
    await clinic.later(hours=24, seconds=1)
    await clinic.work()
    assert not await clinic.docs("appointments", state="HELD")
    with pytest.raises(OfferGone):
        await closed.answers(0, "other")
    assert await closed.states() == ["CALLING"]
    assert (await closed.answers(0, "same")).state == "MOVED"
    assert "预约超时未支付" not in await clinic.told(closed.patients[0])
    assert case.id


async def test_a_refund_is_in_full_and_said_so(closed, clinic):
    await closed.opens()
    await closed.close()
    case = await closed.answers(0, "refund")
    assert case.state == "REFUNDED"
    await clinic.refunded()
    assert (await closed.now()).state == "STOPPED"
    order = await clinic.order(closed.booked[0])
    assert (order.state, order.ledger().refunded_fen) == ("REFUNDED", order.amount_fen)
    assert [refund.reason for refund in order.ledger().refunds.values()] == ["医院停诊"]
    assert "停诊，预约已退号" in await clinic.told(closed.patients[0])
    assert not await clinic.docs("appointments", active=True)


async def test_nobody_answers_first_a_call_then_the_refund(closed, clinic, ctx):
    await closed.opens(2)
    await closed.close()
    await clinic.later(hours=2, seconds=1)
    await clinic.work()
    assert await closed.states() == ["CALLING", "CALLING"]
    [task] = [t for t in (await worklist.mine(_desk(ctx), limit=50))[0] if t.kind == "stop_call"]
    assert task.subject == closed.schedule
    first, second = await closed.cases()
    called = await stops.log_call(ctx, first.id, first.version, "REACHED", "愿意改约")
    assert [call.outcome for call in called.calls] == ["REACHED"]
    with pytest.raises(WrongState):
        await stops.log_call(ctx, first.id, first.version, "REACHED", "")
    assert (await stops.answer_for(ctx, first.id, "other")).state == "MOVED"
    await closed.until_start()
    await clinic.refunded()
    assert await closed.states() == ["MOVED", "REFUNDED"]
    [left] = [one for one in await closed.cases() if one.id == second.id]
    assert (left.answered_by, left.choice) == ("system", "refund")
    assert not [t for t in (await worklist.mine(_desk(ctx), limit=50))[0] if t.kind == "stop_call"]


def _desk(ctx: Ctx) -> Ctx:
    roles = frozenset({"customer_service"})
    return ctx.acting_as(type(ctx.actor)("staff", ctx.actor.id, roles))


async def test_reopening_clears_who_has_not_answered_and_brings_no_refund_back(closed, clinic):
    await closed.opens(3)
    await closed.close()
    await closed.answers(0, "refund")
    await closed.answers(1, "same")
    await closed.reopen()
    assert sorted(await closed.states()) == ["CLEARED", "MOVED", "REFUNDED"]
    states = [(await closed.now(n)).state for n in range(3)]
    assert states == ["STOPPED", "RESCHEDULED", "BOOKED"]
    assert (await clinic.told(closed.patients[2]))[-1] == "恢复出诊，原预约有效"
    assert "恢复出诊，原预约有效" not in await clinic.told(closed.patients[0])
    assert not await clinic.docs("appointments", state="HELD")
    await clinic.later(hours=3)
    await clinic.work()
    assert sorted(await closed.states()) == ["CLEARED", "MOVED", "REFUNDED"]
    await closed.close(2)  # and once more
    assert sorted(await closed.states()) == ["ASKED", "MOVED", "REFUNDED"]
    assert (await closed.answers(2, "other")).state == "MOVED"


async def test_somebody_elses_case_is_not_there(closed, clinic):
    await closed.opens()
    await closed.close()
    stranger = await clinic.patient()
    [case] = await closed.cases()
    before = await clinic.stored()
    with pytest.raises(NotFound):
        await stops.answer(stranger.ctx, case.id, "refund")
    with pytest.raises(NotFound):
        await stops.own(stranger.ctx, case.id)
    assert await clinic.stored() == before
    assert await closed.cases() == [case]


async def test_an_answer_and_the_default_refund_at_one_moment(closed, clinic):
    await closed.opens(6, peer=6)
    await closed.close()
    begins = min(one.starts_at for one in closed.booked)
    left = begins - clinic.house.business.now()
    await clinic.later(seconds=left.total_seconds() - 0.2)

    async def late(n: int) -> None:
        await asyncio.sleep(n * 0.004)
        with suppress(WrongState, OfferGone):
            await closed.answers(n, "same" if n % 2 else "refund")

    await clinic.later(seconds=0.3)
    await asyncio.gather(stops.follow_due(clinic.worker.ctx(None)), *(late(n) for n in range(6)))
    await clinic.work()
    await clinic.refunded()
    assert set(await closed.states()) <= {"MOVED", "REFUNDED"}
    for case in await closed.cases():
        was = (await stored(clinic, case.appointment)).state
        assert was == {"MOVED": "RESCHEDULED", "REFUNDED": "STOPPED"}[case.state]


async def test_the_same_event_told_again_changes_nothing(closed, clinic, ctx):
    await closed.opens(2)
    await closed.close()
    before = await closed.cases()
    told = await clinic.told(closed.patients[0])
    for _ in range(3):
        await stops.begin(clinic.hospital.ctx(), closed.schedule)
        await clinic.work()
    assert await closed.cases() == before
    assert await clinic.told(closed.patients[0]) == told
    assert len(await clinic.docs("appointments", state="HELD")) == 2


async def test_who_gives_the_number_back_on_their_own_is_asked_no_more(closed, clinic):
    await closed.opens()
    await closed.close()
    await clinic.cancel(closed.patients[0], closed.booked[0])
    await clinic.refunded()
    assert await closed.states() == ["CLEARED"]
    assert not await clinic.docs("appointments", active=True)


async def test_a_replacement_that_others_took_means_new_offers(closed, clinic, ctx):
    await closed.opens(peer=1)
    await closed.close()
    peer = [one for one in await slots_on(ctx, closed.day) if one.doctor_id == PEER.id]
    for slot in peer:
        await clinic.hold(await clinic.patient(), slot)
    with pytest.raises(OfferGone):
        await closed.answers(0, "same")
    [case] = await closed.cases()
    assert (case.state, case.round, case.same, case.choice) == ("ASKED", 2, None, "")
    assert case.other is not None
    assert (await closed.answers(0, "other")).state == "MOVED"


async def test_who_was_still_to_pay_is_let_go_and_late_money_goes_back(closed, clinic, ctx):
    await closed.opens(0)
    [first, _] = [s for s in await slots_on(ctx, closed.day) if s.doctor_id != PEER.id]
    patient = await clinic.patient()
    held = await clinic.hold(patient, first)
    ticket = await clinic.ticket(patient, held)
    await clinic.pays(ticket)
    await closed.close()
    await clinic.work()
    await clinic.refunded()
    now = await clinic.now(held)
    order = await clinic.order(held)
    assert (now.state, order.ledger().kept_fen) in {("STOPPED", 0), ("BOOKED", order.amount_fen)}


async def test_a_doctor_of_another_title_is_no_replacement(closed, clinic, ctx):
    await closed.opens(peer=0, next_week=False)
    await timetables.add_template(ctx, form(closed.day, doctor_id=LOWER.id, room="311 诊室"))
    await timetables.generate(ctx, closed.day, closed.day)
    await closed.close()
    [case] = await closed.cases()
    assert (case.same, case.other) == (None, None)
    assert await tasks(ctx, "schedule_misfit")


async def test_reopening_settles_the_call_list(closed, clinic, ctx):
    await closed.opens(2)
    await closed.close()
    await clinic.later(hours=2, seconds=1)
    await clinic.work()
    assert await closed.states() == ["CALLING", "CALLING"]
    assert await _calls(ctx)
    await closed.reopen()
    assert await closed.states() == ["CLEARED", "CLEARED"]
    assert not await _calls(ctx)
    assert [(await closed.now(n)).state for n in range(2)] == ["BOOKED", "BOOKED"]


async def _calls(ctx: Ctx) -> list:
    return [t for t in (await worklist.mine(_desk(ctx), limit=50))[0] if t.kind == "stop_call"]


async def test_who_was_reopened_unseen_is_not_refunded_at_the_start(closed, clinic):
    """The worker was away: the session was reopened, and it begins before anybody has looked."""
    await closed.opens()
    await closed.close()
    await timetables.deviate(closed.ctx, closed.line, closed.day.isoformat(), 1, deviation("lift"))
    left = closed.booked[0].starts_at - clinic.house.business.now()
    await clinic.later(seconds=left.total_seconds() + 1)
    await stops.follow_due(clinic.worker.ctx(None))
    assert await closed.states() == ["CLEARED"]
    assert (await closed.now()).state == "BOOKED"
    await clinic.work()


async def test_a_number_given_up_by_a_move_goes_to_who_waits(closed, clinic, ctx):
    """The place kept for another date is let go: its slot takes place, and somebody waits."""
    await closed.opens(capacity=1, ends="08:30")
    await closed.close()
    [case] = await closed.cases()
    kept = await clinic.docs("appointments", state="HELD")
    slot = await schedules.stored_slot(ctx, case.other.slot)
    one = await clinic.patient()
    await clinic.hospital.catch_up()
    await clinic.decides("booking.wait_list_first", 1)
    entry = await waiting.join(one.ctx, Join(slot.id, one.id), ids.new("key"))
    assert (await closed.answers(0, "refund")).state == "REFUNDED"
    await clinic.work()
    await clinic.returns_at_once()
    offered = await waiting.own(one.ctx, entry.id)
    assert (offered.state, offered.serial) == ("OFFERED", kept[0]["serial"])
    await waiting.leave(one.ctx, entry.id)
    await clinic.refunded()


async def test_what_was_given_up_while_it_was_closed_comes_back_as_any_number(closed, clinic, ctx):
    """To who waits first; nobody else has it before its batch."""
    await closed.opens(2, capacity=1, ends="09:00")
    first, second = [await schedules.stored_slot(ctx, one.slot) for one in closed.booked]
    one = await clinic.patient()
    entry = await waiting.join(one.ctx, Join(first.id, one.id), ids.new("key"))
    await clinic.decides("booking.wait_list_first", 1)
    await clinic.decides("booking.return_most_minutes", 15)
    await closed.close()
    for n in range(2):
        await closed.answers(n, "refund")
    await clinic.later(minutes=20)  # longer than any batch
    await clinic.work()
    await closed.reopen()
    offered = await waiting.own(one.ctx, entry.id)
    assert (offered.state, offered.serial) == ("OFFERED", closed.booked[0].serial)
    assert clinic.free(second) == 0
    with pytest.raises(SlotFull):
        await clinic.hold(await clinic.patient(), second)
    await clinic.later(minutes=16)
    await clinic.work()
    await clinic.hospital.catch_up()
    assert clinic.free(second) == 1
    await clinic.returns_at_once()
    await waiting.leave(one.ctx, entry.id)
    await clinic.refunded()


async def test_of_a_session_that_stays_closed_nothing_is_kept_once_it_has_begun(closed, clinic):
    await closed.opens()
    await clinic.decides("booking.return_most_minutes", 15)
    await closed.close()
    await closed.answers(0, "refund")
    await clinic.later(minutes=20)
    await clinic.work()
    assert await clinic.docs("appointments", returns_at={"$exists": True})
    await closed.until_start()
    assert not await clinic.docs("appointments", returns_at={"$exists": True})
    await clinic.returns_at_once()
    await clinic.refunded()
