"""The audit trail is sealed as it grows, and whoever touches it afterwards is found."""

import asyncio
import inspect
import random
import re
from datetime import datetime, timedelta

import msgspec
import pytest

from tests.helpers.houses import bare_house, house_on
from wx_backend.base import audit, ids
from wx_backend.base.collection import META
from wx_backend.base.seals import chain, checkpoints, sealer, store, verify
from wx_backend.base.seals.chain import Fault, Seal
from wx_backend.base.seals.store import SEALS
from wx_backend.base.signing import Signer
from wx_backend.entrypoints.cli import audit as command

INST = "ins1"
COLLECTIONS = [META, audit.RECORDS, audit.VALUES, SEALS]


class Trail:
    """An audit trail and what a test does to it behind the program's back."""

    def __init__(self, house):
        self.house, self.ctx = house, house.ctx(INST)
        self.month = f"{self.ctx.wire_now():%Y%m}"
        self.records = house.db.raw(f"{audit.RECORDS.name}_{self.month}")
        self.seals = house.db.raw(f"{SEALS.name}_{self.month}")

    async def grow(self, count: int) -> list[str]:
        """So many records, sealed together; their ids in the order of the seal."""
        for n in range(count):
            await self.house.audit.record(self.ctx, "test:thing:read", f"thing{n}", big=2**40, n=n)
        while await sealer.seal(self.ctx):
            continue
        last = await self.seals.find_one({}, sort=[("_id", -1)])
        return [key for key, _ in last["entries"]]

    async def reseal(self, signer: Signer | None = None) -> None:
        """What a forger does: makes the first seal fit the records, with the key or without."""
        seal = msgspec.convert(await self.seals.find_one({"_id": 1}), Seal)
        records = await store.found(self.house.db, seal)
        fitting = chain.over(seal, [records[key] for key, _ in seal.entries])
        signature = signer.sign(fitting.chain.encode()) if signer else seal.signature
        doc = msgspec.to_builtins(fitting, builtin_types=(datetime,))
        await self.seals.replace_one({"_id": 1}, {**doc, "signature": signature})

    async def faults(self) -> list[Fault]:
        return (await verify.verify(self.ctx, self.month)).faults

    async def kinds(self) -> set[str]:
        return {fault.kind for fault in await self.faults()}


@pytest.fixture
async def trail(mongo_uri, tmp_path):
    async with bare_house(mongo_uri, COLLECTIONS, audit_dir=str(tmp_path)) as house:
        yield Trail(house)


async def test_what_is_recorded_is_sealed_once_and_verifies(trail):
    for count in (3, 1, 5):
        await trail.grow(count)
    assert await sealer.seal(trail.ctx) == 0
    report = await verify.verify(trail.ctx, trail.month)
    assert (report.seals, report.records, report.faults) == (3, 9, [])
    assert (report.late, report.waiting, report.whole) == ([], 0, True)
    assert report.checkpoints == 3
    assert await verify.months(trail.ctx) == [trail.month]


async def test_a_change_is_found_and_named(trail):
    await trail.grow(2)
    first, second = await trail.grow(2)
    await trail.records.update_one({"_id": second}, {"$set": {"actor": "account:other"}})
    assert await trail.faults() == [Fault("changed", 2, second)]
    await trail.records.delete_one({"_id": first})
    assert await trail.faults() == [Fault("removed", 2, first), Fault("changed", 2, second)]


async def test_marking_a_changed_record_as_new_does_not_launder_it(trail):
    [key] = await trail.grow(1)
    await trail.records.update_one({"_id": key}, {"$set": {"subject": "other", "open": True}})
    await trail.grow(2)
    assert Fault("changed", 1, key) in await trail.faults()


async def test_what_is_slipped_in_is_found(trail):
    await trail.grow(2)
    forged = audit.record_of(trail.ctx, "aud-forged", "test:thing:read", "thing")
    del forged["open"]
    await trail.records.insert_one(forged)
    assert await trail.faults() == [Fault("inserted", 0, "aud-forged")]


async def test_a_late_record_is_sealed_and_told(trail):
    await trail.grow(1)
    late = audit.record_of(trail.ctx, "aud-late", "test:thing:read", "thing")
    late["at"] -= timedelta(hours=1)
    await trail.records.insert_one(late)
    await sealer.seal(trail.ctx)
    report = await verify.verify(trail.ctx, trail.month)
    assert (report.whole, report.late) == (True, ["aud-late"])


async def test_a_record_of_a_month_that_is_over_is_sealed_there(trail):
    old = audit.record_of(trail.ctx, "aud-old", "test:thing:read", "thing")
    old["at"] -= timedelta(days=70)
    month = f"{old['at']:%Y%m}"
    await trail.ctx.db(audit.RECORDS).month(old["at"]).insert(old)
    await trail.grow(1)
    assert await verify.months(trail.ctx) == [month, trail.month]
    for one in (month, trail.month):
        report = await verify.verify(trail.ctx, one)
        assert (report.records, report.whole) == (1, True)


async def test_a_month_that_vanished_is_missed_by_the_next_one(trail):
    old = audit.record_of(trail.ctx, "aud-old", "test:thing:read", "thing")
    old["at"] -= timedelta(days=70)
    month = f"{old['at']:%Y%m}"
    await trail.ctx.db(audit.RECORDS).month(old["at"]).insert(old)
    await sealer.seal(trail.ctx)
    await trail.grow(1)
    for name in (f"{SEALS.name}_{month}", f"{audit.RECORDS.name}_{month}"):
        await trail.house.db.raw(name).drop()
    assert await trail.faults() == [Fault("month_broken", 1, month)]
    trail.house.business.offset += timedelta(days=4 * 366)
    assert await trail.faults() == [], "a month whose time is over may be gone"


class TestTamperedSeals:
    async def test_swapped_entries(self, trail):
        await trail.grow(2)
        doc = await trail.seals.find_one({"_id": 1})
        await trail.seals.update_one({"_id": 1}, {"$set": {"entries": doc["entries"][::-1]}})
        assert await trail.faults() == [Fault("seal_changed", 1)]

    async def test_a_seal_taken_out_with_its_records(self, trail):
        await trail.grow(1)
        keys = await trail.grow(2)
        await trail.grow(1)
        await trail.seals.delete_one({"_id": 2})
        await trail.records.delete_many({"_id": {"$in": keys}})
        assert Fault("seal_removed", 2) in await trail.faults()

    async def test_the_end_cut_off_with_its_records(self, trail):
        await trail.grow(1)
        keys = await trail.grow(2)
        await trail.seals.delete_one({"_id": 2})
        await trail.records.delete_many({"_id": {"$in": keys}})
        assert await trail.faults() == [Fault("truncated", 2)]

    async def test_a_chain_made_anew_without_the_key(self, trail):
        [key] = await trail.grow(1)
        await trail.records.update_one({"_id": key}, {"$set": {"subject": "other"}})
        await trail.reseal()
        assert await trail.kinds() == {"seal_forged", "rewritten"}

    async def test_a_chain_made_anew_with_the_key_is_betrayed_by_a_checkpoint(self, trail):
        [key] = await trail.grow(1)
        await trail.records.update_one({"_id": key}, {"$set": {"subject": "other"}})
        await trail.reseal(sealer.sealer(trail.house).signer)
        assert await trail.faults() == [Fault("rewritten", 1)]

    async def test_a_seal_under_another_key(self, trail, mongo_uri):
        await trail.grow(1)
        other = {"audit_keys": "k1:" + "A" * 43 + "="}
        name = trail.records.database.name
        async with house_on(mongo_uri, name, **other) as house:
            faults = (await verify.verify(house.ctx(INST), trail.month)).faults
        assert faults == [Fault("seal_forged", 1)]


@pytest.mark.parametrize("seed", range(24))
async def test_no_tampering_goes_unseen(trail, seed):
    chance = random.Random(seed)
    for _ in range(chance.randint(2, 5)):
        await trail.grow(chance.randint(1, 4))
    assert await trail.faults() == []
    await TAMPERINGS[seed % len(TAMPERINGS)](trail, chance)
    assert await trail.faults() != []


async def _pick(collection, chance) -> dict:
    docs = await collection.find().sort("_id").to_list(None)
    return chance.choice(docs)


async def change_field(trail, chance) -> None:
    doc = await _pick(trail.records, chance)
    name = chance.choice(["actor", "action", "subject", "trace", "inst", "data.n", "new"])
    await trail.records.update_one({"_id": doc["_id"]}, {"$set": {name: "other"}})


async def move_time(trail, chance) -> None:
    doc = await _pick(trail.records, chance)
    at = doc["at"] + timedelta(milliseconds=chance.choice([-1, 1]))
    await trail.records.update_one({"_id": doc["_id"]}, {"$set": {"at": at}})


async def remove_record(trail, chance) -> None:
    await trail.records.delete_one({"_id": (await _pick(trail.records, chance))["_id"]})


async def copy_record(trail, chance) -> None:
    await trail.records.insert_one({**await _pick(trail.records, chance), "_id": ids.new("aud")})


async def swap_seals(trail, chance) -> None:
    first, second = chance.sample(await trail.seals.find().to_list(None), 2)
    for key, doc in ((first["_id"], second), (second["_id"], first)):
        await trail.seals.replace_one({"_id": key}, {**doc, "_id": key})


async def swap_contents(trail, chance) -> None:
    """Two records exchange what they say."""
    first, second = chance.sample(await trail.records.find().to_list(None), 2)
    for key, doc in ((first["_id"], second), (second["_id"], first)):
        await trail.records.replace_one({"_id": key}, {**doc, "_id": key})


async def remove_seal(trail, chance) -> None:
    await trail.seals.delete_one({"_id": (await _pick(trail.seals, chance))["_id"]})


async def drop_entry(trail, chance) -> None:
    doc = await _pick(trail.seals, chance)
    await trail.seals.update_one({"_id": doc["_id"]}, {"$pop": {"entries": -1}})


TAMPERINGS = [
    change_field,
    move_time,
    remove_record,
    copy_record,
    swap_seals,
    swap_contents,
    remove_seal,
    drop_entry,
]


class TestCrashes:
    async def test_after_the_seal_before_the_marks(self, trail, monkeypatch):
        async def dies(*_) -> None:
            raise ConnectionError

        with monkeypatch.context() as patched:
            patched.setattr(store, "settled", dies)
            with pytest.raises(ConnectionError):
                await trail.grow(3)
        assert await trail.records.count_documents({"open": True}) == 3
        assert (await verify.verify(trail.ctx, trail.month)).whole
        await trail.grow(2)
        report = await verify.verify(trail.ctx, trail.month)
        assert (report.seals, report.records, report.waiting, report.whole) == (2, 5, 0, True)

    async def test_before_the_checkpoint_the_next_sealer_writes_it(
        self, trail, mongo_uri, tmp_path
    ):
        await trail.grow(1)
        for file in tmp_path.iterdir():
            file.unlink()
        name = trail.records.database.name
        async with house_on(mongo_uri, name, audit_dir=str(tmp_path)) as house:
            await sealer.sealer(house).turn(house.ctx(None))
        assert [one.n for one in checkpoints.read(tmp_path, trail.month)] == [1]

    async def test_a_checkpoint_cut_off_is_passed_over(self, trail, tmp_path):
        await trail.grow(1)
        with (tmp_path / f"audit-{trail.month}.jsonl").open("ab") as file:
            file.write(b'{"n":2,"cha')
        await trail.grow(1)
        report = await verify.verify(trail.ctx, trail.month)
        assert (report.checkpoints, report.whole) == (2, True)

    async def test_two_sealers_at_once_seal_everything_once(self, trail, mongo_uri):
        name = trail.records.database.name
        async with house_on(mongo_uri, name) as other:
            for round_ in range(5):
                for n in range(20):
                    await trail.house.audit.record(trail.ctx, "test:thing:read", f"{round_}-{n}")
                await asyncio.gather(
                    *(sealer.sealer(one).turn(one.ctx(None)) for one in (trail.house, other) * 2)
                )
        report = await verify.verify(trail.ctx, trail.month)
        assert (report.records, report.waiting, report.faults) == (100, 0, [])

    async def test_one_process_holds_the_lease(self, trail, mongo_uri):
        await trail.grow(1)
        async with house_on(mongo_uri, trail.records.database.name) as other:
            await trail.house.audit.record(trail.ctx, "test:thing:read", "thing")
            assert await sealer.seal(other.ctx(None)) == 0
            await trail.house.db.raw("meta").update_one(
                {"_id": "lease:audit_sealer"}, {"$set": {"until": trail.ctx.wire_now()}}
            )
            await asyncio.sleep(0.002)
            assert await sealer.seal(other.ctx(None)) == 1


async def test_erasing_personal_values_leaves_the_chain_whole(trail):
    personal = {"before": "张三丰", "after": "张三"}
    await trail.house.audit.record(trail.ctx, "test:name:change", "pat1", personal=personal)
    await sealer.seal(trail.ctx)
    record = await trail.records.find_one({"subject": "pat1"})
    assert "张" not in str(record)
    assert "张" not in str(await trail.house.db.raw("audit_values").find().to_list(None))
    assert await audit.values_of(trail.ctx, record) == personal
    assert await audit.erase(trail.ctx, "pat1") == 2
    assert await audit.values_of(trail.ctx, record) == {"before": None, "after": None}
    assert await trail.faults() == []


def test_a_seal_is_stored_under_its_number():
    assert Seal.__struct_encode_fields__[0] == "_id"


class TestCommand:
    async def test_it_says_where_and_fails(self, trail, capsys):
        [key] = await trail.grow(1)
        assert await command._verify(trail.house, None) == 0
        assert f"✓ {trail.month}: 1 条记录" in capsys.readouterr().out
        await trail.records.delete_one({"_id": key})
        assert await command._verify(trail.house, trail.month) == 1
        assert f"记录被删除 record removed: seal 1 {key}" in capsys.readouterr().out

    def test_every_fault_has_words(self):
        source = inspect.getsource(verify) + inspect.getsource(chain)
        kinds = set(re.findall(r'Fault\("(\w+)"', source))
        assert kinds == command.WORDS.keys()
