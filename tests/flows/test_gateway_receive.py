"""Hospital systems over real TCP: stored before AA, each once, in order, no neighbour lost."""

import asyncio

import msgspec
import pytest

from tests.helpers import hl7 as samples
from tests.helpers.gateway import Gateway, gateway
from wx_backend.entrypoints.interfaces import alarms, inbox, processing
from wx_backend.gateways.hl7.message import parse
from wx_backend.gateways.hl7.mllp import wrap
from wx_backend.records.reports import store as reports


@pytest.fixture
async def gate(mongo_uri: str):
    async with gateway(mongo_uri) as running:
        yield running


async def filed(gate: Gateway) -> list[dict]:
    return await gate.ctx.db(reports.REPORTS).find(sort=[("lis_id", 1)])


def said(answer) -> tuple[str, str]:
    return answer.get("MSA", 1), answer.get("MSA", 2)


async def test_thirty_results_are_acknowledged_stored_and_filed(gate: Gateway) -> None:
    sender = await gate.sender()
    assert said(await sender.send(samples.thirty("C1"))) == ("AA", "C1")
    (doc,) = await gate.settled()
    assert (doc["state"], doc["sender"], doc["kind"]) == ("DONE", "LIS|JQ", "ORU^R01")
    assert "due_at" not in doc
    assert "lease" not in doc
    (report,) = await filed(gate)
    assert len(report["content"]["items"]) == 30
    assert report["who"]["display"] == "王*某"


async def test_the_raw_message_is_kept_to_the_byte_and_not_to_be_read(gate: Gateway) -> None:
    raw = samples.oru(charset="GB18030").encode("gb18030")
    await (await gate.sender()).send(raw)
    (doc,) = await gate.settled()
    assert inbox.unseal(gate.ctx, doc) == raw
    assert "2823" not in str(doc)
    assert "王" not in str(doc)
    (report,) = await filed(gate)
    assert report["content"]["items"][4]["name"] == "钾"


async def test_durable_before_it_is_acknowledged(gate: Gateway, monkeypatch) -> None:
    async def never(*_):
        await asyncio.Event().wait()

    monkeypatch.setattr(processing, "attempt", never)
    sender = await gate.sender()
    assert said(await sender.send(samples.oru("C1"))) == ("AA", "C1")
    (doc,) = await gate.messages()
    assert (doc["state"], bool(doc["lease"])) == ("RECEIVED", True)
    monkeypatch.undo()
    for task in gate.server._open.values():
        task._handling.cancel()


async def test_the_same_again_is_acknowledged_and_not_handled_again(gate: Gateway) -> None:
    sender = await gate.sender()
    text = samples.oru("C1")
    again = text.replace("20261124083000", "20261124083500")  # the header is stamped anew
    assert [said(await sender.send(one)) for one in (text, text, again)] == [("AA", "C1")] * 3
    assert len(await gate.settled()) == 1
    (report,) = await filed(gate)
    assert report["version"] == 1
    assert await alarms.waiting(gate.ctx) == []


async def test_the_same_id_with_another_body_is_handled_and_raises_an_alarm(gate: Gateway) -> None:
    sender = await gate.sender()
    texts = [samples.oru("C1", filler=f"S{n}") for n in range(3)]
    assert [said(await sender.send(text)) for text in texts] == [("AA", "C1")] * 3
    docs = await gate.settled()
    assert [doc["state"] for doc in docs] == ["DONE"] * 3
    assert [doc.get("conflict", False) for doc in docs] == [False, True, True]
    assert [report["lis_id"] for report in await filed(gate)] == ["S0", "S1", "S2"]
    found = await alarms.waiting(gate.ctx)
    assert [(one.kind, one.control_id) for one in found] == [("CONFLICT", "C1")] * 2
    assert said(await sender.send(texts[2])) == ("AA", "C1")
    assert len(await gate.settled()) == 3


async def test_another_sender_may_use_the_same_id(gate: Gateway) -> None:
    sender = await gate.sender()
    await sender.send(samples.oru("C1"))
    await sender.send(samples.oru("C1").replace("|LIS|", "|LIS2|"))
    assert [doc["state"] for doc in await gate.settled()] == ["DONE", "DONE"]
    assert await alarms.waiting(gate.ctx) == []


@pytest.mark.parametrize(
    ("change", "verdict", "code", "field"),
    [
        (("|C1|", "||"), "AE", "101", "10"),
        (("ORU^R01", ""), "AE", "101", "9"),
        (("ORU^R01", "ORU^R99"), "AR", "201", "9"),
        (("ORU^R01", "ZZZ^Z01"), "AR", "200", "9"),
        (("|P|2.5", "|P|3.0"), "AR", "203", "12"),
        (("OBX|5", "O?X|5"), "AR", "100", ""),
    ],
)
async def test_what_is_not_accepted_is_told_and_kept_to_look_at(
    gate: Gateway, change: tuple, verdict: str, code: str, field: str
) -> None:
    sender = await gate.sender()
    text = samples.oru("C1").replace(*change)
    answer = await sender.send(text)
    assert answer.get("MSA", 1) == verdict
    assert answer.get("ERR", 3) == code
    assert answer.get("ERR", 2, 1, 3) == field
    (doc,) = await gate.messages()
    assert doc["state"] == "REFUSED"
    assert "due_at" not in doc
    assert [one.kind for one in await alarms.waiting(gate.ctx)] == ["REFUSED"]
    assert await filed(gate) == []
    assert said(await sender.send(samples.oru("C2"))) == ("AA", "C2")


@pytest.mark.parametrize("garbage", [b"", b"hello", b"\xff\xfe\x00", b"PID|1", b"MSH"])
async def test_what_is_no_message_is_answered_and_not_kept(gate: Gateway, garbage: bytes) -> None:
    sender = await gate.sender()
    assert (await sender.send(garbage)).get("MSA", 1) == "AR"
    assert await gate.messages() == []
    assert said(await sender.send(samples.oru("C2"))) == ("AA", "C2")


async def test_a_batch_is_answered_in_one_frame(gate: Gateway) -> None:
    sender = await gate.sender()
    one, two = samples.oru("C1", filler="S1"), samples.oru("C2", filler="S2")
    sender.put(wrap(f"FHS|^~\\&\rBHS|^~\\&\r{one}{two}BTS|2\rFTS|1\r".encode()))
    text = (await sender.frame()).decode()
    assert text.startswith("FHS|")
    assert text.index("MSA|AA|C1") < text.index("MSA|AA|C2")
    assert [doc["state"] for doc in await gate.settled()] == ["DONE", "DONE"]
    assert len(await filed(gate)) == 2


async def test_a_batch_of_one_keeps_its_envelope(gate: Gateway) -> None:
    sender = await gate.sender()
    cover = "BHS|^~\\&|LIS|JQ|WX|JQ|||||B7\r"
    sender.put(wrap(f"{cover}{samples.oru('C1')}BTS|1\r".encode()))
    rows = (await sender.frame()).decode().split("\r")
    assert (rows[0].startswith("BHS|^~\\&|WX|JQ|LIS|JQ|"), rows[0].endswith("|B7")) == (True, True)
    assert rows[-2] == "BTS|1"


def asking(text: str, accept: str, application: str) -> bytes:
    """With MSH-15 and MSH-16."""
    return wrap(text.replace("|P|2.5|||||", f"|P|2.5|||{accept}|{application}|").encode())


async def test_a_sender_that_asks_for_both_gets_both(gate: Gateway) -> None:
    sender = await gate.sender()
    for _ in range(2):
        sender.put(asking(samples.oru("C1"), "AL", "AL"))
        assert [said(await sender.answer()) for _ in range(2)] == [("CA", "C1"), ("AA", "C1")]
    sender.put(asking(samples.oru("C2", filler="S2"), "AL", "NE"))
    sender.put(asking(samples.oru("C3").replace("ORU^R01", "XYZ^Z01"), "AL", "AL"))
    assert [said(await sender.answer()) for _ in range(2)] == [("CA", "C2"), ("CR", "C3")]
    assert [doc["state"] for doc in await gate.settled()] == ["DONE", "DONE", "REFUSED"]


async def test_a_sender_that_wants_to_hear_nothing_hears_nothing(gate: Gateway) -> None:
    sender = await gate.sender()
    sender.put(asking(samples.oru("C1"), "NE", "NE"))
    assert said(await sender.send(samples.oru("C2", filler="S2"))) == ("AA", "C2")
    assert [doc["state"] for doc in await gate.settled()] == ["DONE", "DONE"]


async def test_a_gateway_of_the_original_mode_says_aa_whatever_is_asked(gate: Gateway) -> None:
    gate.house.settings = msgspec.structs.replace(gate.house.settings, hl7_enhanced=False)
    sender = await gate.sender()
    sender.put(asking(samples.oru("C1"), "AL", "NE"))
    assert said(await sender.answer()) == ("AA", "C1")


async def test_split_and_joined_writes(gate: Gateway) -> None:
    sender = await gate.sender()
    stream = b"noise" + b"".join(
        wrap(samples.oru(f"C{n}", filler=f"S{n}").encode()) for n in range(5)
    )
    for start in range(0, len(stream), 700):
        sender.put(stream[start : start + 700])
        await sender.writer.drain()
        await asyncio.sleep(0)
    assert [said(await sender.answer()) for _ in range(5)] == [("AA", f"C{n}") for n in range(5)]


async def test_one_connection_keeps_its_order(gate: Gateway) -> None:
    sender = await gate.sender()
    for n in range(10):
        row = [("K", "2823-3", "钾", f"4.{n}", "mmol/L", "", "N", "C" if n else "F")]
        text = samples.oru(f"C{n}", row, at="20261124082900")
        sender.put(wrap(text.replace("20261124083000", f"202611240830{n:02}").encode()))
    for n in range(10):
        assert said(await sender.answer()) == ("AA", f"C{n}")
    await gate.settled()
    (report,) = await filed(gate)
    assert report["version"] == 10
    assert report["content"]["items"][0]["value"] == "4.9"
    assert len(report["history"]) == 10


async def test_many_connections_at_once(gate: Gateway) -> None:
    async def talk(name: int) -> list[tuple[str, str]]:
        sender = await gate.sender()
        texts = [samples.oru(f"C{name}-{n}", filler=f"S{name}-{n}") for n in range(10)]
        return [said(await sender.send(text)) for text in texts]

    answers = await asyncio.gather(*(talk(name) for name in range(12)))
    assert {one for answer in answers for one, _ in answer} == {"AA"}
    docs = await gate.settled()
    assert len(docs) == len(await filed(gate)) == 120


async def test_a_frame_that_never_ends_is_answered_and_the_line_cut(mongo_uri: str) -> None:
    async with gateway(mongo_uri, frame_seconds=0.05) as gate:
        sender, other = await gate.sender(), await gate.sender()
        sender.put(b"\x0b" + samples.oru("C1").encode())
        assert said(await sender.answer()) == ("AR", "C1")
        with pytest.raises(ConnectionError):
            await sender.answer()
        assert said(await other.send(samples.oru("C2"))) == ("AA", "C2")


async def test_a_message_that_is_too_long_costs_only_itself(mongo_uri: str) -> None:
    async with gateway(mongo_uri, most=20_000) as gate:
        sender = await gate.sender()
        long = samples.oru("C1").encode() + b"NTE|1||" + b"x" * 30_000
        assert said(await sender.send(long)) == ("AR", "C1")
        assert said(await sender.send(samples.oru("C2"))) == ("AA", "C2")
        assert len(await gate.settled()) == 1


async def test_a_silent_sender_is_read_by_habit(mongo_uri: str) -> None:
    async with gateway(mongo_uri, habit="gb18030") as gate:
        await (await gate.sender()).send(samples.oru(charset="").encode("gb18030"))
        await gate.settled()
        (report,) = await filed(gate)
        assert report["content"]["title"] == "生化全套"


async def test_a_stranger_is_turned_away(mongo_uri: str) -> None:
    from ipaddress import ip_network

    async with gateway(mongo_uri, peers=[ip_network("10.0.0.0/8")]) as gate:
        sender = await gate.sender()
        with pytest.raises(ConnectionError):
            await sender.send(samples.oru())


async def test_stopping_finishes_what_has_arrived(gate: Gateway) -> None:
    idle, busy = await gate.sender(), await gate.sender()
    await idle.send(samples.oru("C0", filler="S0"))
    await busy.send(samples.oru("C1", filler="S1"))
    await gate.server.stop()
    assert [doc["state"] for doc in await gate.messages()] == ["DONE", "DONE"]
    for sender in (idle, busy):
        with pytest.raises(ConnectionError):
            await sender.answer()
    with pytest.raises(OSError):
        await gate.sender()


async def test_when_the_database_is_gone_nothing_is_accepted(gate: Gateway, monkeypatch) -> None:
    async def gone(*_):
        raise OSError("no primary")

    sender = await gate.sender()
    monkeypatch.setattr(inbox, "keep", gone)
    answer = await sender.send(samples.oru("C1"))
    assert (said(answer), answer.get("ERR", 3)) == (("AR", "C1"), "207")
    monkeypatch.undo()
    assert said(await sender.send(samples.oru("C1"))) == ("AA", "C1")


async def test_a_dead_process_leaves_its_messages_to_the_sweep(gate: Gateway) -> None:
    message = parse(samples.oru("C1"))
    raw = message.text.encode()
    doc = inbox.document(gate.ctx, message, raw, peer="", faithful=True, lease="dead")
    await inbox.keep(gate.ctx, doc)
    assert await processing.sweep(gate.house.ctx(None)) == 0  # its lease still runs
    table = gate.ctx.db(inbox.INBOX).month(gate.ctx.wire_now())
    await table.change({"_id": doc["_id"]}, {"$set": {"leased_until": gate.ctx.wire_now()}})
    assert await processing.sweep(gate.house.ctx(None)) == 1
    assert [one["state"] for one in await gate.messages()] == ["DONE"]
    assert len(await filed(gate)) == 1
    assert await processing.sweep(gate.house.ctx(None)) == 0
