"""Numbers that a HIS owns: locked there before anybody pays, and the books agree in the evening."""

import pytest

from booking.locks import service as locks
from booking.schedules import service as schedules
from tests.helpers import his
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, fixture
from wx_backend.entrypoints.web.patient import paths

pytestmark = IN_ONE_LOOP


@fixture
async def clinic(clinic: Outpatient) -> Outpatient:
    await his.owned_by_his(clinic.hospital)
    return clinic


@pytest.fixture
def hurried(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a HIS that says nothing."""
    monkeypatch.setattr(locks, "PATIENCE", 0.2)


async def test_locked_paid_confirmed_and_given_back(clinic):
    [slot] = await clinic.opens(capacity=2)
    patient = await clinic.patient()
    held = await clinic.hold(patient, slot)
    assert (held.state, await his.lock_of(clinic, held)) == ("HELD", "LOCKED")
    assert [one["state"] for one in await his.books(clinic)] == ["LOCKED"]
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.notified()
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
    assert [one["state"] for one in await his.books(clinic)] == ["CONFIRMED"]
    await clinic.cancel(patient, held)
    await clinic.refunded()
    assert await his.books(clinic) == []
    await his.agreed(clinic)


async def test_taken_at_the_counter_is_told_with_what_is_free(clinic):
    [slot, later] = await clinic.opens(slots=2, capacity=1)
    await his.sells(clinic.hospital, slot, 1)
    patient = await clinic.patient()
    held = await clinic.hold(patient, slot)
    assert (held.state, held.ended_by) == ("CANCELLED", "his")
    await clinic.work()
    await clinic.hospital.catch_up()
    assert clinic.free(schedules.open_slot(patient.ctx, slot.id)) == 0
    assert "窗口" in (await clinic.texts(patient))[-1]
    async with await clinic.hospital.client(patient.person) as browser:
        shown = await browser.get(paths.result(held.id))
    assert "医院窗口" in shown.text and paths.book(later.id) in shown.links
    await his.agreed(clinic)
    await his.sells(clinic.hospital, slot, 1, back=True)
    await clinic.patience(2, minutes=11)
    await clinic.hospital.catch_up()
    assert clinic.free(schedules.open_slot(patient.ctx, slot.id)) == 1, (
        "what the counter has back is everybody's again"
    )


DAYS = {
    "hangs": [("hang", None)],
    "answers late": [("slow", 1.2)],  # and does it, after we have given up
    "answers twice": [("his_twice", None)],
    "forgets": [("his_forget", None)],
    "everything else": [
        *(("lost_reply", None), ("html", None), ("truncate", None), ("his_error", None)),
        ("his_counter_first", None),
    ],
}


async def trouble(clinic: Outpatient, day: str, times: int) -> None:
    for kind, value in DAYS[day]:
        await clinic.fault(his.LOCKS, kind, value=value, times=times // len(DAYS[day]) or 1)


@pytest.mark.parametrize("day", DAYS)
async def test_a_day_with_a_troubled_his(clinic, hurried, day):
    """Five people, a clerk, and a HIS that goes wrong whenever it is asked for something new."""
    [slot, other] = await clinic.opens(slots=2, capacity=4)
    people = await clinic.patients(5)
    await his.sells(clinic.hospital, other, 1)
    await trouble(clinic, day, times=4)
    held = [await clinic.hold(one, slot if n < 4 else other) for n, one in enumerate(people)]
    await clinic.patience(2, minutes=1)
    both = list(zip(people, held, strict=True))
    await trouble(clinic, day, times=3)
    if (await clinic.now(held[0])).state == "HELD":
        await clinic.cancel(*both[0])  # before paying
    paid = [await his.pays_if_known(clinic, *one) for one in both[1:3]]
    if any(paid):
        await clinic.notified()
    await clinic.patience(2, minutes=3)
    if (await clinic.now(held[1])).state == "BOOKED":
        await clinic.cancel(*both[1])
    await clinic.patience(2, minutes=12)  # the others never pay
    await clinic.ctl("clear", what="faults")
    await clinic.patience(3, minutes=11)
    await clinic.refunded()
    await his.agreed(clinic)
    assert any(paid), "nobody had a chance"


async def test_an_hour_without_the_his_is_made_up_for_at_once(clinic, hurried):
    """Two pay, one cancels and one lets the hold run out while it hears nothing."""
    [slot] = await clinic.opens(capacity=4)
    people = await clinic.patients(4)
    held = [await clinic.hold(one, slot) for one in people]
    await clinic.fault(his.EVERY_CALL, "reset", times=None)
    for one, what in zip(people[:2], held, strict=False):
        await clinic.pays(await clinic.ticket(one, what))
    await clinic.notified()
    await clinic.cancel(people[2], held[2])
    await clinic.patience(3, minutes=20)
    assert [one["state"] for one in await his.books(clinic)] == ["LOCKED"] * 4
    await clinic.ctl("clear", what="faults")
    await clinic.patience(3, minutes=20)
    assert [one["state"] for one in await his.books(clinic)] == ["CONFIRMED"] * 2
    assert [(await clinic.now(one)).state for one in held] == [
        "BOOKED", "BOOKED", "CANCELLED", "EXPIRED",
    ]  # fmt: skip
    await his.agreed(clinic)


async def test_what_nobody_has_booked_here_is_compared_too(clinic):
    [slot] = await clinic.opens(capacity=2)
    await clinic.work()
    await his.sells(clinic.hospital, slot, 2)
    [one] = await his.differences(clinic)
    assert (one.slot, one.number, one.what) == (slot.id, 2, "counter_unknown")
    await clinic.patience(2, minutes=11)
    assert await his.differences(clinic) == []
    await clinic.hospital.catch_up()
    now = schedules.open_slot(clinic.hospital.ctx(), slot.id)
    assert clinic.free(now) == 1
