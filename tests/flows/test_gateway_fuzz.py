"""A thousand damaged messages over real TCP: no crash, no hang, no lost neighbour."""

import random

import pytest

from tests.helpers import hl7 as samples
from tests.helpers.gateway import gateway
from tests.unit.gateways.hl7.test_message import damaged
from wx_backend.entrypoints.interfaces import alarms
from wx_backend.gateways.hl7.mllp import wrap
from wx_backend.records.reports import store as reports

SEED = 20261124
BATCH = 50
BYTES = [b"\x0b", b"\x1c", b"\r", b"\x1c\r", b"\x00", b"\xff", b"|", b"^", b"MSH|"]


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


@pytest.mark.parametrize("part", range(1000 // BATCH))
async def test_every_neighbour_gets_through(mongo_uri: str, part: int) -> None:
    chance = random.Random(SEED + part)
    async with gateway(mongo_uri) as gate:
        sender = await gate.sender()
        neighbours = []
        for n in range(BATCH):
            sender.put(wrap(spoilt(n, chance)))
            neighbours.append(f"N{n}")
            sender.put(wrap(samples.oru(f"N{n}", samples.PANEL[:2], f"N{n}").encode()))
        answered: dict[str, str] = {}
        while neighbours[-1] not in answered:
            for answer in await sender.answers():
                answered[answer.get("MSA", 2)] = answer.get("MSA", 1)
        assert [answered.get(name) for name in neighbours] == ["AA"] * BATCH
        docs = await gate.settled()
        found = await gate.ctx.db(reports.REPORTS).find({"lis_id": {"$in": neighbours}})
        assert sorted(report["lis_id"] for report in found) == sorted(neighbours)
        alarmed = {one.message for one in await alarms.waiting(gate.ctx, 1000)}
        unsound = {doc["_id"] for doc in docs if doc["state"] in ("PARKED", "REFUSED")}
        assert unsound <= alarmed
        accepted = {doc["control_id"] for doc in docs if doc["state"] in ("DONE", "PARKED")}
        assert {name for name, verdict in answered.items() if verdict == "AA"} <= accepted
