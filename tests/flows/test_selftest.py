"""The self-test of channels in words: what is missing, what does not open, who does not listen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import PublicFormat as Format

from notify.outages import service as outages
from notify.outages.service import AccountsUnusable
from tests.helpers.houses import bare_house, forget
from tests.helpers.sandbox import Sandbox
from tests.helpers.told import told
from wx_backend.base.context import House
from wx_backend.base.errors import AppError
from wx_backend.base.secrets import Vault
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel, ChannelSpec, secret_aad
from wx_backend.directory.institutions.store import CHANNELS
from wx_backend.entrypoints import selftest
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.identity.worklist.store import TASKS

WHOLE, LISTENS = "内容齐全，密钥可以解密", "检验系统的监听端口可达"
REACHED, SIGNED = "医院系统可达，时钟一致", "医院系统认可我们的签名"
SECRETS = {"secret": "s", "token": "t", "aes_key": "a" * 43}


@pytest.fixture
async def house(mongo_uri: str) -> AsyncIterator[House]:
    async with bare_house(mongo_uri, (CHANNELS,)) as house:
        yield house


async def wrong(house: House, channel: Channel) -> dict[str, list[str]]:
    return {check.name: check.wrong for check in await selftest.of_channel(house, channel)}


async def lis(house: House, port: int) -> Channel:
    params = {"host": "127.0.0.1", "port": str(port)}
    ctx = house.ctx("ins1")
    return await institutions.register_channel(
        ctx, ChannelSpec("lis", {}, appid="LIS|JQ", params=params)
    )


async def test_a_lis_that_listens_and_one_that_does_not(house: House, silent_port: int) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await wrong(house, await lis(house, port)) == {WHOLE: [], LISTENS: []}
    server.close()
    found = await wrong(house, await lis(house, silent_port))
    assert (found[WHOLE], found[LISTENS][0].startswith("连接失败")) == ([], True)


async def test_what_a_stored_account_lacks_is_named(house: House) -> None:
    ctx = house.ctx("ins1")
    whole = await institutions.register_channel(
        ctx, ChannelSpec("wechat_mini", SECRETS, appid="wx1")
    )
    lame = msgspec.structs.replace(whole, secrets={"secret": whole.secrets["secret"]})
    assert await wrong(house, lame) == {WHOLE: ["secrets.token：未填写", "secrets.aes_key：未填写"]}
    house.vault = Vault({"v2": b"n" * 32}, b"i" * 32)
    assert await wrong(house, whole) == {WHOLE: ["secrets：无法解密"]}


async def test_an_account_that_its_platform_refuses_is_one_task_until_it_works(
    mongo_uri: str, tmp_path: Path
) -> None:
    """Whatever is refused, however often and in whichever process; nobody is shown a secret."""
    async with told(mongo_uri, tmp_path) as hospital:
        house, ctx, key = hospital.house, hospital.ctx, hospital.channel.id
        port = await institutions.wechat(ctx, hospital.channel)

        async def state() -> tuple[list[str], list[str]]:
            """Asks once more; the state of each task, and what is refused."""
            with suppress(AppError):
                await port.unionid("openid")
            with suppress(AppError):
                await port.upkeep.menu()
            await outages.hear(house)
            tasks = await ctx.db(TASKS).find()
            assert all(keys.secret not in one["about"] and keys.appid in one["about"]
                       for one in tasks)  # fmt: skip
            known = (await outages.of(ctx)).get(key, [])
            return [one["state"] for one in tasks], [one.call for one in known]

        keys = hospital.running.box.keys
        assert await state() == ([], [])
        await outages.check(house)
        await hospital.fault("ip_denied", "*", times=None)
        assert await state() == (["OPEN"], [""])
        assert await state() == (["OPEN"], [""])
        with pytest.raises(AccountsUnusable):
            await outages.check(house)
        await hospital.ctl("clear", what="faults")
        await hospital.fault("refused", "*/get_current_selfmenu_info", times=2, value=48001)
        assert await state() == (["OPEN"], ["menu"]), "one thing works, and one is not allowed"
        hospital.later(minutes=31)
        await ctx.db(TASKS).change_many({}, {"$set": {"state": "DONE"}})
        assert await state() == (["OPEN"], ["menu"]), "who thought it mended is asked again"
        assert await state() == (["DONE"], [])
        await outages.check(house)


KNOWN, OURS, THEIRS = "平台认可我们的签名，应答可以验证", "用应用私钥签名并验证", "支付宝公钥可用"


@pytest.mark.parametrize(
    ("secret", "holds", "said"),
    [
        ("", "", {KNOWN: "", OURS: "", THEIRS: ""}),
        ("alipay_public_key", "own", {KNOWN: "平台没有给出", OURS: "", THEIRS: "填写的是应用公钥"}),
        ("app_private_key", "theirs", {KNOWN: "平台拒绝了查询：isv.invalid-signature", OURS: ""}),
        ("app_private_key", "bm8ga2V5", {KNOWN: "密钥无法使用", OURS: "应用私钥不能签名"}),
    ],
    ids=["sound", "own-public-key", "another-key", "no-key"],
)
async def test_the_keys_of_a_pay_platform_are_tried_on_it(
    mongo_uri: str, tmp_path: Path, secret: str, holds: str, said: dict[str, str]
) -> None:
    async with told(mongo_uri, tmp_path) as hospital:
        channel, keys = await hospital.alipay(), hospital.running.box.keys
        own = keys.alipay_app_public_key.public_bytes(
            Encoding.PEM, Format.SubjectPublicKeyInfo
        ).decode()
        value = {"own": own, "theirs": keys.alipay_pem}.get(holds, holds)
        sealed = hospital.house.vault.seal(value, secret_aad(channel.id, secret))
        changed = {**channel.secrets, secret: sealed} if secret else channel.secrets
        found = await wrong(hospital.house, msgspec.structs.replace(channel, secrets=changed))
        for name, words in said.items():
            assert "".join(found[name])[: len(words) or None] == words, name


async def test_a_his_that_knows_our_signature_and_one_that_does_not(
    house: House, sandbox: Sandbox
) -> None:
    given = read_env(sandbox.home / "sandbox.env")
    spec = ChannelSpec(
        "his_proof",
        {"secret": given["WX_SANDBOX_HIS_SECRET"]},
        appid=given["WX_SANDBOX_HIS_KEY"],
        params={"url": f"{sandbox.url}/his"},
    )
    ctx = house.ctx("ins1")
    right = await institutions.register_channel(ctx, spec)
    assert await wrong(house, right) == {WHOLE: [], REACHED: [], SIGNED: []}
    forget(house)
    other = msgspec.structs.replace(spec, secrets={"secret": "another"})
    [said] = (await wrong(house, await institutions.register_channel(ctx, other)))[SIGNED]
    assert "没有给出可以验证的应答" in said
