"""One date unlike its template: closed, shrunk, given to a colleague; extra numbers."""

import asyncio

import pytest

from booking.schedules import store as slot_store
from booking.schedules.model import Slot, SlotClosed
from booking.timetables import service as timetables
from booking.timetables.model import (
    ExtraNumbersUsedUp,
    TimesOverlap,
)
from tests.helpers.identity import id_no
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient
from tests.helpers.timetables import (
    COLLEAGUE,
    OFFICE,
    audited,
    deviation,
    everything,
    form,
    opened,
    slots_on,
    tasks,
)
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, Invalid, NotFound, WrongState
from wx_backend.entrypoints.demo import world

pytestmark = IN_ONE_LOOP


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
    assert await timetables.misfits(ctx, schedule.id) == []
    assert [(await clinic.now(one)).state for one in (held, late)] == ["STOPPED", "STOPPED"]
    [about] = await tasks(ctx, "schedule_misfit")
    assert day.isoformat() in about
    [told] = await audited(clinic, "event:schedule:closed")
    assert (told["subject"], told["actor"]) == (schedule.id, str(OFFICE))


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


async def test_an_extra_number_given_meanwhile_is_not_lost_by_a_change(
    clinic, ctx, day, monkeypatch
):
    template, (first, _) = await opened(clinic, ctx, day)
    card = await _card(clinic, await clinic.patient())
    replace_many = slot_store.replace_many
    given = []

    async def after_somebody_else(ctx: Ctx, slots: list[Slot]) -> set[str]:
        """The grant lands between looking and writing."""
        if not given:
            given.append(first)
            await timetables.give_extra(ctx, first.id, card, "外地复诊")
        return await replace_many(ctx, slots)

    monkeypatch.setattr(slot_store, "replace_many", after_somebody_else)
    change = deviation("change", room="309 诊室")
    await timetables.deviate(ctx, template.line, day.isoformat(), 0, change)
    now, _ = await slots_on(ctx, day)
    assert now.location.endswith("309 诊室")
    assert [pool.first for pool in now.extras] == [101]
