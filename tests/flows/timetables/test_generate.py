"""Numbers from the timetable: made once, changed where nobody has booked, broken off anywhere."""

import asyncio
from datetime import date, timedelta

import pytest

from booking.appointments import service as appointments
from booking.schedules import service as slots
from booking.schedules import store as slot_store
from booking.schedules.model import Slot
from booking.timetables import service as timetables
from booking.timetables import store
from booking.timetables.model import (
    PoolRule,
)
from tests.helpers.outpatient import IN_ONE_LOOP
from tests.helpers.timetables import (
    DOCTOR,
    deviation,
    everything,
    form,
    opened,
    slots_on,
    tasks,
)
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound
from wx_backend.entrypoints.demo import world

pytestmark = IN_ONE_LOOP


async def test_numbers_are_made_once_however_often_it_is_asked(clinic, ctx, day):
    _, made = await opened(clinic, ctx, day)
    assert [(one.capacity, one.serial(1), one.fee_fen) for one in made] == [
        (4, "A001", 5000), (4, "A005", 5000)
    ]  # fmt: skip
    before = await everything(ctx)
    again = await timetables.generate(ctx, day, day + timedelta(days=3))
    assert again.differences == ()
    assert await everything(ctx) == before


async def test_several_at_once_make_no_more_than_one(clinic, ctx, day):
    await timetables.add_template(ctx, form(day))
    await asyncio.gather(*(timetables.generate(ctx, day, day) for _ in range(5)))
    assert len(await slots_on(ctx, day)) == 2
    assert len(await store.schedules(ctx, day.isoformat(), day.isoformat())) == 1


async def test_the_night_makes_the_numbers_of_the_last_day_of_the_window(clinic, ctx):
    last = ctx.today() + timedelta(days=15)
    await timetables.add_template(ctx, form(last))
    await clinic.work()
    assert await slots_on(ctx, last) == []
    await clinic.later(hours=17)
    await clinic.work()
    assert len(await slots_on(ctx, last)) == 2


async def test_a_changed_template_leaves_booked_slots_to_a_person(clinic, ctx, day):
    template, (first, second) = await opened(clinic, ctx, day)
    patient = await clinic.patient()
    held = await clinic.hold(patient, first)
    await timetables.change_template(ctx, template.line, 1, form(day, room="401 诊室", capacity=3))
    seen = await timetables.outlook(ctx, day, day)
    assert (seen.count("new"), seen.count("changed"), seen.count("kept")) == (0, 1, 1)
    assert await slots_on(ctx, day) == [first, second], "looking changes nothing"
    await timetables.generate(ctx, day, day)
    kept, changed = await slots_on(ctx, day)
    assert kept == first
    assert (changed.capacity, changed.location[-6:]) == (3, "401 诊室")
    assert changed.serial(1) == "A005", "a number that was told to somebody is not given again"
    [about] = await tasks(ctx, "schedule_kept")
    assert "1 个时段" in about
    await appointments.cancel(patient.ctx, held.id)
    await timetables.generate(ctx, day, day, redo=True)
    assert {one.capacity for one in await slots_on(ctx, day)} == {3}


@pytest.mark.parametrize("firm", [False, True], ids=["usual", "deviating"])
async def test_what_nobody_has_booked_is_made_again_by_the_price_of_now(clinic, ctx, day, firm):
    template, _ = await opened(clinic, ctx, day)
    if firm:
        change = deviation("change", room="402 诊室")
        await timetables.deviate(ctx, template.line, day.isoformat(), 0, change)
        await clinic.hospital.catch_up()
    first, second = await slots_on(ctx, day)
    held = await clinic.hold(await clinic.patient(), first)
    await clinic.decides("booking.fee_chief_fen", 6000, "doctor", DOCTOR.id)
    await clinic.decides("booking.release_time", "06:30", "doctor", DOCTOR.id)
    assert (await timetables.outlook(ctx, day, day)).differences == ()
    seen = await timetables.outlook(ctx, day, day, redo=True)
    assert (seen.count("new"), seen.count("changed"), seen.count("kept")) == (0, 1, 1)
    await timetables.generate(ctx, day, day, redo=True)
    kept, changed = await slots_on(ctx, day)
    assert kept == first
    assert (changed.fee_fen, changed.serial(1)) == (6000, second.serial(1))
    assert second.opens_at - changed.opens_at == timedelta(minutes=30)
    assert held.fee_fen == 5000
    assert await tasks(ctx, "schedule_kept") == [], "who asked for it has seen it"
    await clinic.decides("booking.fee_chief_fen", 5000, "doctor", DOCTOR.id)
    await clinic.decides("booking.release_time", "07:00", "doctor", DOCTOR.id)
    await timetables.generate(ctx, day, day, redo=True)
    assert {one.fee_fen for one in await slots_on(ctx, day)} == {5000}
    await clinic.work()
    before = await everything(ctx)
    await timetables.generate(ctx, day, day, redo=True)
    assert await everything(ctx) == before, "and again is nothing to do"


@pytest.mark.parametrize("renumbered", [False, True], ids=["price", "serials"])
async def test_who_claims_while_dates_are_made_again_keeps_the_slot(
    clinic, ctx, day, monkeypatch, renumbered
):
    template, (first, _) = await opened(clinic, ctx, day)
    patients = await clinic.patients(2)
    early = await clinic.hold(patients[0], first)
    if renumbered:
        fewer = form(day, capacity=3)
        await timetables.change_template(ctx, template.line, 1, fewer)
        await timetables.generate(ctx, day, day)
        await appointments.cancel(patients[0].ctx, early.id)
        await clinic.hospital.catch_up()
    else:
        await clinic.decides("booking.fee_chief_fen", 6000, "doctor", DOCTOR.id)
    before = await slots_on(ctx, day)
    replace_many, late = slot_store.replace_many, []

    async def after_a_claim(ctx: Ctx, slots: list[Slot]) -> set[str]:
        """The claim lands between looking and writing."""
        if not late:
            late.append(await clinic.hold(patients[1], before[1]))
        return await replace_many(ctx, slots)

    with monkeypatch.context() as patch:
        patch.setattr(slot_store, "replace_many", after_a_claim)
        done = await timetables.generate(ctx, day, day, redo=True)
    await clinic.decides("booking.fee_chief_fen", 5000, "doctor", DOCTOR.id)
    now = await slots_on(ctx, day)
    promised = [(one.fee_fen, one.capacity, one.first_serial) for one in before]
    assert [(one.fee_fen, one.capacity, one.first_serial) for one in now] == promised
    kept = 2
    assert (done.count("changed"), done.count("kept")) == (0, kept)
    assert late[0].serial == before[1].serial(1)
    [schedule] = await timetables.schedules(ctx, day, day)
    assert schedule.kept == kept


async def test_a_price_of_numbers_to_come_is_no_news_for_anybody(clinic, ctx, day):
    await opened(clinic, ctx, day)
    await clinic.decides("booking.fee_chief_fen", 6000, "doctor", DOCTOR.id)
    done = await timetables.generate(ctx, day, day, redo=True)
    await clinic.decides("booking.fee_chief_fen", 5000, "doctor", DOCTOR.id)
    assert done.count("changed") == 2
    [stored] = await clinic.docs("schedules")
    assert ("due_at" in stored, stored.get("outbox", [])) == (False, [])


async def test_a_template_that_ends_takes_its_empty_slots_along(clinic, ctx, day):
    template, _ = await opened(clinic, ctx, day)
    before = day - timedelta(days=1)
    ended = form(day, effective_from=before.isoformat(), until=before.isoformat())
    await timetables.change_template(ctx, template.line, 1, ended)
    await timetables.generate(ctx, day, day)
    assert {one.state for one in await slots_on(ctx, day)} == {"WITHDRAWN"}
    await clinic.hospital.catch_up()
    assert slots.availability(clinic.house).day(DOCTOR.department_id, day.isoformat()) == []
    assert [one["state"] for one in await clinic.docs("schedules")] == ["WITHDRAWN"]


async def test_a_holiday_has_no_numbers_unless_a_person_says_so(clinic, ctx):
    spring = date(2026, 2, 17)
    await timetables.add_template(ctx, form(spring, holidays=False, effective_from="2026-01-01"))
    planned = await timetables.planned(ctx, spring, spring + timedelta(days=14))
    assert [one.day.date for one in planned] == [date(2026, 2, 24), date(2026, 3, 3)]
    await timetables.decide_day(ctx, "2026-02-17", "ORDINARY", 1)
    planned = await timetables.planned(ctx, spring, spring)
    assert [one.state for one in planned] == ["OPEN"]
    await timetables.decide_day(ctx, "2026-02-24", "HOLIDAY", 1)
    assert await timetables.planned(ctx, date(2026, 2, 24), date(2026, 2, 24)) == []


async def test_a_year_nobody_has_announced_waits_for_a_person(clinic, ctx):
    day = date(2199, 1, 1)
    await clinic.hospital.move_clock(timedelta(days=(day - ctx.today()).days - 3))
    await timetables.add_template(ctx, form(day, holidays=False))
    outlook = await timetables.generate(ctx, day, day)
    assert outlook.waiting == (day,)
    assert await slots_on(ctx, day) == []
    assert await tasks(ctx, "calendar_unknown") == ["2199 年放假安排尚未收录，请逐日确认是否出诊"]
    await timetables.decide_day(ctx, day.isoformat(), "ORDINARY", day.weekday())
    await timetables.generate(ctx, day, day)
    assert len(await slots_on(ctx, day)) == 2


async def test_pools_are_ranges_and_return_by_the_clock(clinic, ctx, day):
    pools = (PoolRule("referral", 20), PoolRule("onsite", 30, return_days=0, return_time="07:30"))
    _, (first, _) = await opened(clinic, ctx, day, pools=pools)
    assert [(pool.name, pool.first, pool.last) for pool in first.pools] == [
        ("referral", 4, 4), ("onsite", 2, 3)
    ]  # fmt: skip
    view = slots.availability(clinic.house)
    assert view.free(first, ctx.now()) == 1
    assert view.free(first, first.pools[0].return_at) == 2
    assert view.free(first, first.pools[1].return_at) == 4
    young, old = await clinic.patient("1990-05-06"), await clinic.patient("1940-05-06")
    assert (await clinic.hold(young, first)).number == 1
    assert (await clinic.hold(old, first)).number == 2, "kept for the elderly"
    with pytest.raises(Invalid):
        await timetables.add_template(ctx, form(day, begins="10:00", ends="11:00",
                                                pools=(PoolRule("referral", 10),)))  # fmt: skip


async def test_another_institution_sees_nothing_of_it(clinic, ctx, day):
    template, _ = await opened(clinic, ctx, day)
    away = ctx.within(world.CENTRE.id)
    assert await timetables.templates(away) == []
    with pytest.raises(NotFound):
        await timetables.deviate(away, template.line, day.isoformat(), 0, deviation("close"))
    [schedule] = await timetables.schedules(ctx, day, day)
    with pytest.raises(NotFound):
        await timetables.schedule(away, schedule.id)


async def test_a_template_made_by_two_at_once_is_made_by_one(clinic, ctx, day):
    template, _ = await opened(clinic, ctx, day)
    changes = [
        timetables.change_template(ctx, template.line, 1, form(day, capacity=n)) for n in (5, 6)
    ]
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["Template", "WrongState"]
    assert len(await timetables.versions(ctx, template.line)) == 2


async def test_made_again_after_any_crash(clinic, ctx, day, monkeypatch):
    """Every write of a generation in turn is the last one before the process dies."""
    template = await timetables.add_template(ctx, form(day))
    change = form(day, capacity=3, room="401 诊室")
    for version, wanted in ((1, form(day)), (2, change)):
        if version > 1:
            await timetables.change_template(ctx, template.line, 1, change)
        for survived in range(6):
            with monkeypatch.context() as patch:
                _die_after(patch, survived)
                try:
                    await timetables.generate(ctx, day, day)
                except Dies:
                    continue
            break
        await timetables.generate(ctx, day, day)
        made = await slots_on(ctx, day)
        assert {(one.capacity, one.location.split(" ", 4)[-1]) for one in made} == {
            (wanted.capacity, made[0].location.split(" ", 4)[-1])
        }
        assert made[0].location.endswith(wanted.room)
        [schedule] = await timetables.schedules(ctx, day, day)
        assert schedule.done.startswith(f"{version}.")


class Dies(BaseException):
    """The process ends here."""


def _die_after(patch: pytest.MonkeyPatch, writes: int) -> None:
    """The next write after so many is not made."""
    left = iter(range(writes))

    def guarded(done):
        async def one(*args, **more):
            if next(left, None) is None:
                raise Dies
            return await done(*args, **more)

        return one

    for module, name in (
        (slot_store, "add"), (slot_store, "replace_many"), (store, "add_schedules"),
        (store, "look_after"), (store, "done"),
    ):  # fmt: skip
        patch.setattr(module, name, guarded(getattr(module, name)))
