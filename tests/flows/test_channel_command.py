"""`wx-backend channel`: an account is registered whole, and a key of it is changed alone."""

import argparse
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.told import INST, told
from tests.unit.gateways.test_alipay_keys import OURS, private
from wx_backend.base.audit import RECORDS
from wx_backend.base.clock import WireClock
from wx_backend.base.errors import NotFound
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelIncomplete
from wx_backend.entrypoints import selftest, wiring
from wx_backend.entrypoints.cli import channel
from wx_backend.entrypoints.sandbox.alipay import payers
from wx_backend.entrypoints.sandbox.people import PEOPLE
from wx_backend.gateways.paying import KeysRefused, PaymentState, Prepay


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with told(mongo_uri, tmp_path) as hospital:
        yield hospital


@pytest.fixture
def command(hospital, monkeypatch):
    """Runs it on the hospital's database; its exit code."""
    monkeypatch.setattr(wiring, "build", lambda settings: hospital.house)
    monkeypatch.setattr(wiring, "close", lambda house: None)
    monkeypatch.setattr(channel.settings, "load", lambda: hospital.house.settings)

    async def run(*words: str) -> int:
        parser = argparse.ArgumentParser()
        channel.configure(parser)
        return await channel._run(parser.parse_args(["alipay", *words]))

    return run


def file(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


OPENED = Prepay(
    out_trade_no="pay0000001",
    description="挂号费",
    amount_fen=5000,
    openid=payers.open_id(PEOPLE[0]),
    expires_at=WireClock().now() + timedelta(hours=1),
)


async def test_registered_then_either_sides_key_is_rotated(
    hospital, command, tmp_path, capsys, monkeypatch
):
    keys, home = hospital.running.box.keys, tmp_path
    who = ["--institution", "h1", "--appid", keys.alipay_app_id, "--mchid", keys.alipay_seller_id]
    secret = f"app_private_key={file(home, 'app.pem', keys.alipay_app_pem)}"
    with pytest.raises(ChannelIncomplete):
        await command(*who, "--secret", secret)
    wrong = f"alipay_public_key={file(home, 'wrong.pem', 'bm8ga2V5')}"
    assert await command(*who, "--secret", secret, "--secret", wrong, "--param", "page=a") == 1
    said = capsys.readouterr().out
    assert "✗ 支付宝公钥可用" in said
    last = f"alipay_public_key={file(home, 'last.pem', hospital.running.box.keys.public_pem)}"
    new = file(home, "new.pem", keys.alipay_public_pem)
    await command(*who, "--secret", last)
    assert "✗ 平台认可我们的签名" in capsys.readouterr().out
    await command(*who, "--param", f"other_public_key=@{new}")
    assert "✓ 平台认可我们的签名，应答可以验证" in capsys.readouterr().out
    await command(*who, "--param", "other_public_key=")
    assert "✗ 平台认可我们的签名" in capsys.readouterr().out
    right = f"alipay_public_key={new}"
    await command(*who, "--secret", right)
    assert "✓ 平台认可我们的签名，应答可以验证" in capsys.readouterr().out
    stored = await institutions.channel_for(hospital.ctx, "alipay")
    assert (stored.version, stored.params) == (5, {"page": "a"})
    port = await institutions.alipay(hospital.ctx, stored)
    assert await port.query("nobody0001") == PaymentState(state="NOT_EXIST")
    await command(*who, "--secret", right)
    assert (await institutions.channel_for(hospital.ctx, "alipay")).version == 5
    await port.create(OPENED)
    monkeypatch.setitem(vars(keys), "alipay_app_public_key", OURS.public_key())
    with pytest.raises(KeysRefused):
        await port.query(OPENED.out_trade_no)
    await command(*who, "--secret", f"app_private_key={file(home, 'ours.pem', private(OURS))}")
    stored = await institutions.channel_for(hospital.ctx, "alipay")
    port = await institutions.alipay(hospital.ctx, stored)
    assert (await port.query(OPENED.out_trade_no)).state == "NOTPAY", "what was open is ours still"
    await port.close(OPENED.out_trade_no)
    assert (await port.query(OPENED.out_trade_no)).state == "CLOSED"
    found = await selftest.of_deployment(hospital.house.settings)
    assert {one.name.split()[1] for one in found} >= {"wechat", "alipay"}, "doctor asks of each"
    records = await hospital.ctx.db(RECORDS).month(hospital.ctx.wire_now()).find()
    assert [one["inst"] for one in records if "channel:changed" in one["action"]] == [INST] * 7
    assert "PRIVATE" not in str(records) and "bm8ga2V5" not in str(records)


async def test_an_institution_that_is_not_there(hospital, command):
    await institutions.refresh(hospital.house)
    with pytest.raises(NotFound):
        await command("--institution", "h2", "--appid", "2021000000000001")
