"""The self-test of channels in words: what is missing, what does not open, who does not listen."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.helpers.houses import bare_house
from wx_backend.base.context import House
from wx_backend.base.secrets import Vault
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.directory.institutions.store import CHANNELS
from wx_backend.entrypoints import selftest
from wx_backend.entrypoints.embedded.ports import pick_free

WHOLE, LISTENS = "内容齐全，密钥可以解密", "检验系统的监听端口可达"
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
    return await institutions.register_channel(ctx, "lis", {}, appid="LIS|JQ", params=params)


async def test_a_lis_that_listens_and_one_that_does_not(house: House) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await wrong(house, await lis(house, port)) == {WHOLE: [], LISTENS: []}
    server.close()
    found = await wrong(house, await lis(house, pick_free()))
    assert (found[WHOLE], found[LISTENS][0].startswith("连接失败")) == ([], True)


async def test_what_a_stored_account_lacks_is_named(house: House) -> None:
    ctx = house.ctx("ins1")
    whole = await institutions.register_channel(ctx, "wechat_mini", SECRETS, appid="wx1")
    lame = msgspec.structs.replace(whole, secrets={"secret": whole.secrets["secret"]})
    assert await wrong(house, lame) == {WHOLE: ["secrets.token：未填写", "secrets.aes_key：未填写"]}
    house.vault = Vault({"v2": b"n" * 32}, b"i" * 32)
    assert await wrong(house, whole) == {WHOLE: ["secrets：无法解密"]}
