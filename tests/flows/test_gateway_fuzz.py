"""A thousand damaged messages over real TCP: no crash, no hang, every one answered, none that was
accepted forgotten, and no neighbour lost, on the same connection or on another.
"""

import asyncio
import random

import pytest

from tests.helpers import hl7 as samples
from tests.helpers.gateway import Gateway, Sender, gateway
from tests.unit.gateways.hl7.test_message import damaged
from wx_backend.entrypoints.interfaces import alarms
from wx_backend.gateways.hl7.message import Message
from wx_backend.gateways.hl7.mllp import wrap
from wx_backend.records.reports import store as reports

SEED = 20261124
BATCH = 50
BYTES = [b"\x0b", b"\x1c", b"\r", b"\x1c\r", b"\x00", b"\xff", b"|", b"^", b"MSH|"]
VERDICTS = {"AA", "AE", "AR"}


def spoilt(n: int, chance: random.Random) -> bytes:
    """A message under its own name, damaged as text and sometimes as bytes."""
    text = chance.choice(
        [
            samples.thirty(f"F{n}", f"S{n}"),
            samples.oru(f"F{n}", filler=f"S{n}", charset="GB18030"),
            samples.adt(chance.choice(["A01", "A02", "A03", "A08", "A13"]), f"F{n}", mrn=f"M{n}"),
            samples.adt("A40", f"F{n}", former=f"M{n}"),
        ]
    )
    body = damaged(text, chance, chance.randint(1, 6)).encode(chance.choice(["utf-8", "gb18030"]))
    if chance.random() < 0.3:
        at = chance.randrange(len(body))
        body = body[:at] + chance.choice(BYTES) + body[at + chance.randint(0, 2) :]
    return body


def sound(name: str) -> bytes:
    return wrap(samples.oru(name, samples.PANEL[:2], name).encode())


async def heard_until(sender: Sender, name: str) -> list[Message]:
    """Every answer up to and with the one about ``name``; a gateway that hangs is an error."""
    heard: list[Message] = []
    while not heard or heard[-1].get("MSA", 2) != name:
        heard += await sender.answers()
    return heard


async def between_neighbours(gate: Gateway, chance: random.Random) -> list[Message]:
    """Each damaged message is followed by a sound one on its connection; all their answers."""
    sender, heard = await gate.sender(), []
    for n in range(BATCH):
        sender.put(wrap(spoilt(n, chance)) + sound(f"N{n}"))
    for n in range(BATCH):
        answers = await heard_until(sender, f"N{n}")
        assert len(answers) > 1, f"message {n} was not answered"
        heard += answers
    return heard


async def next_door(gate: Gateway) -> list[Message]:
    """A sender that sends nothing but sound messages, one after the other."""
    sender, heard = await gate.sender(), []
    for n in range(BATCH):
        sender.put(sound(f"D{n}"))
        heard += await heard_until(sender, f"D{n}")
    return heard


async def breaks_off(gate: Gateway, chance: random.Random) -> None:
    """Peers that hang up in the middle of a message."""
    for n in range(BATCH // 10):
        sender = await gate.sender()
        body = wrap(spoilt(BATCH + n, chance))
        sender.put(body[: chance.randrange(1, len(body))])
        await sender.writer.drain()
        sender.close()


@pytest.mark.parametrize("part", range(1000 // BATCH))
async def test_every_one_is_answered_and_every_neighbour_gets_through(
    mongo_uri: str, part: int
) -> None:
    chance = random.Random(SEED + part)
    async with gateway(mongo_uri) as gate:
        mixed, clean, _ = await asyncio.gather(
            between_neighbours(gate, chance),
            next_door(gate),
            breaks_off(gate, random.Random(SEED - part)),
        )
        said = [(answer.get("MSA", 2), answer.get("MSA", 1)) for answer in (*mixed, *clean)]
        assert {verdict for _, verdict in said} <= VERDICTS
        neighbours = [f"{row}{n}" for row in "ND" for n in range(BATCH)]
        answered = dict(said)
        assert [answered[name] for name in neighbours] == ["AA"] * len(neighbours)
        docs = await gate.settled()
        found = await gate.ctx.db(reports.REPORTS).find({"lis_id": {"$in": neighbours}})
        assert sorted(report["lis_id"] for report in found) == sorted(neighbours)
        alarmed = {one.message for one in await alarms.waiting(gate.ctx, 1000)}
        unsound = {doc["_id"] for doc in docs if doc["state"] in ("PARKED", "REFUSED")}
        assert unsound <= alarmed
        accepted = {doc["control_id"] for doc in docs if doc["state"] in ("DONE", "PARKED")}
        assert {name for name, verdict in said if verdict == "AA"} <= accepted
