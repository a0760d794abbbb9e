"""What a drill stands on: its settings, its own database with the demo world, time that passes."""

import asyncio
import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.database import Database

from booking.schedules import service as schedules
from booking.schedules.model import Clinic, slots_of
from tests.helpers.wards import Team, staffed
from wx_backend.base.context import Actor, House
from wx_backend.base.settings import Settings
from wx_backend.base.settings import load as read_settings
from wx_backend.base.shift import KEY as CLOCK
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.demo import callbacks, load, world
from wx_backend.entrypoints.embedded.ports import pick_free

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NOON = time(12)


def settings_for(mongo_uri: str, database: str, addresses: Mapping[str, str]) -> Settings:
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
            "WX_HL7_PORT": str(pick_free()),
            "WX_VIEW_SECONDS": "0.05",
            "WX_LOG_LEVEL": "WARNING",
        }
    )


class World(NamedTuple):
    """What a drill needs to know.

    Args:
        slot: with a single place.
        later: another one, of the same doctor, the same day.
        callbacks: by the sandbox's console, the path where its platform calls us.
        team: a ward with everybody on duty.
    """

    slot: str
    later: str
    callbacks: dict[str, str]
    team: Team


def make_world(settings: Settings, platforms: Mapping[str, str]) -> World:
    """The demo's places and accounts, and one clinic at noon with two single places, which are
    everybody's again as soon as it is given back.
    """

    async def run() -> World:
        house = wiring.build(settings)
        try:
            await house.db.ensure(wiring.collections())
            ctx = house.ctx(world.HOSPITAL.id)
            await load.places(ctx)
            await load.channels(ctx, platforms)
            addresses = await callbacks.addresses(house)
            await _decide(house, "booking.wait_list_first", 0)
            await _decide(house, "booking.return_most_minutes", 0)
            [team] = await staffed(ctx, 1)
            clinic = single_places(ctx.today() + timedelta(days=3))
            await schedules.publish(ctx, [clinic])
            slot, later = slots_of(clinic, world.HOSPITAL.id, window_days=14, release=time(7))
            paths = {name: urlsplit(url).path for name, url in addresses.items()}
            return World(slot.id, later.id, paths, team)
        finally:
            wiring.close(house)

    return asyncio.run(run())


def shorten_holds(settings: Settings, minutes: int) -> None:
    async def run() -> None:
        house = wiring.build(settings)
        try:
            await _decide(house, "booking.hold_minutes", minutes)
        finally:
            wiring.close(house)

    asyncio.run(run())


async def _decide(house: House, name: str, value: int) -> None:
    """The hospital's own value of a scoped setting, proposed by one and approved by another."""
    proposer, approver = (
        house.ctx(world.HOSPITAL.id, Actor("staff", who)) for who in ("first", "second")
    )
    draft = await parameters.propose(proposer, name, value, "hospital")
    await parameters.approve(approver, draft.id)


def single_places(on: date) -> Clinic:
    """An hour at noon, when nobody else works, for one patient in each half of it."""
    practice = next(one for one in world.PRACTICES if one.key == "he-zhiyuan")
    doctor, unit = practice.doctor(), world.DEPARTMENTS[practice.department]
    return Clinic(
        department_id=unit.id,
        department=unit.name,
        doctor_id=doctor.id,
        doctor=doctor.name,
        title=doctor.title,
        campus_id=unit.campus_id,
        location=f"{unit.location} {practice.room} 诊室",
        visit_date=on,
        session="AM",
        begins=NOON,
        ends=time(13),
        slot_minutes=30,
        capacity=1,
        fee_fen=1500,
        clinic_type="ordinary",
    )


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
