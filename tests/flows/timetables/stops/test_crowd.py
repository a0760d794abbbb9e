"""A stop-clinic that is broken off between steps, and one of three hundred patients."""

import pytest

from booking.appointments import store as appointment_store
from booking.stops import answering
from booking.stops import store as stop_store
from tests.helpers.outpatient import IN_ONE_LOOP
from tests.helpers.stops import PEER, Closed
from tests.helpers.timetables import slots_on

pytestmark = IN_ONE_LOOP


@pytest.mark.parametrize("choice", ["same", "other", "refund"])
@pytest.mark.parametrize("step", ["decided", "moved", "left"])
async def test_broken_off_between_steps_it_is_finished_by_the_sweep(
    closed, clinic, monkeypatch, choice, step
):
    await closed.opens()
    await closed.close()
    with monkeypatch.context() as broken:
        _break(broken, step)
        with pytest.raises(KeyboardInterrupt):
            await closed.answers(0, choice)
    await clinic.later(seconds=31)
    await clinic.work()
    [case] = await closed.cases()
    assert case.state == ("REFUNDED" if choice == "refund" else "MOVED")
    assert len(await clinic.docs("appointments", active=True)) == (choice != "refund")


def _break(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The process ends after the case was decided, after the first write about the appointment, or
    before the case hears that all is done.
    """

    async def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    if step == "decided":
        monkeypatch.setattr(answering, "carry_out", dies)
    elif step == "left":
        monkeypatch.setattr(answering, "_settled", dies)
    else:
        end = appointment_store.end

        async def ends_and_dies(*args: object, **more: object) -> None:
            await end(*args, **more)
            raise KeyboardInterrupt

        monkeypatch.setattr(appointment_store, "end", ends_and_dies)


async def test_three_hundred_patients_of_one_session(closed, clinic, ctx):
    """Every one is asked, nobody is offered what is not there, and all are settled at the start."""
    await closed.opens(1, capacity=99, ends="09:30", peer=40)
    await _crowd(clinic, closed, 296)
    await closed.close()
    cases = await closed.cases()
    assert len(cases) == 297
    assert {case.state for case in cases} == {"ASKED"}
    assert sum(case.same is not None for case in cases) == 80
    kept = await clinic.docs("appointments", state="HELD")
    assert len(kept) == len({(k["slot"], k["number"]) for k in kept}) == 297
    await closed.until_start()
    assert set(await closed.states()) == {"REFUNDED"}
    assert len(await clinic.docs("appointments", state="STOPPED")) == 297
    assert not await clinic.docs("appointments", active=True)
    task = await stop_store.calling(ctx, closed.schedule)
    assert task == 0


async def _crowd(clinic, closed: Closed, number: int) -> None:
    """Others have booked the rest of the session: copies of one appointment, without a fee."""
    table = clinic.house.db.raw("appointments")
    model = await table.find_one({"_id": closed.booked[0].id})
    slots = [s for s in await slots_on(closed.ctx, closed.day) if s.doctor_id != PEER.id]
    places = [(slot, n) for slot in slots for n in range(1, slot.capacity + 1)]
    docs = []
    for i, (slot, n) in enumerate(places[1 : number + 1]):
        key = f"apt{i:026}"
        docs.append(
            {
                **model,
                "_id": key,
                "slot": slot.id,
                "number": n,
                "serial": slot.serial(n),
                "starts_at": slot.starts_at,
                "patient_id": f"pat{i:026}",
                "account": f"acc{i:026}",
                "limits": [f"{kind}:{i}" for kind in ("key", "session", "day", "open")],
                "key": str(i),
                "outbox": [],
            }
        )
    await table.insert_many(docs)
