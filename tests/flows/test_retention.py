"""What is past its time goes, what is not stays, and the audit knows of it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from tests.helpers.houses import bare_house
from wx_backend.base import ids
from wx_backend.base.audit import RECORDS
from wx_backend.base.collection import META, Collection
from wx_backend.base.context import House
from wx_backend.entrypoints import retention
from wx_backend.entrypoints.cli.main import main

LETTERS = Collection("letters", retention="message", monthly=True)
TRAIL = Collection("trail", retention="audit", scoped=False, monthly=True)
CHORES = Collection("chores", retention="audit", ages="done_at")
CHARTS = Collection("charts", retention="inpatient", ages="done_at")
ALL = (LETTERS, TRAIL, CHORES, CHARTS, META)


@pytest.fixture
async def house(mongo_uri: str) -> AsyncIterator[House]:
    async with bare_house(mongo_uri, ALL, retention_daily=True) as house:
        yield house


def ago(house: House, days: int) -> datetime:
    return house.wire.now() - timedelta(days=days)


async def letters(house: House, days: int, inst: str, count: int = 1, **more: object) -> None:
    table = house.ctx(inst).db(LETTERS).month(ago(house, days))
    await table.insert_many([{"_id": ids.new("let"), **more} for _ in range(count)])


async def left(house: House) -> dict[str, int]:
    """How many documents are where, those of the audit and the house's own apart."""
    names = await house.db.raw("x").database.list_collection_names()
    own = [name for name in names if name.partition("_")[0] not in ("audit", "meta")]
    counts = {name: await house.db.raw(name).count_documents({}) for name in own}
    return {name: count for name, count in counts.items() if count}


async def told(house: House) -> list[tuple]:
    docs = await house.db.raw(f"{RECORDS.name}_{house.wire.now():%Y%m}").find().to_list(None)
    said = ((doc["inst"], doc["subject"], doc["data"]["documents"]) for doc in docs)
    return sorted(said, key=str)


async def remove(house: House) -> int:
    ctx = house.ctx(None)
    return await retention.remove(ctx, await retention.over(ctx, ALL))


async def test_months_past_their_class_go_and_each_institution_is_told(house: House) -> None:
    for days in (10, 300, 420):
        await letters(house, days, "ins1", 2)
        await letters(house, days, "ins2")
    await house.db.scoped(TRAIL, None).month(ago(house, 420)).insert({"_id": "t1"})
    gone = f"letters_{ago(house, 420):%Y%m}"
    assert await remove(house) == 3
    assert gone not in await left(house)
    assert sum((await left(house)).values()) == 6 + 1
    assert await told(house) == [("ins1", gone, 2), ("ins2", gone, 1)]
    assert await remove(house) == 0, "there is nothing more"
    house.business.offset += timedelta(days=300)
    assert await remove(house) == 3
    house.business.offset += timedelta(days=3 * 366)
    assert await remove(house) == 3 + 1


async def test_a_month_in_which_something_waits_stays(house: House) -> None:
    await letters(house, 420, "ins1", due_at=house.wire.now())
    await letters(house, 420, "ins1")
    (found,) = await retention.over(house.ctx(None), ALL)
    assert (found.total, found.waits) == (2, 1)
    assert (await remove(house), await told(house)) == (0, [])


async def test_documents_that_ended_long_ago_go(house: House) -> None:
    for name in (CHORES, CHARTS):
        await (
            house.ctx("ins1")
            .db(name)
            .insert_many(
                [
                    {"_id": "old", "done_at": ago(house, 1100)},
                    {"_id": "new", "done_at": ago(house, 1000)},
                    {"_id": "open", "done_at": None},
                    {"_id": "never"},
                ]
            )
        )
    assert await remove(house) == 1
    assert await left(house) == {"charts": 4, "chores": 3}
    assert await house.ctx("ins1").db(CHORES).get("old") is None
    assert await told(house) == [("ins1", "chores", 1)]


async def test_once_a_day_and_only_where_it_is_wanted(house: House, mongo_uri: str) -> None:
    sweep = retention.sweep(ALL)
    await letters(house, 420, "ins1")
    async with bare_house(mongo_uri, ALL) as unwilling:
        await letters(unwilling, 420, "ins1")
        assert await sweep.run(unwilling.ctx(None)) == 0
        assert len(await left(unwilling)) == 1
    assert await sweep.run(house.ctx(None)) == 1
    await letters(house, 420, "ins1")
    assert await sweep.run(house.ctx(None)) == 0, "not twice a day"
    house.business.offset += timedelta(days=1)
    assert await sweep.run(house.ctx(None)) == 1


async def test_the_command_counts_first_and_removes_when_told(
    mongo_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key, name = base64.b64encode(bytes(32)).decode(), ids.new("test")
    given = {"SECRET": "s" * 40, "FIELD_KEYS": f"v1:{key}", "INDEX_KEY": key, "MONGO_DB": name}
    for setting, value in {**given, "MONGO_URI": mongo_uri, "BROKER_URL": ""}.items():
        monkeypatch.setenv(f"WX_{setting}", value)

    def command(*options: str) -> str:
        assert main(["retention", *options]) == 0
        return capsys.readouterr().out

    async with bare_house(mongo_uri, ALL, name) as house:
        month = ago(house, 420)
        raw = house.db.raw(f"messages_{month:%Y%m}")
        await raw.insert_many([{"_id": n, "inst": "ins1"} for n in range(3)])
        for options, words in (
            (("--dry-run",), "would be removed: 3"),
            (("--apply",), "removed: 3"),
            (("--dry-run",), "would be removed: 0"),
        ):
            said = await asyncio.to_thread(command, *options)
            assert words in said
        assert await raw.count_documents({}) == 0
        assert await told(house) == [("ins1", f"messages_{month:%Y%m}", 3)]


def test_neither_is_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["retention"])
