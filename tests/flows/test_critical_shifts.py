"""Handing over: who is responsible stays so until a colleague on duty has accepted."""

import asyncio
from datetime import timedelta

import pytest

from notify.critical import service
from notify.critical.model import Alert, Handle, HandOver, NoSuchColleague, Notify, TakeOver
from tests.helpers.critical import INST, WARD, Bedside, bedside
from wx_backend.base.context import Actor
from wx_backend.base.errors import Forbidden, NotFound, WrongState
from wx_backend.identity.rosters import store as duties
from wx_backend.identity.rosters.model import ward_place

YES, NO = TakeOver(answer="ACCEPT"), TakeOver(answer="DECLINE", note="在手术")


@pytest.fixture
async def ward(mongo_uri: str):
    async with bedside(mongo_uri) as running:
        yield running


async def treated(ward: Bedside) -> Alert:
    """Li, on duty, has read it back and is in charge."""
    return await ward.received("li")


async def asked(ward: Bedside, to: str = "zhou") -> Alert:
    alert = await treated(ward)
    return await service.hand_over(ward.acting("li"), alert.id, alert.version, HandOver(to=to))


async def test_the_first_is_responsible_until_the_second_accepts(ward: Bedside) -> None:
    alert = await asked(ward)
    assert (alert.offer.to, alert.offer.by, alert.responsible.member) == ("zhou", "li", "li")
    await ward.crank()
    (said,) = await ward.told("handover_offered")
    assert (said["data"]["members"], said["data"]["by"]) == (["zhou"], "员工li")
    assert await service.still_offered(ward.ctx, ward.heard(said))
    done = await service.take_over(ward.acting("zhou"), alert.id, alert.version, YES)
    assert (done.offer, done.responsible.member, done.state) == (None, "zhou", alert.state)
    assert (done.physician.member, done.due_at) == ("li", alert.due_at)
    assert [one.action for one in done.steps[-2:]] == ["hand_over", "take_over"]
    assert await service.take_over(ward.acting("zhou"), alert.id, alert.version, YES) == done
    assert not await service.still_offered(ward.ctx, ward.heard(said))
    await ward.crank()
    assert [one["data"]["members"] for one in await ward.told("handover_accepted")] == [["li"]]
    form = Handle(measures=["RECHECK"])
    await service.handle(ward.acting("zhou"), alert.id, done.version, form)
    await ward.later(6 * 60 + 1)
    (missing,) = await ward.told("note_missing")
    assert missing["data"]["members"] == ["zhou"], "who has it in hand hears of the note"


async def test_declined_it_stays_where_it_was(ward: Bedside) -> None:
    alert = await asked(ward)
    done = await service.take_over(ward.acting("zhou"), alert.id, alert.version, NO)
    assert (done.offer, done.responsible.member, done.steps[-1].note) == (None, "li", "在手术")
    await ward.crank()
    assert [one["data"]["members"] for one in await ward.told("handover_declined")] == [["li"]]
    with pytest.raises(WrongState):
        await service.take_over(ward.acting("zhou"), alert.id, done.version, YES)


async def test_an_offer_that_does_not_arrive_is_void_and_said(ward: Bedside) -> None:
    await asked(ward)
    await ward.crank()
    (said,) = await ward.told("handover_offered")
    for _ in range(2):
        await service.offer_unreached(ward.ctx, ward.heard(said), "zhou", "send_refused")
        await ward.crank()
    alert = await ward.alert()
    assert (alert.offer, alert.responsible.member, alert.rung) == (None, "li", 0)
    (told,) = await ward.told("handover_declined")
    assert (told["data"]["members"], told["data"]["by"]) == (["li"], "")


async def test_only_colleagues_on_duty_who_may_go_on(ward: Bedside) -> None:
    alert = await treated(ward)
    offered = {one.member.id for one in await service.colleagues(ward.acting("li"), alert)}
    assert offered == {"zhou", "tang"}, (
        "doctors here; no nurse, nobody of another ward, not oneself"
    )
    for key in ("zhao", "icu", "li", "nobody"):
        with pytest.raises(NoSuchColleague):
            await service.hand_over(ward.acting("li"), alert.id, alert.version, HandOver(to=key))
    soon = ward.duty("duty_doctor", ward_place(WARD), "icu")
    starts = ward.ctx.now() + timedelta(minutes=59)
    await ward.ctx.db(duties.DUTIES).put(
        "soon", {"inst": soon.inst, "place": soon.place, "duty": soon.duty, "member": "icu",
                 "starts_at": starts, "ends_at": soon.ends_at, "state": "PLANNED", "version": 1,
                 "before": ""}
    )  # fmt: skip
    done = await service.hand_over(ward.acting("li"), alert.id, alert.version, HandOver(to="icu"))
    assert done.offer.to == "icu"


async def test_only_who_is_responsible_hands_over(ward: Bedside) -> None:
    alert = await ward.raised()
    with pytest.raises(WrongState):
        await service.hand_over(ward.acting("li"), alert.id, alert.version, HandOver(to="zhou"))
    alert = await treated(ward)
    with pytest.raises(WrongState) as refused:
        await service.hand_over(ward.acting("zhao"), alert.id, alert.version, HandOver(to="zhou"))
    assert refused.value.data["by"] == "员工li"
    with pytest.raises(NotFound):
        await service.hand_over(ward.acting("icu"), alert.id, alert.version, HandOver(to="zhou"))
    assert (await ward.alert()) == alert


async def test_asking_another_withdraws_the_first_offer(ward: Bedside) -> None:
    alert = await asked(ward)
    alert = await service.hand_over(ward.acting("li"), alert.id, alert.version, HandOver(to="tang"))
    with pytest.raises(WrongState):
        await service.take_over(ward.acting("zhou"), alert.id, alert.version, YES)
    done = await service.take_over(ward.acting("tang"), alert.id, alert.version, YES)
    assert done.responsible.member == "tang"


async def test_of_an_answer_and_another_offer_one_is_first(ward: Bedside) -> None:
    alert = await asked(ward)
    answered, offered = await asyncio.gather(
        service.take_over(ward.acting("zhou"), alert.id, alert.version, YES),
        service.hand_over(ward.acting("li"), alert.id, alert.version, HandOver(to="tang")),
        return_exceptions=True,
    )
    now = await ward.alert()
    if isinstance(answered, WrongState):
        assert (now.responsible.member, now.offer.to) == ("li", "tang")
    else:
        assert isinstance(offered, WrongState)
        assert (now.responsible.member, now.offer) == ("zhou", None)


async def test_a_nurse_takes_over_the_call_but_not_the_treatment(ward: Bedside) -> None:
    alert = await ward.received("zhao")
    nurses = {one.member.id for one in await service.colleagues(ward.acting("zhao"), alert)}
    assert {"sun", "li", "zhou"} <= nurses
    alert = await service.hand_over(ward.acting("zhao"), alert.id, 2, HandOver(to="sun"))
    told = Notify(physician="li", how="PHONE")
    alert = await service.notify_physician(ward.acting("zhao"), alert.id, alert.version, told)
    assert (alert.offer, alert.responsible.member) == (None, "li"), "a step further, it is void"
    alert = await service.hand_over(ward.acting("li"), alert.id, alert.version, HandOver(to="zhou"))
    as_nurse = ward.house.ctx(INST, Actor("staff", "zhou", frozenset({"nurse"})))
    with pytest.raises(Forbidden):
        await service.take_over(as_nurse, alert.id, alert.version, YES)
    assert (await ward.alert()).responsible.member == "li"
