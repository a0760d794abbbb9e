"""Killed after a write while numbers are made, changed and closed: run again, all is well."""

import signal

from tests.helpers.forks import ended
from tests.helpers.houses import bare_house
from tests.helpers.timetable_child import COLLECTIONS, SECOND, work
from wx_backend.base.context import House
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.demo import world

MOST = 40
"""More writes than the story has."""


async def directory(house: House) -> None:
    ctx = house.ctx(world.HOSPITAL.id)
    await institutions.register(ctx, world.HOSPITAL, world.RIVERSIDE)
    await departments.register(ctx, list(world.DEPARTMENTS.values()), world.doctors())


async def everything(house: House) -> tuple[list, list, list]:
    """Slots, schedules with the events they carry, and deviations."""
    slots = await house.db.raw("slots").find().sort("_id").to_list(None)
    schedules = await house.db.raw("schedules").find().to_list(None)
    deviations = await house.db.raw("deviations").find().to_list(None)
    return slots, schedules, deviations


async def test_the_story_killed_after_each_write_ends_the_same(mongo_uri):
    died = 0
    for n in range(1, MOST, 4):
        async with bare_house(mongo_uri, COLLECTIONS) as house:
            name = house.db.raw("meta").database.name
            await directory(house)
            code = await ended(work, mongo_uri, name, n)
            assert code in (0, -signal.SIGKILL)
            died += code != 0
            assert await ended(work, mongo_uri, name, 0) == 0
            slots, [schedule], [deviation] = await everything(house)
            assert len(slots) == 7, f"killed after write {n}"
            assert {one["state"] for one in slots} == {"CLOSED"}
            assert {one["capacity"] for one in slots} <= {SECOND.capacity, 4}
            assert (schedule["state"], schedule["done"]) == ("CLOSED", "2.1.0.CLOSED")
            told = [one["type"] for one in schedule.get("outbox", [])]
            assert told.count("schedule.closed") == 1, f"killed after write {n}"
            assert deviation["version"] == 1
            if code == 0:
                break
    assert died >= 3, "the story was not killed where it matters"
    assert code == 0, "the last telling survives: no write is left to die after"
