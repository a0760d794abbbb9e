"""Who misses visits, gives numbers back or grabs hot ones again and again is restricted, by a
person and for a time; without the rule they go on.
"""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import msgspec
import pytest

from booking.appointments import service as appointments
from booking.conduct import reactions as conduct
from booking.conduct.store import BREACHES
from booking.restrictions import service as restrictions
from booking.restrictions.model import (
    AppealedBefore,
    OwnDecision,
    Restriction,
)
from booking.schedules import service as schedules
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient, fixture
from tests.helpers.scalpers import code, relative, ruled
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.events import Event
from wx_backend.identity.worklist import service as worklist

pytestmark = IN_ONE_LOOP

OFFICE = Actor("staff", "office", frozenset({"outpatient_office"}))
AFFAIRS = Actor("staff", "affairs", frozenset({"medical_affairs"}))
WHY = "查无正当理由"


@fixture
async def office(clinic: Outpatient) -> AsyncIterator[Ctx]:
    """Somebody who decides, in a hospital where nothing was counted yet."""
    for name in ("breaches", "absences", "restrictions", "tasks"):
        await clinic.house.db.raw(name).delete_many({})
    yield clinic.hospital.ctx().acting_as(OFFICE)


async def books(clinic: Outpatient, patient: Patient, days: int, fee: int = 0):
    """A number of a doctor of that day; without a fee it is booked at once."""
    [slot] = await clinic.opens(days=days, fee_fen=fee)
    return await clinic.hold(patient, slot)


async def cancels(clinic: Outpatient, patient: Patient, times: int = 3) -> None:
    for days in range(3, 3 + times):
        await clinic.cancel(patient, await books(clinic, patient, days))
    await clinic.work()


async def grabs(clinic: Outpatient, patient: Patient) -> None:
    """Under three names, none of which is ever paid for."""
    people = [patient, await relative(patient), await relative(patient)]
    for days, one in enumerate(people, 3):
        await books(clinic, one, days, fee=5000)
    await clinic.later(minutes=16)
    await clinic.work()


async def misses(clinic: Outpatient, patient: Patient) -> None:
    await clinic.work()
    for days in (1, 2, 3):
        await books(clinic, patient, days)
    await clinic.later(days=4)
    await clinic.work()


async def proposed(office: Ctx) -> list[Restriction]:
    return (await restrictions.page(office, ""))[0]


async def tasks(office: Ctx, actor: Actor) -> list[str]:
    found, _ = await worklist.mine(office.acting_as(actor))
    return [one.kind for one in found]


@pytest.mark.parametrize("ruled_out", [True, False])
@pytest.mark.parametrize(
    ("kind", "does"), [("cancel", cancels), ("grab", grabs), ("no_show", misses)]
)
async def test_too_often(
    clinic: Outpatient, office: Ctx, kind: str, does: Callable, ruled_out: bool
):
    me = await clinic.patient()
    rules = {"hot": int(kind == "grab"), "new_account_hours": 0, f"{kind}_counts": int(ruled_out)}
    async with ruled(clinic, **rules):
        await does(clinic, me)
        found = await proposed(office)
        assert [one.kind for one in found] == [kind] * ruled_out
        for one in found:
            assert await tasks(office, OFFICE) == ["restriction_proposed"]
            await books(clinic, me, 8)  # nobody has decided yet
            await restrictions.impose(office, one.id, one.version, WHY, one.ban_days)
        await clinic.hospital.catch_up()
        got = await code(books(clinic, me, 9))
        desk = await code(books(clinic, await clinic.patient(), 9))
    await clinic.work()
    assert (got, desk) == ("booking_restricted" if ruled_out else "", "")
    assert ("暂停在线预约" in await clinic.told(me)) == ruled_out
    assert await tasks(office, OFFICE) == []


async def test_a_visit_is_missed_only_when_its_session_is_over_and_the_clinic_took_place(
    clinic: Outpatient, office: Ctx
):
    me, other, third, early = await clinic.patients(4)
    async with ruled(clinic, no_show_counts=1):
        past = await books(clinic, third, 1)
        await clinic.later(days=2)
        await clinic.work()  # switched on: what is past does not count
        came, stays = await books(clinic, me, 1), await books(clinic, other, 1)
        await appointments.stop(office, came.id, "staff")
        [late] = await clinic.opens(days=1, fee_fen=0)
        pending = await clinic.hold(third, late)
        await schedules.replace(office, msgspec.structs.replace(late, state="CLOSED"))
        here = await books(clinic, early, 1)
        assert await code(appointments.check_in(office, here.id)) == "check_in_too_early"
        await clinic.later(hours=22, minutes=30)
        assert (await appointments.check_in(office, here.id)).state == "CHECKED_IN"
        assert await code(appointments.check_in(office, past.id)) == "wrong_state"
        left = stays.ends_at - clinic.house.business.now()
        await clinic.later(seconds=left.total_seconds() + 60 * 29)
        await clinic.work()
        assert (await clinic.now(stays)).state == "BOOKED"
        await clinic.later(minutes=2)
        await clinic.work()
        states = [(await clinic.now(one)).state for one in (past, came, stays, pending, here)]
        assert states == ["BOOKED", "STOPPED", "NO_SHOW", "BOOKED", "CHECKED_IN"]
        await clinic.work()
    [breach] = await clinic.docs(BREACHES.name, excused=False)
    assert breach["appointment"] == stays.id


async def test_what_the_hospital_changed_never_counts(clinic: Outpatient, office: Ctx):
    """Told before or after the patient gives up; and nothing counts twice."""
    me = await clinic.patient()
    held = [await books(clinic, me, days) for days in (3, 4, 5)]
    event = _event(clinic, held[0].id)
    here = clinic.worker.ctx(office.institution)
    await conduct.excuse(here, event)
    for one in held:
        await clinic.cancel(me, one)
    await clinic.work()
    assert await proposed(office) == []
    again = msgspec.structs.replace(
        event, subject=held[1].id,
        data={**event.data, "appointment": held[1].id, "by": "patient", "refund_fen": 0,
              "fee_fen": 0},
    )  # fmt: skip
    await conduct.cancelled(here, again)
    assert len(await clinic.docs(BREACHES.name, kind="cancel", excused=False)) == 2
    await cancels(clinic, me, 1)
    assert len((await proposed(office))[0].grounds) == 3
    await conduct.cancelled(here, again)
    assert len(await proposed(office)) == 1
    await conduct.excuse(here, _event(clinic, held[1].id))
    assert len(await clinic.docs(BREACHES.name, kind="cancel", excused=False)) == 2


async def test_what_was_declined_does_not_count_again(clinic: Outpatient, office: Ctx):
    me = await clinic.patient()
    await cancels(clinic, me)
    [one] = await proposed(office)
    await restrictions.decline(office, one.id, one.version, "暴雪停运")
    with pytest.raises(WrongState):
        await restrictions.impose(office, one.id, one.version, WHY, 30)
    await cancels(clinic, me, 2)
    assert await proposed(office) == []
    assert await restrictions.mine(me.ctx) == []
    await cancels(clinic, me, 1)
    assert len(await proposed(office)) == 1


async def test_what_was_given_back_long_ago_does_not_count(clinic: Outpatient, office: Ctx):
    me = await clinic.patient()
    await cancels(clinic, me, 2)
    await clinic.later(days=30)
    await cancels(clinic, me, 2)
    assert await proposed(office) == []


@pytest.mark.parametrize("upheld", [True, False])
async def test_an_appeal_is_heard_by_somebody_else(clinic: Outpatient, office: Ctx, upheld: bool):
    me, stranger = await clinic.patients(2)
    await cancels(clinic, me)
    [one] = await proposed(office)
    await restrictions.impose(office, one.id, one.version, WHY, 7)
    [mine] = await restrictions.mine(me.ctx)
    with pytest.raises(NotFound):
        await restrictions.appeal(stranger.ctx, mine.id, "这不是我，是别人退的号")
    heard = await restrictions.appeal(me.ctx, mine.id, "三次都是因为老人住院，有住院证明")
    assert heard.blocks(clinic.house.business.now())
    await clinic.work()
    assert await tasks(office, AFFAIRS) == ["restriction_appealed"]
    with pytest.raises(OwnDecision):
        await restrictions.review(office, heard.id, heard.version, WHY, upheld)
    affairs = office.acting_as(AFFAIRS)
    await restrictions.review(affairs, heard.id, heard.version, "已核对住院证明", upheld)
    await clinic.work()
    assert await tasks(office, AFFAIRS) == []
    title = "申诉已复核：维持限制" if upheld else "预约限制已解除"
    assert title in await clinic.told(me)
    assert await code(books(clinic, me, 9)) == ("booking_restricted" if upheld else "")
    if upheld:
        with pytest.raises(AppealedBefore):
            await restrictions.appeal(me.ctx, mine.id, "三次都是因为老人住院，有住院证明")
    audit = [doc["action"] async for doc in _audit(clinic, one.id)]
    steps = ["proposed", "imposed", "appealed", "upheld" if upheld else "lifted"]
    assert {f"event:restriction:{step}" for step in steps} <= set(audit)


async def test_it_is_over_by_its_date_and_may_be_lifted_before(clinic: Outpatient, office: Ctx):
    me, other = await clinic.patients(2)
    for one in (me, other):
        await cancels(clinic, one)
    first, second = await proposed(office)
    for one in (first, second):
        await restrictions.impose(office, one.id, one.version, WHY, 2)
    await restrictions.lift(office, first.id, first.version + 1, "本人已说明")
    await clinic.hospital.catch_up()
    assert await code(books(clinic, me, 8)) == ""
    assert await code(books(clinic, other, 8)) == "booking_restricted"
    await clinic.later(days=3)
    assert await code(books(clinic, other, 8)) == ""  # by its date, whoever has noticed
    await clinic.work()
    assert [one.state for one in (await restrictions.page(office, "ended"))[0]] == [
        "LIFTED", "EXPIRED"
    ]  # fmt: skip


async def test_another_process_knows_within_a_round_and_the_waiting_list_too(
    clinic: Outpatient, office: Ctx
):
    me = await clinic.patient()
    await cancels(clinic, me)
    [one] = await proposed(office)
    elsewhere = office.acting_as(OFFICE)
    there = clinic.worker.ctx(elsewhere.institution, OFFICE)
    await restrictions.impose(there, one.id, one.version, WHY, 7)
    await clinic.hospital.catch_up()
    assert await code(books(clinic, me, 8)) == "booking_restricted"
    them = clinic.worker.ctx(office.institution, Actor("account", me.account))
    assert await code(restrictions.check_stored(them, me.id)) == "booking_restricted"


def _event(clinic: Outpatient, appointment: str) -> Event:
    return Event(
        id="e", type="stop.asked", v=1, at=clinic.house.wire.now() + timedelta(0), inst=None,
        subject=appointment, actor="system", trace="t", data={"appointment": appointment},
    )  # fmt: skip


def _audit(clinic: Outpatient, subject: str):
    month = f"{clinic.house.wire.now():%Y%m}"
    return clinic.house.db.raw(f"audit_{month}").find({"subject": subject})
