"""Numbers asked for at the console: one at a time, date by date, by whoever has the lease."""

from datetime import date, timedelta

import pytest

from booking.timetables import carrying, making
from booking.timetables import service as timetables
from booking.timetables.model import MakingUnderWay
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, fixture
from tests.helpers.timetables import form, slots_on
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.entrypoints.demo import world

pytestmark = IN_ONE_LOOP

SWEEP = "numbers asked for"


class Dies(BaseException):
    """The process ends here."""


@fixture
async def days(clinic, ctx, day) -> tuple[date, date]:
    """Two dates with a template each, and no numbers yet."""
    for one in (day, day + timedelta(days=1)):
        await timetables.add_template(ctx, form(one))
    return day, day + timedelta(days=1)


async def made(ctx: Ctx, days: tuple[date, date]) -> list[int]:
    return [len(await slots_on(ctx, one)) for one in days]


async def lease_over(clinic: Outpatient) -> None:
    past = clinic.house.wire.now() - timedelta(seconds=1)
    await clinic.house.db.raw("makings").update_many(
        {"lease": {"$exists": True}}, {"$set": {"leased_until": past}}
    )


async def test_it_is_asked_for_once_and_done_by_a_worker(clinic, ctx, days):
    asked = await timetables.ask_making(ctx, days[1])
    with pytest.raises(MakingUnderWay) as refused:
        await timetables.ask_making(ctx, days[1], redo=True)
    assert refused.value.data == {"making": asked.id}
    assert await made(ctx, days) == [0, 0]
    assert await clinic.turn(SWEEP) == 1
    done = await timetables.making_asked(ctx, asked.id)
    assert (done.state, done.new, done.changed, done.kept) == ("DONE", 4, 0, 0)
    assert done.days == done.days_done
    assert await made(ctx, days) == [2, 2]
    assert await clinic.turn(SWEEP) == 0
    with pytest.raises(WrongState):
        await timetables.cancel_making(ctx, asked.id)
    again = await timetables.ask_making(ctx, days[1], redo=True)
    assert next(one.id for one in await timetables.makings(ctx)) == again.id
    away = ctx.within(world.CENTRE.id)
    assert await timetables.makings(away) == []
    with pytest.raises(NotFound):
        await timetables.cancel_making(away, again.id)


async def test_cancelled_under_way_it_stops_before_the_next_date(clinic, ctx, days, monkeypatch):
    asked = await timetables.ask_making(ctx, days[1])
    generate = carrying.generate

    async def cancelled_meanwhile(here: Ctx, first, *rest):
        if first == days[0]:
            await timetables.cancel_making(ctx, asked.id)
        return await generate(here, first, *rest)

    monkeypatch.setattr(carrying, "generate", cancelled_meanwhile)
    await clinic.turn(SWEEP)
    stopped = await timetables.making_asked(ctx, asked.id)
    assert (stopped.state, stopped.next) == ("CANCELLED", days[0].isoformat())
    assert await made(ctx, days) == [2, 0]
    await lease_over(clinic)
    assert await clinic.turn(SWEEP) == 0


async def test_whoever_comes_after_a_crash_goes_on_and_a_date_that_kills_is_given_up(
    clinic, ctx, days, monkeypatch
):
    asked = await timetables.ask_making(ctx, days[1])
    generate = carrying.generate

    async def dies(here: Ctx, first, *rest):
        if first == days[1]:
            raise Dies
        return await generate(here, first, *rest)

    async def killed() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(carrying, "generate", dies)
            with pytest.raises(Dies):
                await clinic.turn(SWEEP)

    await killed()
    assert await clinic.turn(SWEEP) == 0, "its lease is not over"
    assert (await timetables.making_asked(ctx, asked.id)).next == days[1].isoformat()
    await lease_over(clinic)
    assert await clinic.turn(SWEEP) == 1
    assert (await timetables.making_asked(ctx, asked.id)).state == "DONE"
    assert await made(ctx, days) == [2, 2]
    asked = await timetables.ask_making(ctx, days[1])
    for _ in range(making.MOST_TRIES):
        await killed()
        await lease_over(clinic)
    await clinic.turn(SWEEP)
    assert (await timetables.making_asked(ctx, asked.id)).state == "FAILED"
