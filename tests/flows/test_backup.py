"""`wx-backend backup`: what a restored database lacks is named; what was lost is written down."""

import argparse
from datetime import timedelta

import pytest

from booking.payments import service as payments
from booking.payments.model import OrderSpec
from tests.helpers.houses import bare_house
from wx_backend.base import audit, ids
from wx_backend.base.seals import checkpoints, sealer, verify
from wx_backend.base.secrets import Vault
from wx_backend.entrypoints import backup, wiring
from wx_backend.entrypoints.cli import backup as command


class Restored:
    """A database that is looked through."""

    def __init__(self, house, monkeypatch):
        self.house, self.ctx = house, house.ctx(None)
        monkeypatch.setattr(wiring, "build", lambda settings: house)
        monkeypatch.setattr(wiring, "close", lambda house: None)
        monkeypatch.setattr(command.settings, "load", lambda: house.settings)

    async def run(self, *words: str) -> int:
        parser = argparse.ArgumentParser()
        command.configure(parser)
        return await command._run(parser.parse_args(words))

    async def wrong(self) -> dict[str, list[str]]:
        """What is wrong, by the first word of the check's name."""
        found = [check async for check in backup.examine(self.ctx, wiring.collections())]
        return {check.name.split()[0]: check.wrong for check in found if check.wrong}

    async def seal(self, count: int) -> None:
        for n in range(count):
            await self.house.audit.record(self.ctx, "test:thing:read", f"thing{n}")
            while await sealer.seal(self.ctx):
                continue


@pytest.fixture
async def restored(mongo_uri, tmp_path, monkeypatch):
    async with bare_house(mongo_uri, wiring.collections(), audit_dir=str(tmp_path)) as house:
        yield Restored(house, monkeypatch)


async def test_a_whole_one_is_whole(restored, capsys):
    await restored.seal(2)
    assert await restored.run("check") == 0
    assert "2 条记录" in (told := capsys.readouterr().out) and "data as of: 2" in told
    assert await restored.run("accept", "--reason", "演练") == 0
    assert "没有缺失" in capsys.readouterr().out


async def test_what_is_missing_is_named(restored, capsys):
    house, vault = restored.house, restored.house.vault
    await house.db.raw("appointments").drop_index("place")
    key = ids.new("pat")
    person = {
        "_id": key,
        "inst": "ins1",
        "id_no": vault.seal("11010519491231002X", f"patients.id_no:{key}"),
        "id_blind": vault.blind("11010519491231002X", "patients.id_no"),
    }
    await house.db.raw("patients").insert_one(person)
    wrong = await restored.wrong()
    assert "appointments.place" in wrong.pop("索引") and not wrong
    house.vault = Vault({"v1": bytes(32)}, b"i" * 32)
    assert (await restored.wrong())["密钥"] == [f"patients {key}: WX_INDEX_KEY 不符 is another one"]
    house.vault = Vault({"v1": b"k" * 32}, bytes(32))
    assert (await restored.wrong())["密钥"] == [f"patients {key}: a sealed value does not open"]
    assert await restored.run("check") == 1
    assert "✗ 密钥 keys, patients.id_no v1: 1" in capsys.readouterr().out


async def test_money_that_does_not_add_up_is_named(restored):
    ctx = restored.ctx.within("ins1")
    spec = OrderSpec(
        purpose={"kind": "test", "id": "thing"},
        account="acc1",
        title="演练",
        amount_fen=5000,
        expires_at=ctx.now() + timedelta(hours=1),
    )
    order = await payments.take_cash(ctx, spec)
    assert "订单账目" not in await restored.wrong()
    await restored.house.db.raw("orders").update_one({"_id": order.id}, {"$set": {"state": "OPEN"}})
    assert (await restored.wrong())["订单账目"] == [f"{order.id}: OPEN, 分录 entries say PAID"]
    found = await backup.standing(restored.ctx, wiring.collections())
    assert found.untold == {"orders": 1}


async def test_an_older_backup_goes_on_once_its_loss_is_written_down(restored, tmp_path, capsys):
    await restored.seal(5)
    ctx, db = restored.ctx, restored.house.db
    month = f"{ctx.wire_now():%Y%m}"
    lost = await db.raw(f"audit_seals_{month}").find({"_id": {"$gt": 3}}).to_list(None)
    for seal in lost:
        await db.raw(f"audit_{month}").delete_one({"_id": seal["entries"][0][0]})
        await db.raw(f"audit_seals_{month}").delete_one({"_id": seal["_id"]})
    assert (await restored.wrong())["审计"] == ["缺少封存 lost seals 4–5: wx-backend backup accept"]
    assert await restored.run("accept", "--reason", "磁盘损坏，恢复到夜间备份") == 0
    assert "kept up to seal 3, 缺失 lost 2" in capsys.readouterr().out
    assert await restored.wrong() == {}
    [written] = await audit.records(ctx, ctx.wire_now(), action="backup:trail:accepted")
    assert (written["data"]["kept"], written["data"]["lost"]) == (3, 2)
    [aside] = tmp_path.glob("*.before-*")
    assert len(aside.read_bytes().split()) == 5
    await restored.seal(1)
    assert (await verify.verify(ctx, month)).whole


async def test_what_is_more_than_a_restore_is_not_accepted(restored, tmp_path):
    await restored.seal(2)
    ctx, month = restored.ctx, f"{restored.ctx.wire_now():%Y%m}"
    last = checkpoints.read(tmp_path, month)[-1]
    await restored.house.db.raw(f"audit_{month}").update_one({}, {"$set": {"actor": "account:x"}})
    with pytest.raises(backup.NotARestore):
        await backup.accept(ctx, "演练")
    assert checkpoints.read(tmp_path, month)[-1] == last


async def test_a_month_that_only_checkpoints_know_is_missed(restored):
    await restored.seal(1)
    month = f"{restored.ctx.wire_now():%Y%m}"
    for name in (f"audit_{month}", f"audit_seals_{month}"):
        await restored.house.db.raw(name).drop()
    assert "lost seals 1–1" in (await restored.wrong())["审计"][0]
