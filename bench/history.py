"""Years of appointments that are over, written straight into MongoDB as their store leaves them.

The secondary indexes are away while much is written and made again at the end, all in one scan, so
that millions take minutes; nothing of the product may run meanwhile.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

import msgspec
from pymongo import MongoClient, WriteConcern

from bench import world
from bench.stage import Stage
from bench.world import Client
from booking.appointments.limits import key_limit
from booking.appointments.model import Appointment
from booking.appointments.store import APPOINTMENTS
from wx_backend.base import ids
from wx_backend.base.context import House
from wx_backend.entrypoints.demo.world import HOSPITAL

PER_ACCOUNT = 20
"""Of everybody, of who is measured too: with the years there are more people, not longer lists."""

YEARS = timedelta(days=3 * 365)
ENDS = ("DONE",) * 14 + ("CANCELLED",) * 3 + ("EXPIRED",) * 2 + ("NO_SHOW",)
BATCH = 2000
PROCESSES = 2
SLOT_PLACES = 4


def fill(stage: Stage, readers: list[Client], stored: int, wanted: int) -> None:
    """From ``stored`` appointments to ``wanted``; the first of them are the readers' own."""
    parts = [
        (stage.settings.mongo_uri, stage.settings.mongo_db, first, last, readers)
        for first, last in _parts(stored, wanted)
    ]
    table = stage.tables()[APPOINTMENTS.name]
    table.drop_indexes()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(_write, *part) for part in parts]:
            done.result()
    stage.within(_indexed)


async def _indexed(house: House) -> None:
    await house.db.ensure([APPOINTMENTS])


def _parts(stored: int, wanted: int) -> Iterator[tuple[int, int]]:
    middle = (stored + wanted) // 2
    yield stored, middle
    yield middle, wanted


def _write(uri: str, name: str, first: int, last: int, readers: list[Client]) -> None:
    """Documents ``first`` to ``last`` in batches."""
    dice, now = random.Random(first), datetime.now().astimezone()
    usual = _usual(now)
    with MongoClient(uri) as client:
        table = client[name].get_collection(APPOINTMENTS.name, write_concern=WriteConcern(w=1))
        for start in range(first, last, BATCH):
            numbers = range(start, min(start + BATCH, last))
            table.insert_many(
                [_document(dice, usual, n, readers, now) for n in numbers], ordered=False
            )


def _usual(now: datetime) -> dict:
    """What all have in common, with every field that the store writes."""
    unit = world.department(0)
    one = world.doctor(unit, 0)
    appointment = Appointment(
        id="",
        inst=HOSPITAL.id,
        slot="",
        number=1,
        state="DONE",
        version=4,
        account="",
        channel=ids.derive("chn", "bench"),
        patient_id="",
        patient="测*者",
        department_id=unit.id,
        department=unit.name,
        doctor_id=one.id,
        doctor=one.name,
        title=one.title,
        location=f"{unit.location} 301 诊室",
        visit_date="2025-01-01",
        session="AM",
        zone="Asia/Shanghai",
        starts_at=now,
        ends_at=now,
        serial="A001",
        fee_fen=world.FEE_FEN,
        expires_at=now,
        request="0" * 64,
        key="",
        created_at=now,
    )
    return msgspec.to_builtins(appointment, builtin_types=(datetime,))


def _document(
    dice: random.Random, usual: dict, n: int, readers: list[Client], now: datetime
) -> dict:
    """The n-th; its keys are as long and as random as those of ``base/ids.py``."""
    who = n // PER_ACCOUNT
    starts = now - timedelta(days=2) - YEARS * dice.random()
    key = _key(dice, "key")
    if who < len(readers):
        account, patient = readers[who].account, readers[who].patient
    else:
        account, patient = f"acc{who:026d}", f"pat{who:026d}"
    return {
        **usual,
        "_id": _key(dice, "apt"),
        "slot": f"slot{n // SLOT_PLACES:026d}",
        "number": n % SLOT_PLACES + 1,
        "state": dice.choice(ENDS),
        "account": account,
        "patient_id": patient,
        "visit_date": f"{starts:%Y-%m-%d}",
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=15),
        "expires_at": starts - timedelta(days=3),
        "created_at": starts - timedelta(days=3),
        "changed_at": starts,
        "key": key,
        "limits": [key_limit(key)],
        "outbox": [],
    }


def _key(dice: random.Random, prefix: str) -> str:
    return f"{prefix}{dice.getrandbits(104):026x}"
