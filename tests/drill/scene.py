"""What a drill stands on: its settings, its own database with the demo world, time that passes."""

import asyncio
import base64
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec
from pymongo import MongoClient
from pymongo.database import Database

from booking.schedules import service as schedules
from booking.timetables import service as timetables
from booking.timetables.model import DeviationForm, Template, template_id
from tests.drill.unhindered import UNHINDERED
from tests.helpers.wards import Team, staffed
from wx_backend.base import ids, shift
from wx_backend.base.context import Actor, Ctx, House
from wx_backend.base.settings import Settings
from wx_backend.base.settings import load as read_settings
from wx_backend.base.shift import KEY as CLOCK
from wx_backend.base.sweeper import crank
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.demo import callbacks, load, world

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NOON = "12:00"
ALWAYS_OPEN = {"booking.wait_list_opens": "00:00", "booking.wait_list_closes": "24:00"}

OFFICE = Actor("staff", "drill-office", frozenset({"outpatient_office"}))

T = TypeVar("T")


def settings_for(
    mongo_uri: str, database: str, addresses: Mapping[str, str], hl7_port: int
) -> Settings:
    """Settings of a product on this database; it looks for due work all the time."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return read_settings(
        {
            **addresses,
            "WX_ENV": "test",
            "WX_MONGO_URI": mongo_uri,
            "WX_MONGO_DB": database,
            "WX_SECRET": secrets.token_urlsafe(48),
            "WX_FIELD_KEYS": f"v1:{key}",
            "WX_INDEX_KEY": key,
            "WX_DEFAULT_INSTITUTION": world.HOSPITAL.id,
            "WX_HL7_PORT": str(hl7_port),
            "WX_VIEW_SECONDS": "0.05",
            "WX_LOG_LEVEL": "WARNING",
        }
    )


class World(NamedTuple):
    """What a drill needs to know.

    Args:
        slot: with a single place, of the session of ``line`` on ``day``.
        later: another one of it.
        callbacks: by the sandbox's console, the path where its platform calls us.
        team: a ward with everybody on duty.
    """

    slot: str
    later: str
    line: str
    day: str
    callbacks: dict[str, str]
    team: Team


def make_world(settings: Settings, platforms: Mapping[str, str]) -> World:
    """The demo's places and accounts, and one clinic at noon with two single places, this week and
    the next. The waiting list is open day and night.
    """

    async def run() -> World:
        house = wiring.build(settings)
        try:
            await house.db.ensure(wiring.collections())
            ctx = house.ctx(world.HOSPITAL.id)
            await load.places(ctx)
            await load.channels(ctx, platforms)
            addresses = await callbacks.addresses(house)
            await _decide_all(house, {**ALWAYS_OPEN, **UNHINDERED})
            [team] = await staffed(ctx, 1)
            day = ctx.today() + timedelta(days=3)
            usual = clinic("he-zhiyuan", day, "13:00", 1)
            await weekly(ctx, usual, day, weeks=2)
            slot, later = await schedules.of_department(ctx, usual.department_id, day, day)
            await crank(house, wiring.sweeps())
            paths = {name: urlsplit(url).path for name, url in addresses.items()}
            return World(slot.id, later.id, usual.line, day.isoformat(), paths, team)
        finally:
            wiring.close(house)

    return asyncio.run(run())


def decide(settings: Settings, values: Mapping[str, int | str]) -> None:
    """The hospital's own values of scoped settings."""
    inside(settings, lambda house: _decide_all(house, values))


def stop_session(settings: Settings, line: str, day: str) -> None:
    """The office closes a session."""

    async def close(house: House) -> None:
        ctx = house.ctx(world.HOSPITAL.id, OFFICE)
        form = DeviationForm(action="close", reason="医生外出开会")
        await timetables.deviate(ctx, line, day, 0, form)

    inside(settings, close)


def inside(settings: Settings, act: Callable[[House], Awaitable[T]]) -> T:
    """``act`` with a house of its own."""

    async def run() -> T:
        house = wiring.build(settings)
        try:
            await shift.refresh(house)
            return await act(house)
        finally:
            wiring.close(house)

    return asyncio.run(run())


async def _decide_all(house: House, values: Mapping[str, int | str]) -> None:
    """Proposed by one and approved by another."""
    proposer, approver = (
        house.ctx(world.HOSPITAL.id, Actor("staff", who)) for who in ("first", "second")
    )
    for name, value in values.items():
        draft = await parameters.propose(proposer, name, value, "hospital")
        await parameters.approve(approver, draft.id)


def clinic(key: str, day: date, ends: str, capacity: int) -> Template:
    """From noon on, when nobody else works: half an hour or more of one of the demo's doctors."""
    practice = next(one for one in world.PRACTICES if one.key == key)
    usual = practice.templates()[0]
    line = ids.derive("tln", "drill", key)
    return msgspec.structs.replace(
        usual,
        id=template_id(world.HOSPITAL.id, line, 1),
        line=line,
        weekday=day.weekday(),
        session="AM",
        begins=NOON,
        ends=ends,
        capacity=capacity,
    )


async def weekly(ctx: Ctx, usual: Template, day: date, weeks: int) -> None:
    """A clinic's numbers of so many weeks."""
    await timetables.register(ctx, [usual])
    for on in (day + n * timedelta(days=7) for n in range(weeks)):
        await timetables.generate(ctx, on, on, usual.line)


class Clockwork:
    """Time as the drill needs it: business hours in a moment, leases that ran out."""

    def __init__(self, database: Database):
        self._db = database

    def move(self, **duration: float) -> None:
        """The business clock of all processes goes on by this; they follow within a moment."""
        step = timedelta(**duration) // timedelta(milliseconds=1)
        self._db.meta.update_one({"_id": CLOCK}, {"$inc": {"offset_ms": step}}, upsert=True)

    def end_leases(self) -> None:
        """As if the minute had passed after which work of the dead is taken over."""
        for name in self._db.list_collection_names():
            self._db[name].update_many(
                {"leased_until": {"$exists": True}}, {"$set": {"leased_until": LONG_AGO}}
            )


def client(mongo_uri: str) -> MongoClient:
    """A drill's own look into the database, as the product's majority writes left it."""
    return MongoClient(
        mongo_uri, tz_aware=True, readConcernLevel="majority", serverSelectionTimeoutMS=2000
    )
