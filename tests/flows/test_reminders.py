"""Who has a number is reminded the evening before and on the morning, if it is still theirs."""

from datetime import date, datetime, timedelta

from booking.appointments import service as appointments
from booking.reminders import service as reminders
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient
from wx_backend.base import clock, ids
from wx_backend.base.cache import recent

pytestmark = IN_ONE_LOOP

EVENING, MORNING = "明日就诊提醒", "今日就诊提醒"


async def until(clinic: Outpatient, slot, days: int, hour: int) -> None:
    """That hour in the hospital, so many days after (or before) the visit's date."""
    day = date.fromisoformat(slot.visit_date) + timedelta(days=days)
    moment: datetime = clock.local_midnight(day, slot.zone) + timedelta(hours=hour)
    await clinic.later(seconds=(moment - clinic.house.business.now()).total_seconds())


async def reminded(clinic: Outpatient, patient: Patient) -> list[str]:
    await clinic.work()
    return [title for title in await clinic.told(patient) if title in (EVENING, MORNING)]


async def test_the_evening_before_and_on_the_morning_once_each(clinic, patient, slot):
    await clinic.booked(patient, slot)
    await until(clinic, slot, -1, 17)
    assert await reminded(clinic, patient) == []
    await until(clinic, slot, -1, 18)
    assert await reminded(clinic, patient) == [EVENING]
    assert "及时取消" in (await clinic.texts(patient))[-1]
    await until(clinic, slot, 0, 6)
    assert await reminded(clinic, patient) == [EVENING]
    await until(clinic, slot, 0, 7)
    assert await reminded(clinic, patient) == [EVENING, MORNING]
    assert slot.location in (await clinic.texts(patient))[-1]
    assert await clinic.docs("reminders", due_at={"$exists": True}) == []


async def test_nobody_is_reminded_of_what_was_cancelled(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    await clinic.cancel(patient, booked)
    await until(clinic, slot, 0, 7)
    assert await reminded(clinic, patient) == []


async def test_who_chose_another_day_is_reminded_of_that_one(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    [later] = await clinic.opens(capacity=1, days=5)
    await appointments.reschedule(patient.ctx, booked.id, later.id, ids.new("key"))
    await until(clinic, slot, 0, 7)
    assert await reminded(clinic, patient) == []
    await until(clinic, later, -1, 18)
    assert await reminded(clinic, patient) == [EVENING]


async def test_a_reminder_that_comes_too_late_is_not_told(clinic, patient, slot):
    """The worker slept: "tomorrow" is today by now, and then the visit has begun."""
    await clinic.booked(patient, slot)
    await until(clinic, slot, 0, 7)
    assert await reminded(clinic, patient) == [MORNING]


async def test_what_was_announced_and_then_cancelled_is_not_sent(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    await until(clinic, slot, -1, 18)
    assert await reminders.remind(clinic.worker.ctx(None)) == 1
    await clinic.cancel(patient, booked)
    assert await reminded(clinic, patient) == []


async def evening_at(clinic: Outpatient, time: str) -> None:
    """The worker plans with it at once, not within a second."""
    await clinic.decides("visit.evening_reminder", time)
    recent(clinic.worker, "settings").forget(clinic.hospital.ctx().institution)


async def test_the_hours_are_the_hospital_s(clinic, patient, slot):
    await evening_at(clinic, "20:00")
    await clinic.booked(patient, slot)
    await until(clinic, slot, -1, 18)
    assert await reminded(clinic, patient) == []
    await until(clinic, slot, -1, 20)
    assert await reminded(clinic, patient) == [EVENING]
    await evening_at(clinic, "18:00")
