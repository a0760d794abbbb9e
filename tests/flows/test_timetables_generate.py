"""Numbers from the timetable: made once, changed where nobody has booked, broken off anywhere."""

import asyncio
from datetime import date, timedelta

import pytest

from booking.appointments import service as appointments
from booking.schedules import service as slots
from booking.schedules import store as slot_store
from booking.schedules.model import Slot, SlotClosed
from booking.timetables import service as timetables
from booking.timetables import store
from booking.timetables.model import (
    DeviationForm,
    ExtraNumbersUsedUp,
    PoolRule,
    Template,
    TemplateForm,
    TimesOverlap,
)
from tests.helpers.identity import id_no
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, fixture
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import AppError, Invalid, NotFound, WrongState
from wx_backend.entrypoints.demo import staff, world
from wx_backend.identity.worklist import service as worklist

pytestmark = IN_ONE_LOOP

OFFICE = Actor("staff", staff.BY_KEY["tao-hui"].id, frozenset({"outpatient_office"}))
DOCTOR = world.PRACTICES[3].doctor()
COLLEAGUE = world.PRACTICES[0].doctor()
MINE = ("templates", "deviations", "calendar", "schedules", "extra_numbers", "tasks")


@fixture
async def clinic(shared_clinic):
    await shared_clinic.fresh()
    database = shared_clinic.house.db.raw("slots").database
    for name in (*MINE, "slots"):
        await database[name].delete_many({})
    yield shared_clinic
    await shared_clinic.balanced()


@pytest.fixture
def ctx(clinic) -> Ctx:
    return clinic.hospital.ctx().acting_as(OFFICE)


def form(on: date, **more) -> TemplateForm:
    """A morning of two slots with four numbers each."""
    usual = {
        "doctor_id": DOCTOR.id,
        "weekday": on.weekday(),
        "session": "AM",
        "begins": "08:00",
        "ends": "09:00",
        "room": "308 诊室",
        "clinic_type": "expert",
        "slot_minutes": 30,
        "capacity": 4,
        "effective_from": on.isoformat(),
        "holidays": True,
    }
    return TemplateForm(**{**usual, **more})


@pytest.fixture
def day(ctx) -> date:
    return ctx.today() + timedelta(days=3)


async def slots_on(ctx: Ctx, day: date) -> list[Slot]:
    found = await slot_store.from_date(ctx, day.isoformat())
    mine = [one for one in found if one.visit_date == day.isoformat()]
    return sorted(mine, key=lambda one: one.starts_at)


async def opened(clinic: Outpatient, ctx: Ctx, day: date, **more) -> tuple[Template, list[Slot]]:
    """A template and its slots, in the view."""
    template = await timetables.add_template(ctx, form(day, **more))
    await timetables.generate(ctx, day, day)
    await clinic.hospital.catch_up()
    return template, await slots_on(ctx, day)


async def everything(ctx: Ctx) -> list[list[dict]]:
    database = ctx.house.db.raw("slots").database
    return [await database[name].find({}, {"outbox": 0}).sort("_id").to_list(None)
            for name in (*MINE, "slots")]  # fmt: skip


def deviation(action: str, **more) -> DeviationForm:
    return DeviationForm(action=action, reason="医生外出开会", **more)


async def tasks(ctx: Ctx, kind: str) -> list[str]:
    return [one.about for one in (await worklist.mine(ctx, limit=50))[0] if one.kind == kind]


async def audited(clinic: Outpatient, action: str) -> list[dict]:
    """What the relay wrote down of an event."""
    await clinic.work()
    month = f"audit_{clinic.house.wire.now():%Y%m}"
    return await clinic.house.db.raw(month).find({"action": action}).to_list(None)


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


async def test_a_closed_session_takes_no_more_and_lists_who_has_booked(clinic, ctx, day):
    template, (first, second) = await opened(clinic, ctx, day)
    patients = await clinic.patients(2)
    held = await clinic.hold(patients[0], first)
    await timetables.deviate(ctx, template.line, day.isoformat(), 0, deviation("close"))
    assert {one.state for one in await slots_on(ctx, day)} == {"CLOSED"}
    # this process has not heard of it yet: the claim arrives late, and is found
    late = await clinic.hold(patients[1], second)
    await clinic.hospital.catch_up()
    with pytest.raises(SlotClosed):
        await clinic.hold(await clinic.patient(), second)
    await clinic.later(seconds=4)
    await clinic.work()
    [schedule] = await timetables.schedules(ctx, day, day)
    misfits = await timetables.misfits(ctx, schedule.id)
    assert {(one.id, how) for one, how in misfits} == {(held.id, "closed"), (late.id, "closed")}
    [about] = await tasks(ctx, "schedule_misfit")
    assert day.isoformat() in about
    [told] = await audited(clinic, "event:schedule:closed")
    assert (told["subject"], told["actor"]) == (schedule.id, str(OFFICE))
    assert (await clinic.now(held)).state == "HELD"


async def test_reopening_makes_the_numbers_free_again(clinic, ctx, day):
    template, _ = await opened(clinic, ctx, day)
    on = day.isoformat()
    await timetables.deviate(ctx, template.line, on, 0, deviation("close"))
    await timetables.deviate(ctx, template.line, on, 1, deviation("lift"))
    await clinic.hospital.catch_up()
    assert {one.state for one in await slots_on(ctx, day)} == {"OPEN"}
    assert await clinic.hold(await clinic.patient(), (await slots_on(ctx, day))[0])
    with pytest.raises(WrongState):
        await timetables.deviate(ctx, template.line, on, 2, deviation("lift"))
    with pytest.raises(WrongState):
        await timetables.deviate(ctx, template.line, on, 1, deviation("close"))


async def test_a_substitute_takes_the_session_over_and_the_patients_are_told(clinic, ctx, day):
    template, (first, _) = await opened(clinic, ctx, day)
    patient = await clinic.patient()
    booked = await clinic.booked(patient, first)
    change = deviation("change", doctor_id=COLLEAGUE.id)
    await timetables.deviate(ctx, template.line, day.isoformat(), 0, change)
    await clinic.work()
    now = await clinic.now(booked)
    assert (now.state, now.doctor, now.number, now.serial) == (
        "BOOKED", COLLEAGUE.name, booked.number, booked.serial
    )  # fmt: skip
    assert (await clinic.told(patient))[-1] == "出诊安排有调整"
    after = await slots_on(ctx, day)
    assert first.id in {one.id for one in after}
    assert {one.doctor_id for one in after} == {COLLEAGUE.id}
    await clinic.work()
    assert len(await clinic.events("appointment.amended")) == 1
    assert len(await audited(clinic, "event:schedule:substituted")) == 1


async def test_a_substitute_cannot_be_in_two_rooms(clinic, ctx, day):
    template, made = await opened(clinic, ctx, day)
    await timetables.add_template(ctx, form(day, doctor_id=COLLEAGUE.id, begins="08:30"))
    change = deviation("change", doctor_id=COLLEAGUE.id)
    with pytest.raises(TimesOverlap):
        await timetables.deviate(ctx, template.line, day.isoformat(), 0, change)
    with pytest.raises(TimesOverlap):
        await timetables.add_template(ctx, form(day, begins="08:30", ends="10:00"))
    elsewhere = world.PRACTICES[4].doctor().id
    with pytest.raises(Invalid):
        other = deviation("change", doctor_id=elsewhere)
        await timetables.deviate(ctx, template.line, day.isoformat(), 0, other)
    assert await slots_on(ctx, day) == made


async def test_a_shrunk_slot_lists_who_has_a_number_that_is_no_more(clinic, ctx, day):
    template, (first, _) = await opened(clinic, ctx, day)
    for _ in range(3):
        await clinic.hold(await clinic.patient(), first)
    shrink = deviation("change", capacity=2)
    await timetables.deviate(ctx, template.line, day.isoformat(), 0, shrink)
    [schedule] = await timetables.schedules(ctx, day, day)
    assert [how for _, how in await timetables.misfits(ctx, schedule.id)] == ["number"]
    assert {one.capacity for one in await slots_on(ctx, day)} == {2}


async def test_claims_at_the_moment_of_closing_are_refused_or_found(clinic, ctx, day):
    template, (first, second) = await opened(clinic, ctx, day, capacity=20)
    patients = await clinic.patients(20)

    async def tries(n: int) -> None:
        await asyncio.sleep(n * 0.001)
        try:
            await clinic.hold(patients[n], (first, second)[n % 2])
        except AppError as refusal:
            assert isinstance(refusal, SlotClosed)

    close = timetables.deviate(ctx, template.line, day.isoformat(), 0, deviation("close"))
    await asyncio.gather(close, *(tries(n) for n in range(len(patients))))
    for _ in range(3):
        await clinic.hospital.catch_up()
        await clinic.later(seconds=31)
        await clinic.work()
    held = await clinic.docs("appointments", active=True)
    [schedule] = await timetables.schedules(ctx, day, day)
    assert {one.id for one, _ in await timetables.misfits(ctx, schedule.id)} == {
        one["_id"] for one in held
    }
    if held:
        assert f"{len(held)} 位" in (await tasks(ctx, "schedule_misfit"))[0]


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


async def test_extra_numbers_are_counted_written_down_and_one_patients_own(clinic, ctx, day):
    _, (first, second) = await opened(clinic, ctx, day, capacity=1)
    stranger = await clinic.patient()
    await clinic.hold(stranger, first)
    wanted = await clinic.patient()
    card = await _card(clinic, wanted)
    given = await timetables.give_extra(ctx, first.id, card, "外地复诊")
    assert await timetables.give_extra(ctx, first.id, card, "外地复诊") == given
    assert (given.patient, given.given_by, given.ordinal) == ("李*国", str(OFFICE), 1)
    await clinic.hospital.catch_up()
    with pytest.raises(AppError, match="slot_full"):
        await clinic.hold(await clinic.patient(), first)
    held = await clinic.hold(wanted, (await slots_on(ctx, day))[0])
    assert (held.number, held.serial) == (101, "A加01")
    for _ in range(2):
        await timetables.give_extra(
            ctx, second.id, await _card(clinic, await clinic.patient()), "复诊"
        )
    before = await everything(ctx)
    with pytest.raises(ExtraNumbersUsedUp):
        await timetables.give_extra(
            ctx, second.id, await _card(clinic, await clinic.patient()), "复诊"
        )
    with pytest.raises(NotFound):
        await timetables.give_extra(ctx, second.id, id_no("1931-01-01", 7), "复诊")
    with pytest.raises(Invalid):
        await timetables.give_extra(ctx, second.id, card, "")
    assert await everything(ctx) == before
    [schedule] = await timetables.schedules(ctx, day, day)
    assert [one.reason for one in await timetables.extras(ctx, [schedule.id])] == [
        "外地复诊", "复诊", "复诊"
    ]  # fmt: skip


async def _card(clinic: Outpatient, patient) -> str:
    doc = await clinic.house.db.raw("patients").find_one({"_id": patient.id})
    return clinic.house.vault.open(doc["id_no"], f"patients.id_no:{patient.id}")


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
        (slot_store, "add"), (slot_store, "replace"), (store, "add_schedules"),
        (store, "look_after"), (store, "done"),
    ):  # fmt: skip
        patch.setattr(module, name, guarded(getattr(module, name)))
