"""``critical_latency``: from the last byte of a laboratory message with a critical potassium to
WeCom's acceptance of the message to the patient's doctor, by the sandbox's own time stamp.

20 wards with a doctor, a nurse, a head nurse and a director each on duty. A LIS sends 20 messages a
second all the time, one of them critical; in the middle of that come 5,000 at once over eight
connections, 75 of them critical, each from somebody else. The reference is the acknowledgement of
those same messages: what durable receipt alone takes under this load.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median, quantiles

import msgspec
from pymongo.database import Database

from bench.figures import Figure
from bench.load import HOST
from bench.oru import CONNECTIONS
from bench.stage import Stage
from tests.helpers.wards import Team, staffed
from wx_backend.entrypoints.demo import hl7
from wx_backend.entrypoints.demo.phone import Sandbox
from wx_backend.entrypoints.demo.world import HOSPITAL
from wx_backend.entrypoints.embedded.ports import pick_free
from wx_backend.gateways.hl7.mllp import Framer

WARDS = 20
A_SECOND = 20
CALM_SECONDS = 5.0
"""Of the steady messages alone, before the burst; they go on until about as long after it."""

PATIENCE_SECONDS = 60
ORDINARY = 200
"""Patients of the ordinary messages."""


class Mail(msgspec.Struct, frozen=True):
    """A message to be sent; ``name`` is its control id and the laboratory's number.

    ``doctor`` is the userid of whose patient it is about, empty where nobody has to hear of it.
    """

    name: str
    frame: bytes
    doctor: str = ""


class Sent(msgspec.Struct, frozen=True):
    """When its last byte was out and its AA in, in seconds of the wall clock."""

    name: str
    out: float
    answered: float


class Load(msgspec.Struct, frozen=True):
    """What the LIS sends: first, always, and at once."""

    port: int
    admissions: list[Mail]
    steady: list[Mail]
    burst: list[Mail]


def run(quick: bool) -> Iterator[Figure]:
    burst, critical = (1000, 30) if quick else (5000, 75)
    seconds = 2 * CALM_SECONDS + burst / 400
    with Stage() as stage, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        teams = stage.within(lambda house: staffed(house.ctx(HOSPITAL.id), WARDS))
        port = pick_free()
        stage.web()
        stage.call_back()
        stage.worker("relay")
        stage.worker("critical")
        stage.gateway(port)
        load = _load(port, teams, int(seconds * A_SECOND), burst, critical)
        steady, rush = pool.submit(drive, load).result()
        yield from _figures(stage, teams, load, steady, rush)


def _load(port: int, teams: list[Team], steady: int, burst: int, critical: int) -> Load:
    """Critical ones are spread evenly over time and wards, and each is another patient's."""
    beats = range(A_SECOND // 2, steady, A_SECOND)
    alarms = [n * burst // critical + burst // critical // 2 for n in range(critical)]
    admissions: list[Mail] = []
    told = [
        [_mail(row, n, teams, admissions, ranks.get(n)) for n in range(count)]
        for row, count, ranks in (
            ("S", steady, {n: rank for rank, n in enumerate(beats)}),
            ("B", burst, {n: rank for rank, n in enumerate(alarms)}),
        )
    ]
    return Load(port, admissions, *told)


def _mail(row: str, n: int, teams: list[Team], admissions: list[Mail], rank: int | None) -> Mail:
    """``rank`` among the critical ones of its row; these wards go round and are admitted first."""
    name = f"{row}{n}"
    if rank is None:
        patient = teams[n % WARDS].patient(n % ORDINARY)
        return Mail(name, hl7.frame(hl7.report(name, patient, name)))
    team = teams[rank % WARDS]
    patient = team.patient(10_000 + 2 * n + (row == "B"))
    admissions.append(Mail(f"A{name}", hl7.frame(hl7.admission(f"A{name}", patient))))
    frame = hl7.frame(hl7.report(name, patient, name, critical=True))
    return Mail(name, frame, team.people["duty_doctor"].wecom)


def drive(load: Load) -> tuple[list[Sent], list[Sent]]:
    """In a process of its own. Raises AssertionError when an answer is not AA."""
    return asyncio.run(_drive(load))


async def _drive(load: Load) -> tuple[list[Sent], list[Sent]]:
    lines = [await _Line.open(load.port) for _ in range(CONNECTIONS + 1)]
    own, shared = lines[0], lines[1:]
    await own.talk(load.admissions)
    beat = asyncio.create_task(own.talk(load.steady, pause=1 / A_SECOND))
    await asyncio.sleep(CALM_SECONDS)
    rush = await asyncio.gather(
        *(line.talk(load.burst[n::CONNECTIONS]) for n, line in enumerate(shared))
    )
    return await beat, [one for some in rush for one in some]


class _Line:
    """One connection; the next message goes out when the last one's answer is in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer, self._framer = reader, writer, Framer()

    @classmethod
    async def open(cls, port: int) -> "_Line":
        return cls(*await asyncio.open_connection(HOST, port))

    async def talk(self, mails: list[Mail], pause: float = 0.0) -> list[Sent]:
        """With ``pause``: on that beat, in seconds, unless the gateway is slower."""
        began, sent = time.time(), []
        for n, mail in enumerate(mails):
            if pause:
                await asyncio.sleep(max(0.0, began + n * pause - time.time()))
            self._writer.write(mail.frame)
            await self._writer.drain()
            out = time.time()
            while not (answers := self._framer.feed(await self._reader.read(4096))):
                assert not self._reader.at_eof(), "the gateway hung up"
            assert b"\rMSA|AA|" in answers[0].body, answers[0].body
            sent.append(Sent(mail.name, out, time.time()))
        return sent


def _figures(
    stage: Stage, teams: list[Team], load: Load, steady: list[Sent], rush: list[Sent]
) -> Iterator[Figure]:
    critical = {one.name: one.doctor for one in (*load.steady, *load.burst) if one.doctor}
    accepted = _accepted(stage, critical)
    for name, sent in (("critical_latency", rush), ("critical_latency (steady)", steady)):
        urgent = [one for one in sent if one.name in critical]
        waits = [(accepted[one.name] - one.out) * 1000 for one in urgent]
        acks = [(one.answered - one.out) * 1000 for one in sent]
        p99, bare = _percentile(waits, 99), _percentile(acks, 99)
        seconds = max(one.answered for one in sent) - min(one.out for one in sent)
        yield Figure(
            name=name,
            value=p99,
            unit="ms p99 last byte in → accepted by WeCom",
            reference=bare,
            ratio=round(p99 / bare, 1),
            detail={
                "p50_ms": round(median(waits), 1),
                "max_ms": round(max(waits), 1),
                "aa_p50_ms": round(median(acks), 1),
                "critical": len(urgent),
                "messages": len(sent),
                "messages_a_second": round(len(sent) / seconds),
                "doctors_on_duty": len(teams),
                "hops_p50_ms": _hops(stage.tables(), urgent),
            },
        )


def _accepted(stage: Stage, critical: dict[str, str]) -> dict[str, float]:
    """When WeCom took the message to the doctor, by the laboratory's number.

    Args:
        critical: the doctor's userid by that number.

    Raises:
        AssertionError: some doctors were not told within ``PATIENCE_SECONDS``.
    """
    sandbox, tables = Sandbox(stage.sandbox_url), stage.tables()
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        alerts = {doc["_id"]: doc["lis_id"] for doc in tables["alerts"].find({}, ["lis_id"])}
        found: dict[str, float] = {}
        for row in sandbox.get("wecom/messages"):
            shown = json.dumps(row["content"])
            for name in (lis_id for key, lis_id in alerts.items() if key in shown):
                if row["userid"] == critical.get(name):
                    found.setdefault(name, row["at"])
        if found.keys() >= critical.keys():
            return found
        missing = critical.keys() - found.keys()
        assert time.monotonic() < end, f"{len(missing)} doctors were not told: {sorted(missing)}"
        time.sleep(1)


def _hops(tables: "Database[dict]", urgent: list[Sent]) -> dict[str, float]:
    """Milliseconds from the last byte in until each station, by our own clocks, in the middle."""
    out = {one.name: one.out for one in urgent}
    alerts = list(tables["alerts"].find({"lis_id": {"$in": list(out)}}))
    filed = {doc["lis_id"]: doc["filed_at"] for doc in tables["reports"].find()}
    months = [name for name in tables.list_collection_names() if name.startswith("messages_")]
    made: dict[str, dict] = {}
    for month in months:
        for doc in tables[month].find({"event.type": "critical.raised"}):
            made.setdefault(doc["event"]["data"]["alert"], doc)
    stations = {
        "filed": [(one["lis_id"], filed[one["lis_id"]]) for one in alerts],
        "raised": [(one["lis_id"], one["raised_at"]) for one in alerts],
        "message": [(one["lis_id"], made[one["_id"]]["at"]) for one in alerts],
    }
    return {
        name: round(median((at.timestamp() - out[key]) * 1000 for key, at in found), 1)
        for name, found in stations.items()
    }


def _percentile(values: list[float], n: int) -> float:
    return round(quantiles(values, n=100, method="inclusive")[n - 1], 1)
