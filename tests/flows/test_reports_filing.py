"""An ORU on the wire and what a clinician must hear of: filed, corrected, recalled, released."""

import pytest

from tests.helpers import hl7 as samples
from tests.helpers.gateway import Gateway, gateway
from wx_backend.base.context import Actor
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.records.reports import service, store
from wx_backend.records.reports.events import CRITICAL_FOUND
from wx_backend.records.reports.model import OwnRules

K = ("K", "2823-3", "钾")
NA = ("NA", "2951-2", "钠", "140", "mmol/L", "137-147")


def potassium(value: str, flag: str = "", status: str = "F", unit: str = "mmol/L") -> tuple:
    return (*K, value, unit, "3.5-5.3", flag, status)


@pytest.fixture
async def gate(mongo_uri: str):
    async with gateway(mongo_uri) as running:
        yield running


async def send(gate: Gateway, *texts: str) -> None:
    sender = await gate.sender()
    for text in texts:
        assert (await sender.send(text)).get("MSA", 1) == "AA"
    assert {doc["state"] for doc in await gate.settled()} == {"DONE"}


async def events(gate: Gateway) -> list[dict]:
    """All events of reports, in order."""
    docs = await gate.ctx.db(store.REPORTS).outboxes(100)
    return sorted((one for doc in docs for one in doc["outbox"]), key=lambda one: one["id"])


async def report(gate: Gateway):
    (doc,) = await gate.ctx.db(store.REPORTS).find()
    return await store.get(gate.ctx, doc["_id"])


async def test_ordinary_results_tell_nobody(gate: Gateway) -> None:
    await send(gate, samples.thirty())
    assert [one["type"] for one in await events(gate)] == ["report.filed"]
    assert (await report(gate)).readable


async def test_one_low_potassium_among_many(gate: Gateway) -> None:
    await send(gate, samples.adt("A01"), samples.oru("C1", [potassium("2.6", "LL"), NA]))
    filed, urgent = await events(gate)
    assert (filed["type"], urgent["type"]) == ("report.filed", "report.critical_found")
    data = urgent["data"]
    (finding,) = data["findings"]
    assert {name: type(value) for name, value in finding.items() if value is not None} == {
        name: type(value)
        for name, value in CRITICAL_FOUND.example["findings"][0].items()
        if name != "first_only_hours"
    }
    assert data.keys() == CRITICAL_FOUND.example.keys()
    assert (finding["item"], finding["verdict"], finding["direction"]) == ("K", "CRITICAL", "LOW")
    assert (finding["value"], finding["low"], finding["why"]) == ("2.6", "2.8", ["FLAG", "RULE"])
    assert (data["patient"], data["ward"], data["orderer"]["code"]) == (
        "王*某",
        "心内科病区",
        "D01",
    )
    assert urgent["actor"] == "platform:hl7:LIS|JQ"
    assert "王某某" not in str(urgent)
    assert (await report(gate)).held


async def test_where_the_patient_is_now_comes_from_the_his(gate: Gateway) -> None:
    moved = samples.adt("A02", "A2", "20261124090000", ward="重症医学科", bed="3")
    await send(gate, samples.adt("A01", "A1"), moved, samples.oru("C1", [potassium("9")]))
    assert (await events(gate))[1]["data"]["ward"] == "重症医学科"


async def test_a_unit_nobody_knows_asks_the_laboratory(gate: Gateway) -> None:
    await send(gate, samples.oru("C1", [potassium("9", unit="")]))
    (finding,) = (await events(gate))[1]["data"]["findings"]
    assert (finding["verdict"], finding["why"]) == ("LAB_REVIEW", ["UNIT_MISSING"])
    assert not (await report(gate)).held


@pytest.mark.parametrize("at", ["20261124083000", "", "now"])
async def test_a_critical_value_of_nobody_is_not_lost(gate: Gateway, at: str) -> None:
    """Not even without a time: then it counts from when it came."""
    text = f"MSH|^~\\&|LIS|JQ|||{at}||ORU^R01|C1|P|2.5\rOBX|1|NM|K||9.9|mmol/L||HH\r"
    await send(gate, text)
    data = (await events(gate))[1]["data"]
    assert (data["chart"], data["patient"], data["findings"][0]["value"]) == ("", "", "9.9")
    assert data["missing"] == ["OBR-3", "PID-3", "OBR-22"]


async def test_a_correction_recalls(gate: Gateway) -> None:
    await send(gate, samples.oru("C1", [potassium("9.1", "HH"), NA]))
    fixed = samples.oru("C2", [potassium("4.1", "N", "C")], status="C", at="20261124084000")
    await send(gate, fixed)
    found = await report(gate)
    assert (found.version, found.critical, found.held) == (2, (), False)
    assert found.content.item("NA").value == "140"
    told = (await events(gate))[2:]
    assert [one["type"] for one in told] == ["report.corrected", "report.critical_found"]
    assert told[0]["data"]["corrected"] == ["K"]
    assert (told[1]["data"]["recalled"], told[1]["data"]["findings"]) == (["K"], [])
    assert [past.content.item("K").value for past in found.history] == ["9.1", "4.1"]


async def test_a_withdrawn_result_is_recalled(gate: Gateway) -> None:
    await send(gate, samples.oru("C1", [potassium("9.1", "HH")]))
    await send(gate, samples.oru("C2", [potassium("9.1", "HH", "W")], at="20261124084000"))
    assert (await events(gate))[-1]["data"]["recalled"] == ["K"]


async def test_the_same_critical_value_in_a_later_version_is_not_told_twice(gate: Gateway) -> None:
    await send(gate, samples.oru("C1", [potassium("9.1", "HH", "P")], status="P"))
    whole = samples.oru("C2", [potassium("9.1", "HH"), NA], at="20261124084000")
    await send(gate, whole)
    types = [one["type"] for one in await events(gate)]
    assert types == ["report.filed", "report.critical_found", "report.filed"]
    assert (await report(gate)).critical == ("K",)


async def test_what_was_sent_unverified_is_judged_once_it_is_verified(gate: Gateway) -> None:
    await send(gate, samples.oru("C1", [potassium("9.1", "H", "R"), NA], status="R"))
    assert [one["type"] for one in await events(gate)] == ["report.filed"]
    await send(gate, samples.oru("C2", [potassium("9.1", "H"), NA], at="20261124084000"))
    assert [one["type"] for one in await events(gate)][1:] == [
        "report.filed", "report.critical_found"
    ]  # fmt: skip
    assert ((await report(gate)).critical, (await report(gate)).held) == (("K",), True)


async def test_an_unverified_word_takes_nothing_back(gate: Gateway) -> None:
    await send(gate, samples.oru("C1", [potassium("9.1", "HH")]))
    again = samples.oru("C2", [potassium("4.1", "N", "R")], status="R", at="20261124084000")
    await send(gate, again)
    assert ((await report(gate)).critical, (await report(gate)).held) == (("K",), True)
    await send(gate, samples.oru("C3", [potassium("4.1", "N")], at="20261124085000"))
    assert ((await report(gate)).critical, (await report(gate)).held) == ((), False)
    recalled = [one["data"].get("recalled") for one in await events(gate)]
    assert [one for one in recalled if one] == [["K"]]


async def test_an_older_version_that_comes_late(gate: Gateway) -> None:
    await send(gate, samples.oru("C2", [potassium("4.1")], at="20261124084000"))
    late = samples.oru("C1", [potassium("9.1", "HH"), (*NA[:3], "170", *NA[4:])])
    await send(gate, late)
    found = await report(gate)
    assert found.content.item("K").value == "4.1"
    (finding,) = (await events(gate))[-1]["data"]["findings"]
    assert finding["item"] == "NA"


async def test_after_an_hour_without_the_laboratory_everything_comes_backwards_and_twice(
    gate: Gateway,
) -> None:
    """Twelve reports; the corrections of the even ones come before what they correct."""
    said = [samples.oru(f"C{n}", [potassium("9.1", "HH")], f"S{n}") for n in range(12)]
    fixed = [
        samples.oru(f"D{n}", [potassium("4.1", "N", "C")], f"S{n}", status="C", at="20261124093000")
        for n in range(0, 12, 2)
    ]
    backlog = [*said, *fixed][::-1]
    await send(gate, *backlog, *backlog)
    docs = await gate.ctx.db(store.REPORTS).find()
    found = {doc["lis_id"]: (doc["critical"], doc["held"]) for doc in docs}
    assert found == {f"S{n}": (["K"], True) if n % 2 else ([], False) for n in range(12)}
    urgent = [one for one in await events(gate) if one["type"] == CRITICAL_FOUND.name]
    assert sorted(one["data"]["lis_id"] for one in urgent) == sorted(
        f"S{n}" for n in range(1, 12, 2)
    )


async def test_the_same_content_under_another_id_files_nothing_new(gate: Gateway) -> None:
    await send(gate, samples.oru("C1"), samples.oru("C2"))
    assert (await report(gate)).version == 1
    assert len(await events(gate)) == 1


async def test_a_release_is_for_the_version_that_was_seen(gate: Gateway) -> None:
    await send(gate, samples.oru("C1", [potassium("9.1", "HH")]))
    key = (await report(gate)).id
    await service.release(gate.ctx, key)
    assert (await report(gate)).readable
    await service.release(gate.ctx, key)
    await send(gate, samples.oru("C2", [potassium("9.9", "HH")], at="20261124084000"))
    assert (await report(gate)).held
    with pytest.raises(NotFound):
        await service.release(gate.ctx, "rep-none")


async def test_a_hospital_s_own_rules(gate: Gateway) -> None:
    ctx = gate.ctx
    one, other = (ctx.acting_as(Actor("staff", name)) for name in "ab")
    assert (await service.rulebook(ctx)).version == "seed.1 DRAFT"
    tame = tuple(rule for rule in service.seed().rules if rule.analyte != "K")
    draft = await service.propose_rules(one, tame, ctx.today())
    assert (draft.state, draft.version) == ("DRAFT", 1)
    with pytest.raises(OwnRules):
        await service.approve_rules(one, draft.id)
    approved = await service.approve_rules(other, draft.id)
    assert approved.approved_by == "staff:b"
    assert approved.rules == tame
    with pytest.raises(WrongState):
        await service.approve_rules(other, draft.id)
    with pytest.raises(NotFound):
        await service.approve_rules(other, "pan-none")
    await send(gate, samples.oru("C1", [potassium("9.1"), (*NA[:3], "170", *NA[4:])]))
    (finding,) = (await events(gate))[-1]["data"]["findings"]
    assert (finding["item"], finding["rules"]) == ("NA", f"{draft.id}.1 APPROVED")


WBC = ("WBC", "6690-2", "白细胞", "0.9", "10*9/L", "3.5-9.5", "L")
LEUKAEMIA = "DG1|1||C91.0^急性淋巴细胞白血病^ICD10||20261124|A\r"


async def findings(gate: Gateway) -> list[tuple]:
    told = [one for one in await events(gate) if one["type"] == "report.critical_found"]
    return [
        (one["item"], one["verdict"], *one["why"])
        for data in told
        for one in data["data"]["findings"]
    ]


async def test_a_known_condition_excuses_and_an_unknown_one_does_not(gate: Gateway) -> None:
    await send(gate, samples.oru("C1", [WBC], "S1"))
    await send(gate, samples.adt("A01") + LEUKAEMIA)
    await send(gate, samples.oru("C2", [WBC], "S2"))
    assert await findings(gate) == [("WBC", "CRITICAL", "RULE")]


async def test_a_diagnosis_is_not_forgotten_by_a_message_that_does_not_speak_of_it(
    gate: Gateway,
) -> None:
    later = samples.adt("A08", "A2", at="20261124090000")
    await send(gate, samples.adt("A01") + LEUKAEMIA, later, samples.oru("C2", [WBC], "S2"))
    assert await findings(gate) == []


async def test_a_haemolysed_potassium_waits_for_the_laboratory_until_it_is_rechecked(
    gate: Gateway,
) -> None:
    index = ("HI", "", "溶血指数", "3+", "", "", "", "F", "ST")
    clean = ("HI", "", "溶血指数", "-", "", "", "", "C", "ST")
    await send(gate, samples.oru("C1", [potassium("7.1"), index]))
    assert await findings(gate) == [("K", "LAB_REVIEW", "HAEMOLYSED")]
    assert not (await report(gate)).critical
    later = {"at": "20261124093000"}
    await send(gate, samples.oru("C2", [potassium("7.1"), clean], status="C", **later))
    assert (await findings(gate))[1:] == [("K", "CRITICAL", "RULE")]
    assert ((await report(gate)).critical, (await report(gate)).held) == (("K",), True)
