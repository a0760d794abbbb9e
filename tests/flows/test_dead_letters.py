"""Messages that need a person: parked or refused, looked at, mended, replayed, dismissed."""

import pytest

from tests.helpers import hl7 as samples
from tests.helpers.gateway import Gateway, gateway
from wx_backend.base.audit import RECORDS
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.entrypoints.interfaces import alarms, dead_letters, inbox, processing, routes
from wx_backend.entrypoints.interfaces.model import WAITS, StillParked
from wx_backend.gateways.hl7.message import NotHl7, parse
from wx_backend.records.encounters import service as encounters

NAMELESS = samples.adt("A01", "A1").replace("M1001^^^JQ^MR", "")
WHOLE = samples.adt("A01", "A1")


@pytest.fixture
async def gate(mongo_uri: str):
    async with gateway(mongo_uri) as running:
        yield running


async def parked(gate: Gateway, text: str = NAMELESS):
    assert (await (await gate.sender()).send(text)).get("MSA", 1) == "AA"
    await gate.settled()
    (alarm,) = await dead_letters.waiting(gate.ctx)
    return alarm


async def states(gate: Gateway) -> list[str]:
    return [doc["state"] for doc in await gate.messages()]


async def audited(gate: Gateway) -> list[str]:
    records = await gate.ctx.db(RECORDS).month(gate.ctx.wire_now()).find(sort=[("at", 1)])
    return [one["action"] for one in records]


async def test_a_message_nothing_can_be_made_of_is_parked_and_told(gate: Gateway) -> None:
    alarm = await parked(gate)
    assert (alarm.kind, alarm.reason, alarm.field) == ("PARKED", "hl7_unmappable", "PID-3")
    assert await states(gate) == ["PARKED"]
    (event,) = (await gate.ctx.db(alarms.ALARMS).outboxes(10))[0]["outbox"]
    assert (event["type"], event["data"]["field"]) == ("interface.alarmed", "PID-3")
    assert await processing.sweep(gate.house.ctx(None)) == 0


async def test_looking_is_audited(gate: Gateway) -> None:
    alarm = await parked(gate)
    letter = await dead_letters.look(gate.ctx, alarm.id)
    assert letter.text == NAMELESS.replace("\r", "\n")
    assert (letter.state, letter.edited) == ("PARKED", False)
    assert await audited(gate) == ["interface:message:reveal"]


async def test_mended_and_replayed(gate: Gateway) -> None:
    alarm = await parked(gate)
    with pytest.raises(StillParked) as refusal:
        await dead_letters.replay(gate.ctx, alarm.id)
    assert refusal.value.data == {"reason": "hl7_unmappable", "field": "PID-3"}
    assert await states(gate) == ["PARKED"]
    await dead_letters.replay(gate.ctx, alarm.id, WHOLE.replace("\r", "\n"))
    assert await states(gate) == ["DONE"]
    assert (await encounters.encounter(gate.ctx, "V2001")).place.bed == "12"
    assert await dead_letters.waiting(gate.ctx) == []
    (doc,) = await gate.messages()
    assert inbox.unseal(gate.ctx, doc) == NAMELESS.encode()
    letter = await dead_letters.look(gate.ctx, alarm.id)
    assert (letter.edited, letter.text) == (True, WHOLE.replace("\r", "\n"))
    with pytest.raises(WrongState):
        await dead_letters.replay(gate.ctx, alarm.id)


async def test_a_refused_message_can_be_mended_too(gate: Gateway) -> None:
    await (await gate.sender()).send(WHOLE.replace("|A1|", "||"))
    (alarm,) = await dead_letters.waiting(gate.ctx)
    assert (alarm.kind, alarm.reason, alarm.field) == ("REFUSED", "101", "MSH-10")
    with pytest.raises(StillParked):
        await dead_letters.replay(gate.ctx, alarm.id)
    with pytest.raises(NotHl7):
        await dead_letters.replay(gate.ctx, alarm.id, "what?")
    await dead_letters.replay(gate.ctx, alarm.id, WHOLE)
    assert await states(gate) == ["DONE"]


async def test_dismissed(gate: Gateway) -> None:
    alarm = await parked(gate)
    await dead_letters.dismiss(gate.ctx, alarm.id, "测试消息")
    assert await states(gate) == ["DISMISSED"]
    for action in (
        dead_letters.dismiss(gate.ctx, alarm.id, "again"),
        dead_letters.replay(gate.ctx, alarm.id),
    ):
        with pytest.raises(WrongState):
            await action


async def test_of_another_institution_there_is_nothing(gate: Gateway) -> None:
    alarm = await parked(gate)
    other = gate.house.ctx("ins2")
    assert await dead_letters.waiting(other) == []
    for action in (
        dead_letters.look(other, alarm.id),
        dead_letters.replay(other, alarm.id),
        dead_letters.dismiss(other, alarm.id, "x"),
    ):
        with pytest.raises(NotFound):
            await action
    assert await states(gate) == ["PARKED"]


async def test_trouble_of_ours_is_tried_again_and_parked_in_the_end(
    gate: Gateway, monkeypatch
) -> None:
    async def broken(*_):
        raise RuntimeError("not today")

    monkeypatch.setitem(routes.ROUTES, "ADT^A01", broken)
    assert (await (await gate.sender()).send(WHOLE)).get("MSA", 1) == "AA"
    await gate.server.stop()
    ctx = gate.house.ctx(None)
    for n, wait in enumerate(WAITS):
        (doc,) = await gate.messages()
        assert (doc["state"], doc["tries"], doc["reason"]) == ("RECEIVED", n + 1, "RuntimeError")
        assert await processing.sweep(ctx) == 0
        gate.house.business.offset += doc["due_at"] - gate.ctx.now()
        assert (doc["due_at"] - gate.ctx.now()).total_seconds() <= wait
        assert await processing.sweep(ctx) == 1
    assert await states(gate) == ["PARKED"]
    (alarm,) = await dead_letters.waiting(gate.ctx)
    assert alarm.reason == "RuntimeError"
    monkeypatch.undo()
    await dead_letters.replay(gate.ctx, alarm.id)
    assert await states(gate) == ["DONE"]


async def test_a_message_that_does_not_open_does_not_stop_the_sweep(gate: Gateway) -> None:
    for name, text in (("A1", WHOLE), ("A2", samples.adt("A08", "A2"))):
        message = parse(text)
        raw = text.encode()
        doc = inbox.document(gate.ctx, message, raw, peer="", faithful=True, lease="dead")
        gone = {"raw": "v9.AAAA"} if name == "A1" else {}
        await inbox.keep(gate.ctx, {**doc, **gone, "leased_until": gate.ctx.wire_now()})
    assert await processing.sweep(gate.house.ctx(None)) == 2
    docs = {doc["control_id"]: doc for doc in await gate.messages()}
    assert (docs["A1"]["state"], docs["A1"]["reason"]) == ("RECEIVED", "Unreadable")
    assert docs["A2"]["state"] == "DONE"
