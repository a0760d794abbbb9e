"""`wx-backend channel`: an account is registered whole, and a key of it is changed alone."""

import argparse
from pathlib import Path

import pytest

from tests.helpers.told import INST, told
from wx_backend.base.audit import RECORDS
from wx_backend.base.errors import NotFound
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelIncomplete
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.cli import channel
from wx_backend.gateways.paying import PaymentState


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


async def test_registered_then_one_key_is_rotated(hospital, command, tmp_path, capsys):
    keys, home = hospital.running.box.keys, tmp_path
    who = ["--institution", "h1", "--appid", keys.alipay_app_id, "--mchid", keys.alipay_seller_id]
    secret = f"app_private_key={file(home, 'app.pem', keys.alipay_app_pem)}"
    with pytest.raises(ChannelIncomplete):
        await command(*who, "--secret", secret)
    wrong = f"alipay_public_key={file(home, 'wrong.pem', 'bm8ga2V5')}"
    assert await command(*who, "--secret", secret, "--secret", wrong, "--param", "page=a") == 1
    said = capsys.readouterr().out
    assert "✗ 支付宝公钥可用" in said
    right = f"alipay_public_key={file(home, 'right.pem', keys.alipay_public_pem)}"
    await command(*who, "--secret", right)
    said = capsys.readouterr().out
    assert "✓ 平台认可我们的签名，应答可以验证" in said
    stored = await institutions.channel_for(hospital.ctx, "alipay")
    assert (stored.version, stored.params) == (2, {"page": "a"})
    port = await institutions.alipay(hospital.ctx, stored)
    assert await port.query("nobody0001") == PaymentState(state="NOT_EXIST")
    await command(*who, "--secret", right)
    assert (await institutions.channel_for(hospital.ctx, "alipay")).version == 2
    records = await hospital.ctx.db(RECORDS).month(hospital.ctx.wire_now()).find()
    assert [one["inst"] for one in records if "channel:changed" in one["action"]] == [INST] * 3
    assert "PRIVATE" not in str(records) and "bm8ga2V5" not in str(records)


async def test_an_institution_that_is_not_there(hospital, command):
    await institutions.refresh(hospital.house)
    with pytest.raises(NotFound):
        await command("--institution", "h2", "--appid", "2021000000000001")
