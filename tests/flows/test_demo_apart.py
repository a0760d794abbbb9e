"""The demo's accounts and a hospital's database never meet, and production starts without any."""

from pathlib import Path

import msgspec
import pytest

from tests.helpers.houses import bare_house
from wx_backend.base.collection import META
from wx_backend.directory.departments import store as units
from wx_backend.directory.institutions import store as places
from wx_backend.entrypoints import belonging, upkeep
from wx_backend.entrypoints.cli import hospital
from wx_backend.entrypoints.demo import load, staff, world
from wx_backend.identity.accounts import store as accounts
from wx_backend.identity.revocations import store as revocations
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin import store as credentials
from wx_backend.identity.signin.model import Password, WrongCredentials
from wx_backend.identity.staff import store as members

SAMPLE = (Path(__file__).parents[2] / "deploy/hospital.json").read_bytes()
PEOPLE = (members.STAFF, credentials.CREDENTIALS, accounts.ACCOUNTS)
COLLECTIONS = (
    *(*PEOPLE, META, credentials.LOCKOUTS, revocations.REVOCATIONS),
    *(places.INSTITUTIONS, places.CAMPUSES, units.DEPARTMENTS, units.DOCTORS, units.WARDS),
)


@pytest.fixture
async def house(mongo_uri):
    async with bare_house(mongo_uri, COLLECTIONS) as house:
        yield house


def becomes(house, env: str) -> None:
    house.settings = msgspec.structs.replace(house.settings, env=env)


async def people(house) -> list[int]:
    return [await house.db.raw(one.name).count_documents({}) for one in PEOPLE]


async def test_production_starts_without_accounts(house):
    becomes(house, "production")
    await upkeep.load(house)
    assert await people(house) == [0, 0, 0]
    ctx = house.ctx(world.HOSPITAL.id)
    for one in (staff.BY_KEY["cheng-hao"], staff.BY_KEY["tao-hui"]):
        with pytest.raises(WrongCredentials):
            await signin.begin(ctx, Password(one.number, staff.PASSWORD), "203.0.113.7")


@pytest.mark.parametrize("env", ["production", "demo"])
async def test_the_demo_is_not_loaded_into_a_hospitals_database(house, env):
    await hospital.take_over(house, SAMPLE)
    before = await people(house)
    becomes(house, env)
    with pytest.raises(belonging.NotTheDemos):
        await load.load(house, {})
    assert await people(house) == before
    assert await house.db.raw("institutions").count_documents({}) == 1


async def test_nor_into_an_empty_one_of_production(house):
    becomes(house, "production")
    with pytest.raises(belonging.NotTheDemos):
        await load.load(house, {})
    assert await people(house) == [0, 0, 0]


async def test_production_does_not_start_on_the_demos_database(house):
    becomes(house, "demo")
    await belonging.take_for_demo(house, ["ins1"])
    await upkeep.load(house)
    becomes(house, "production")
    with pytest.raises(belonging.DemoInside):
        await upkeep.load(house)
