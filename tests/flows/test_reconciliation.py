"""A day in three books: what was planted is found and nothing else; run again, repaired, closed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from booking.payments import service as payments
from booking.payments.events import SUCCEEDED
from booking.postings import service as postings
from booking.reconciliation import reactions, reading, running, service, store
from booking.reconciliation.model import DayClosed, NoRemedy, StillOpen
from tests.helpers.hospital import Hospital
from tests.helpers.office import Office
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from tests.helpers.planted_day import Planter
from wx_backend.base.errors import Invalid, WrongState
from wx_backend.base.events import load
from wx_backend.entrypoints.demo import world

pytestmark = IN_ONE_LOOP
MOVED = ["attempt_paid", "refund_succeeded"]


@fixture
async def office(hospital: Hospital) -> Office:
    made = Office(hospital)
    await made.fresh()
    return made


async def test_a_day_lists_exactly_what_was_planted(office: Office) -> None:
    plan = await office.plan(seed=20261122, orders=80)
    await office.write(plan)
    done = await office.run()
    assert (done.state, done.reason) == ("DONE", "")
    assert await office.found() == plan.expected
    assert done.open == sum(kind != "late" for kind in plan.expected.values())
    assert done.theirs["wechat_pay"].paid
    assert done.theirs["alipay"].fee_fen > 0
    assert done.funds["alipay"].in_fen > done.funds["alipay"].out_fen > 0
    assert done.his
    again = await office.run()
    assert await office.found() == plan.expected
    assert (again.open, again.counts) == (done.open, done.counts)


async def test_a_merchant_of_two_institutions_is_reconciled_by_each_for_itself(
    office: Office,
) -> None:
    async with office.sharing(world.CENTRE.id) as centre:
        mine, theirs = await office.planter(), await centre.planter(seed=1)
        mine.never_told()
        nobody = mine.stranger()
        order, platform = theirs.pay()
        theirs.give_back(order, platform, theirs.moment())
        theirs.listed_twice()
        theirs.never_told()
        theirs.plan.his.clear()
        for plan in (mine.plan, theirs.plan):
            await office.write(plan)
        runs = [await one.run() for one in (office, centre)]
        assert await office.found() == mine.plan.expected
        assert await centre.found() == {
            **theirs.plan.expected, ("platform", nobody): "missing_here"
        }  # fmt: skip
    for platform in ("wechat_pay", "alipay"):
        whole = [(one.theirs[platform].net_fen, one.others[platform].net_fen) for one in runs]
        assert sum(whole[0]) == sum(whole[1]), "both explain all of the merchant's bill"
    assert [one.his is None for one in runs] == [False, True]


async def test_money_that_nobody_told_us_of_is_asked_for(office: Office) -> None:
    planter = await office.planter()
    planter.never_told()
    await office.write(planter.plan)
    assert (await office.run()).open == 1
    assert await office.tasks() == ["OPEN"]
    one = await office.one()
    assert (one.kind, one.remedies) == ("missing_here", ("ask",))
    done = await office.repair(one, "ask")
    assert await office.tasks() == ["DONE"]
    assert (done.state, done.repairs[0].outcome) == ("REPAIRED", "repaired")
    assert done.repairs[0].by == office.ctx.actor.id
    assert (await service.run(office.ctx, office.day)).open == 0
    order = planter.plan.orders[-1]
    [doc] = [await office.house.db.raw("orders").find_one({"_id": order.id})]
    assert doc["state"] == "PAID"
    assert doc["days"] == [office.day.isoformat()]
    with pytest.raises(WrongState):
        await office.repair(one, "ask")
    await office.run()
    kept = {one.side: one.state for one in await service.differences(office.ctx, office.day)}
    assert kept["platform"] == "GONE", "the books agree now; what was done is kept"


async def test_a_refund_of_which_the_platform_never_heard_is_sent_again(office: Office) -> None:
    planter = await office.planter()
    planter.refund_not_there()
    await office.write(planter.plan)
    await office.run()
    one = await office.one()
    assert (await office.repair(one, "refund_again")).state == "REPAIRED"
    await office.run()
    assert (await office.one()).state == "REPAIRED", "a repair outlives a new run"


async def test_what_the_his_has_not_booked_is_posted_again(office: Office) -> None:
    planter = await office.planter()
    planter.not_booked()
    await office.write(planter.plan)
    await postings.follow(office.ctx, planter.plan.orders[-1].id)
    await office.run()
    one = await office.one()
    assert (one.side, one.remedies) == ("his", ("post_again",))
    assert (await office.repair(one, "post_again")).state == "REPAIRED"
    await office.run()
    assert (await office.one()).state == "GONE"


class Died(Exception):
    """As if the process had been killed."""


@pytest.mark.parametrize(
    ("plant", "remedy"),
    [(Planter.never_told, "ask"), (Planter.refund_not_there, "refund_again")],
    ids=["ask", "refund_again"],
)
async def test_a_repair_that_dies_after_any_write_is_finished_by_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch, plant: Callable, remedy: str
) -> None:
    planter, deaths = await office.planter(), 0
    plant(planter)
    await office.write(planter.plan)
    order = {"_id": planter.plan.orders[-1].id}
    await office.run()
    database, before = office.house.db, await office.house.db.raw("orders").find_one(order)
    called = database.called
    for fatal in range(1, 9):
        left = fatal

        def counted(op: str, table: str, write: bool = False, **more: object) -> None:
            nonlocal left
            called(op, table, write=write, **more)
            left -= op == "change" and write
            if not left:
                raise Died

        await database.raw("orders").replace_one(order, before)
        await database.raw("differences").update_many(
            {}, {"$set": {"state": "OPEN", "repairs": []}}
        )
        monkeypatch.setattr(database, "called", counted)
        try:
            await office.repair(await office.one(), remedy)
        except Died:
            deaths += 1
        monkeypatch.setattr(database, "called", called)
        if (await office.one()).state == "OPEN":
            await office.repair(await office.one(), remedy)
        assert (await office.one()).state == "REPAIRED"
        doc = await database.raw("orders").find_one(order)
        moved = [one["kind"] for one in doc["entries"] if one["kind"] in MOVED]
        assert moved == MOVED[: len(moved)], "no money is written down twice"
        if fatal > deaths:
            break
    assert deaths > 1


async def test_what_nobody_can_repair_is_explained_by_a_person(office: Office) -> None:
    planter = await office.planter()
    planter.stranger()
    await office.write(planter.plan)
    await office.run()
    one = await office.one()
    with pytest.raises(NoRemedy):
        await office.repair(one, "ask")
    with pytest.raises(StillOpen):
        await service.close_day(office.ctx, office.day)
    assert (await office.repair(one, "explain")).state == "EXPLAINED"
    await office.run()
    assert (await office.one()).state == "EXPLAINED"


async def test_a_closed_day_stays_as_it_is_until_it_is_opened_again(office: Office) -> None:
    planter = await office.planter()
    await office.write(planter.plan)
    with pytest.raises(Invalid):
        await service.ask(office.ctx, office.house.ctx(None).today())
    assert (await office.run()).open == 0
    assert await office.tasks() == [], "a clean day asks nobody"
    assert (await service.close_day(office.ctx, office.day)).state == "CLOSED"
    with pytest.raises(DayClosed):
        await service.ask(office.ctx, office.day)
    with pytest.raises(StillOpen):
        await service.close_month(office.ctx, f"{office.day:%Y-%m}")
    await service.reopen_day(office.ctx, office.day, "平台补发账单")
    assert (await office.run()).state == "DONE"


async def test_money_learnt_of_once_its_day_is_closed_is_a_task(office: Office) -> None:
    planter = await office.planter()
    planter.never_told()
    await office.write(planter.plan)
    await office.run()
    one = await office.one()
    await office.repair(one, "explain")
    await service.close_day(office.ctx, office.day)
    order = await payments.recheck(office.ctx, one.no)
    doc = await office.house.db.raw("orders").find_one({"_id": order.id})
    await reactions.late(office.ctx, load(doc["outbox"][-1], {SUCCEEDED.name: SUCCEEDED}))
    [asked] = await office.house.db.raw("tasks").find({"state": "OPEN"}).to_list(None)
    assert asked["subject"] == office.day.isoformat() and "日结之后" in asked["about"]
    await service.reopen_day(office.ctx, office.day, "补记的收款")
    await office.run()
    assert (await office.house.db.raw("tasks").find_one({"_id": asked["_id"]}))["state"] == "DONE"


async def test_a_bill_that_is_missing_is_waited_for(office: Office) -> None:
    planter = await office.planter()
    await office.write(planter.plan)
    query = "/gateway.do/alipay.data.dataservice.bill.downloadurl.query"
    await office.hospital.control("faults", endpoint=query, kind="bill_missing", times=2)
    waiting = await office.run()
    assert (waiting.state, waiting.reason, waiting.tries) == ("WAITING", "bill_not_ready", 1)
    assert await office.found() == {}
    assert (await office.run()).state == "DONE"


async def test_a_day_on_which_nothing_but_an_old_refund_arrived_may_have_no_bill(
    office: Office,
) -> None:
    planter = await office.planter(paid=())
    planter.refund_that_took_days()
    await office.write(planter.plan)
    done = await office.run()
    assert (done.state, done.open) == ("DONE", 0)
    assert await office.found() == planter.plan.expected


async def test_a_run_can_be_cancelled_while_it_is_under_way(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    planter = await office.planter()
    planter.not_there()
    await office.write(planter.plan)
    merchants = reading.merchants

    async def cancelled(ctx):
        await service.cancel(office.ctx, office.day)
        return await merchants(ctx)

    monkeypatch.setattr(reading, "merchants", cancelled)
    assert (await office.run()).state == "CANCELLED"
    assert await office.found() == {}
    monkeypatch.undo()
    assert (await office.run()).open == 1


async def test_too_many_differences_are_no_list(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MOST", 1)
    await office.write(await office.plan(seed=3, orders=0))
    failed = await office.run()
    assert (failed.state, failed.reason) == ("FAILED", "reconciliation_too_many")
    assert (await office.found(), await office.tasks()) == ({}, ["OPEN"])
    monkeypatch.undo()
    done = await office.run()
    assert (done.state, sorted(await office.tasks())) == ("DONE", ["DONE", "OPEN"])
    for one in await service.differences(office.ctx, office.day):
        if one.state == "OPEN":
            await office.repair(one, "explain")
    assert await office.tasks() == ["DONE", "DONE"]


async def test_yesterday_is_planned_once_the_bills_are_there(office: Office) -> None:
    ctx = office.house.ctx(None)
    office.house.views.pop(service.PLANNED, None)
    await office.hospital.morning()
    assert await service.plan(ctx) == 0, "at nine there are no bills yet"
    await office.hospital.move_clock(running.AGAIN * 2)
    assert await service.plan(ctx) > 0
    assert await service.plan(ctx) == 0
    days, runs = [ctx.today() - timedelta(days=n) for n in (4, 3, 2, 1)], office.ctx.db(store.RUNS)
    assert [(one["by"], one["day"]) for one in await runs.find()] == [("", days[-1].isoformat())]
    await runs.delete_many({})
    await service.ask(office.ctx, days[0])
    office.house.views.pop(service.PLANNED)
    await service.plan(ctx)  # no worker was there for some days
    planned = [one["day"] for one in await runs.find(sort=[("day", 1)])]
    assert planned == [day.isoformat() for day in days]
