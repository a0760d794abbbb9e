"""What a hospital sets for a campus or for a clinic type is obeyed there by all that a booking goes
through, and nowhere else.
"""

from datetime import timedelta

import pytest

from booking.appointments import service as appointments
from booking.appointments.model import CancelTooLate, LimitReached, RescheduleLimit
from booking.waiting import service as waiting
from booking.waiting.model import Join
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient
from wx_backend.base import clock, ids

pytestmark = IN_ONE_LOOP

FIELDS = {"campus": "campus_id", "clinic_type": "clinic_type"}
SET = {
    "booking.hold_minutes": 5,
    "booking.per_department_session": 2,
    "booking.cancel_days_before": 3,
    "booking.wait_list_first": 1,
    "booking.wait_list_closes": "20:00",
    "booking.wait_list_pay_hours": 2,
    "booking.reschedule_most": 0,
}


async def slots(clinic: Outpatient, level: str):
    """A slot where the values are set, and one where they are not."""
    scope = ids.new("here")
    for name, value in SET.items():
        await clinic.decides(name, value, level, scope)
    [here] = await clinic.opens(capacity=2, days=4, **{FIELDS[level]: scope})
    [there] = await clinic.opens(capacity=2, days=5)
    return here, there


@pytest.mark.parametrize("level", FIELDS)
async def test_hold_and_limits(clinic, level):
    here, there = await slots(clinic, level)
    patient = await clinic.patient()
    held = await clinic.hold(patient, here)
    assert held.scopes[level] == here.scopes[level]
    assert held.expires_at - held.created_at == timedelta(minutes=5)
    assert (await clinic.hold(patient, here)).state == "HELD", "two in a session, here"
    other = await clinic.hold(patient, there)
    assert other.expires_at - other.created_at == timedelta(minutes=15)
    with pytest.raises(LimitReached):
        await clinic.hold(patient, there)


@pytest.mark.parametrize("level", FIELDS)
async def test_cancelling_and_another_time(clinic, level):
    here, there = await slots(clinic, level)
    patient = await clinic.patient()
    booked, other = await clinic.booked(patient, here), await clinic.booked(patient, there)
    with pytest.raises(RescheduleLimit):
        await appointments.check_reschedule(patient.ctx, booked)
    await appointments.check_reschedule(patient.ctx, other)
    await clinic.later(days=2)
    with pytest.raises(CancelTooLate):
        await clinic.cancel(patient, booked)
    assert (await clinic.cancel(patient, other)).returns_at is None
    await clinic.refunded()


@pytest.mark.parametrize("level", FIELDS)
async def test_waiting_and_what_comes_back(clinic, level):
    here, _ = await slots(clinic, level)
    owners, one = await clinic.patients(2), await clinic.patient()
    held = [await clinic.hold(owner, here) for owner in owners]
    entry = await waiting.join(one.ctx, Join(here.id, one.id), ids.new("key"))
    assert clock.local_time(entry.clears_at).hour == 20
    assert (await clinic.cancel(owners[0], held[0])).returns_at
    await clinic.work()
    offered = await waiting.own(one.ctx, entry.id)
    kept = offered.offered_until - offered.offered_at
    assert round(kept / timedelta(minutes=1)) == 120


async def test_what_was_stored_without_its_place_is_read_as_the_hospitals(clinic):
    here, _ = await slots(clinic, "campus")
    held = await clinic.hold(await clinic.patient(), here)
    old = {"campus_id": "", "clinic_type": ""}
    await clinic.house.db.raw("appointments").update_one({"_id": held.id}, {"$unset": old})
    found = await clinic.now(held)
    assert (found.campus_id, found.clinic_type) == ("", "")
    until = await appointments.cancel_until(clinic.hospital.ctx(), found)
    assert until == clock.local_midnight(clock.local_date(found.starts_at), found.zone)
