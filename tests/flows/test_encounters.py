"""ADT messages on the wire: where somebody is now, in whatever order they come."""

from itertools import permutations

import pytest

from tests.helpers import hl7 as samples
from tests.helpers.gateway import Gateway, gateway
from wx_backend.records.encounters import service, store
from wx_backend.records.reports import store as reports

STORY = {
    "A01": samples.adt("A01", "A1", "20261124080000", ward="内一", bed="1"),
    "A02": samples.adt("A02", "A2", "20261124090000", ward="内二", bed="2"),
    "A08": samples.adt("A08", "A3", "20261124093000", ward="内二", bed="5"),
    "A03": samples.adt("A03", "A4", "20261125100000", ward="内二", bed="5"),
    "A13": samples.adt("A13", "A5", "20261125101000", ward="内二", bed="5"),
}


@pytest.fixture
async def gate(mongo_uri: str):
    async with gateway(mongo_uri) as running:
        yield running


async def send(gate: Gateway, *texts: str) -> None:
    sender = await gate.sender()
    for text in texts:
        assert (await sender.send(text)).get("MSA", 1) == "AA"
    assert {doc["state"] for doc in await gate.settled()} == {"DONE"}


@pytest.mark.parametrize("order", list(permutations(("A01", "A02", "A03", "A13")))[::5])
async def test_messages_in_any_order(gate: Gateway, order: tuple[str, ...]) -> None:
    await send(gate, *(STORY[trigger] for trigger in order))
    stay = await service.encounter(gate.ctx, "V2001")
    assert (stay.state, stay.place.ward, stay.place.bed) == ("OPEN", "内二", "5")
    assert stay.attending.name == "李医生"


async def test_a_stay_from_admission_to_discharge(gate: Gateway) -> None:
    expected = [("OPEN", "1"), ("OPEN", "2"), ("OPEN", "5"), ("DISCHARGED", "5")]
    for trigger, state in zip(("A01", "A02", "A08", "A03"), expected, strict=True):
        await send(gate, STORY[trigger])
        stay = await service.encounter(gate.ctx, "V2001")
        assert (stay.state, stay.place.bed) == state
    told = (await gate.ctx.db(store.ENCOUNTERS).outboxes(10))[0]["outbox"]
    assert [one["data"]["change"] for one in told] == [
        *("ADMITTED", "TRANSFERRED", "UPDATED", "DISCHARGED")
    ]
    chart = await service.chart_of(gate.ctx, "M1001")
    assert (chart.identity.display, chart.latest) == ("王*某", "V2001")
    assert "王某某" not in str(await gate.ctx.db(store.CHARTS).find())


async def test_the_current_encounter_is_the_open_stay(gate: Gateway) -> None:
    clinic = samples.adt("A04", "B1", "20261126080000", visit="V3", kind="O", ward="门诊")
    await send(gate, STORY["A01"], clinic)
    chart = await service.chart_of(gate.ctx, "M1001")
    assert (await service.current(gate.ctx, chart.id, "V3")).visit_no == "V2001"
    await send(gate, STORY["A03"])
    assert (await service.current(gate.ctx, chart.id)).visit_no == "V3"
    left = samples.adt("A03", "B2", "20261126090000", visit="V3", kind="O", ward="门诊")
    await send(gate, left)
    assert (await service.current(gate.ctx, chart.id, "V2001")).visit_no == "V2001"
    assert await service.current(gate.ctx, "cha-none") is None


async def test_a_cancelled_admission(gate: Gateway) -> None:
    await send(gate, samples.adt("A11", "A9", "20261124081000"), STORY["A01"])
    assert (await service.encounter(gate.ctx, "V2001")).state == "CANCELLED"


async def test_a_cancelled_transfer_puts_the_patient_back(gate: Gateway) -> None:
    back = samples.adt("A12", "A6", "20261124091000", ward="内一", bed="1")
    await send(gate, STORY["A01"], STORY["A02"], back)
    stay = await service.encounter(gate.ctx, "V2001")
    assert (stay.state, stay.place.ward, stay.place.bed) == ("OPEN", "内一", "1")


async def test_a_cancelled_discharge_before_its_discharge_arrives(gate: Gateway) -> None:
    await send(gate, STORY["A01"], STORY["A13"], STORY["A03"])
    assert (await service.encounter(gate.ctx, "V2001")).state == "OPEN"


@pytest.mark.parametrize("trigger", ["A28", "A31"])
async def test_a_person_is_known_without_a_stay(gate: Gateway, trigger: str) -> None:
    await send(gate, samples.adt(trigger, "A1", mrn="M7", name="李建国"))
    assert (await service.chart_of(gate.ctx, "M7")).identity.display == "李*国"
    assert await gate.ctx.db(store.ENCOUNTERS).find() == []


async def test_a_merge_changes_a_link_and_nothing_else(gate: Gateway) -> None:
    await send(gate, samples.adt("A01", "A1", mrn="M1", visit="V1"))
    await send(
        gate, samples.oru("C1", filler="S1", mrn="M1"), samples.oru("C2", filler="S2", mrn="M2")
    )
    before = await gate.ctx.db(reports.REPORTS).find(sort=[("_id", 1)])
    encounters = await gate.ctx.db(store.ENCOUNTERS).find()
    await send(gate, samples.adt("A40", "A2", "20261124100000", former="M1", mrn="M2"))
    assert await gate.ctx.db(reports.REPORTS).find(sort=[("_id", 1)]) == before
    assert await gate.ctx.db(store.ENCOUNTERS).find() == encounters
    survivor = await service.chart_of(gate.ctx, "M1")
    assert survivor.mrn == "M2"
    charts = await service.family(gate.ctx, [survivor.id])
    assert len(await reports.of_charts(gate.ctx, charts, 10)) == 2
    assert (await service.current(gate.ctx, survivor.id)).visit_no == "V1"


async def test_a_ring_of_merges_ends(gate: Gateway) -> None:
    await send(
        gate,
        samples.adt("A40", "A1", "20261124100000", former="M1", mrn="M2"),
        samples.adt("A40", "A2", "20261124110000", former="M2", mrn="M1"),
    )
    assert (await service.chart_of(gate.ctx, "M1")) is not None
    chart = await service.chart_of(gate.ctx, "M2")
    assert len(await service.family(gate.ctx, [chart.id])) == 2
