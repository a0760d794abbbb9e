"""The database layer against a real mongod: scope, duplicates, batches, the crash hook."""

import asyncio
import signal
import subprocess
import sys

import pytest
from pymongo.errors import BulkWriteError

from tests.helpers.houses import bare_house
from wx_backend.base import ids
from wx_backend.base.collection import META, Collection, Duplicate, Index
from wx_backend.base.db import SCHEMA_VERSION, IndexChanged, SchemaTooNew

THINGS = Collection(
    "db_things",
    retention="test",
    outbox=True,
    indexes=(
        Index("place", (("slot", 1), ("n", 1)), unique=True, partial={"active": True}),
        Index("limits", (("limits", 1),), unique=True, sparse=True),
    ),
)


@pytest.fixture
async def house(mongo_uri):
    async with bare_house(mongo_uri, [THINGS]) as made:
        yield made


def seat(key, slot="s", n=1, **more):
    return {"_id": key, "slot": slot, "n": n, "active": True, **more}


async def test_an_institution_sees_only_its_own(house):
    ours, theirs = house.ctx("ins1").db(THINGS), house.ctx("ins2").db(THINGS)
    await ours.insert(seat("a"))
    assert await ours.get("a")
    assert await theirs.get("a") is None
    assert await theirs.find_one({"_id": "a"}) is None
    assert await theirs.find() == []
    assert await theirs.count() == 0
    assert await theirs.change({"_id": "a"}, {"$set": {"n": 9}}) is None
    assert await theirs.change_many({}, {"$set": {"n": 9}}) == 0
    assert await theirs.delete_many({}) == 0
    assert await theirs.aggregate({"$count": "n"}) == []
    assert (await ours.get("a"))["n"] == 1


async def test_a_filter_cannot_widen_the_scope(house):
    await house.ctx("ins1").db(THINGS).insert(seat("a"))
    assert await house.ctx("ins2").db(THINGS).find({"inst": "ins1"}) == []


async def test_a_duplicate_says_which_key_was_taken(house):
    table = house.ctx("ins1").db(THINGS)
    await table.insert(seat("a", limits=["day:p:0"]))
    for doc, field, value in (
        (seat("a", n=2), "_id", "a"),
        (seat("b"), "slot+n", ("s", 1)),
        (seat("c", n=3, limits=["x", "day:p:0"]), "limits", "day:p:0"),
    ):
        for insert in (table.insert, table.insert_together):
            with pytest.raises(Duplicate) as taken:
                await insert(doc)
            assert (taken.value.field, taken.value.value) == (field, value)
    assert await table.count() == 1


async def test_a_place_is_free_again_when_nobody_is_active_on_it(house):
    table = house.ctx("ins1").db(THINGS)
    await table.insert(seat("a"))
    await table.change({"_id": "a"}, {"$unset": {"active": ""}})
    await table.insert(seat("b"))


async def test_inserts_of_one_moment_are_one_write_with_answers_of_their_own(house):
    table = house.ctx("ins1").db(THINGS)
    before = house.db.calls["db_things.insert"]
    results = await asyncio.gather(
        *(table.insert_together(seat(f"k{n}", n=n % 10)) for n in range(40)),
        return_exceptions=True,
    )
    assert results.count(None) == 10
    assert sum(isinstance(result, Duplicate) for result in results) == 30
    assert house.db.calls["db_things.insert"] - before == 1


async def test_what_a_primary_has_not_passed_on_is_not_taken_for_stored(house, monkeypatch):
    """It steps down before others have it, and says so beside an ordinary duplicate."""
    gone = {"code": 189, "codeName": "PrimarySteppedDown", "errmsg": "stepped down"}
    taken = {"index": 0, "code": 11000, "errmsg": "", "keyPattern": {"_id": 1}, "keyValue": {}}

    async def insert_many(docs, ordered):
        raise BulkWriteError({"writeErrors": [taken], "writeConcernErrors": [gone]})

    monkeypatch.setattr(house.db.raw("db_things"), "insert_many", insert_many)
    with pytest.raises(BulkWriteError):
        await house.ctx("ins1").db(THINGS).insert_together(seat("a"))


async def test_writes_outlive_a_primary(house):
    """Of a transaction, too: it has its concern from the client."""
    table = house.db.raw("db_things")
    for one in (table, table.database.client):
        assert one.write_concern.document == {"w": "majority", "j": True}


async def test_readers_never_see_the_outbox(house):
    table = house.ctx("ins1").db(THINGS)
    await table.insert(seat("a", outbox=[{"id": "a:1:0", "at": house.wire.now()}]))
    for doc in (
        await table.get("a"),
        await table.find_one({}),
        (await table.find())[0],
        await table.change({"_id": "a"}, {"$set": {"n": 2}}),
    ):
        assert "outbox" not in doc
    assert (await table.outboxes(10))[0]["outbox"][0]["id"] == "a:1:0"
    await table.pull_events([("a", ["a:1:0"])])
    assert await table.outboxes(10) == []


async def test_an_index_that_is_another_one_now_is_replaced_only_when_told(house):
    await house.db.raw(THINGS.name).drop_index("place")
    await house.db.raw(THINGS.name).create_index([("slot", 1)], name="place")
    with pytest.raises(IndexChanged, match=r"db_things\.place"):
        await house.db.ensure([THINGS])
    await house.db.ensure([THINGS], replace=True)
    assert await house.db.unlike(THINGS) == []


async def test_a_month_that_is_there_gets_an_index_it_lacks(house):
    monthly = Collection("db_days", retention="test", monthly=True, indexes=(THINGS.indexes[1],))
    await house.db.raw("db_days_202601").insert_one({"_id": "a"})
    [missing] = await house.db.unlike(monthly)
    assert (str(missing), missing.there) == ("db_days_202601.limits", False)
    await house.db.ensure([monthly])
    assert await house.db.unlike(monthly) == []
    await house.db.drop_month(monthly, "202601")


async def test_a_newer_schema_stops_an_older_program(house):
    meta = house.ctx(None).db(META)
    await meta.put("schema", {"version": SCHEMA_VERSION + 1})
    with pytest.raises(SchemaTooNew):
        await house.db.ensure([THINGS])


CRASH = """
import asyncio, sys
from wx_backend.base.collection import Collection
from wx_backend.base.db import Database
T = Collection("crash", retention="test")
async def main():
    table = Database(sys.argv[1], sys.argv[2], crash_after_writes=3).scoped(T, "ins1")
    for n in range(9):
        await table.insert({"_id": n})
        await table.find()
asyncio.run(main())
"""


async def test_the_crash_hook_kills_after_the_nth_write_and_not_before(house, mongo_uri):
    name = ids.new("test")
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", CRASH, mongo_uri, name], check=False, timeout=30
    )
    assert done.returncode == -signal.SIGKILL
    client = house.db._client
    assert await client[name]["crash"].count_documents({}) == 3
    await client.drop_database(name)
