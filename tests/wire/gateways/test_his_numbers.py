"""The client of a HIS's numbers on the real wire, against the sandbox's books."""

from datetime import UTC, date, datetime

import httpx
import pytest

from tests.helpers.sandbox import Sandbox
from wx_backend.base import ids
from wx_backend.base.bridge import Pool
from wx_backend.base.clock import WireClock
from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.gateways.his_numbers.client import HisNumbers
from wx_backend.gateways.his_numbers.port import (
    Listed,
    LockMissing,
    LockOver,
    NumberTaken,
    Place,
)
from wx_backend.gateways.his_rest.port import HisRestConfig
from wx_backend.gateways.his_rest.signing import request_signature

AT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
DAY = date(2026, 11, 24)


def place(number: int = 1) -> Place:
    return Place(
        slot="slot1", number=number, serial="A001", department="口腔科", doctor="方子衡",
        visit_date=DAY.isoformat(), starts_at=AT,
    )  # fmt: skip


@pytest.fixture
def client(sandbox: Sandbox):
    given = read_env(sandbox.home / "sandbox.env")
    httpx.post(f"{sandbox.url}/_ctl/clear", json={"what": "his"}, trust_env=False)
    pool, made = Pool("his_numbers", 4), []

    def make(secret: str = given["WX_SANDBOX_HIS_SECRET"]) -> HisNumbers:
        key = given["WX_SANDBOX_HIS_KEY"]
        config = HisRestConfig(url=f"{sandbox.url}/his", key=key, secret=secret)
        made.append(HisNumbers(config, pool, WireClock()))
        return made[-1]

    yield make
    pool.close()
    for one in made:
        one.disconnect()


def test_the_published_vector():
    signed = request_signature(
        "s3cret", "GET", "/numbers/v1/days/2026-11-24", "1790000000", "n0nce", b""
    )
    assert signed == "GnPuVibqQD5XmRLY6/tHRmfCazbbIp9eqxwFwlcZIf0="


async def test_a_lock_is_known_by_its_id_and_over_for_good(client):
    his, key, other = client(), ids.new("lck"), ids.new("lck")
    assert await his.lock(key, "apt1", place(), AT) == "LOCKED"
    assert await his.lock(key, "apt1", place(), AT) == "LOCKED"
    with pytest.raises(NumberTaken) as taken:
        await his.lock(other, "apt2", place(), AT)
    assert taken.value.holder == key
    assert await his.confirm(key) == await his.query(key) == "CONFIRMED"
    assert await his.day(DAY) == [Listed(slot="slot1", number=1, state="CONFIRMED", lock=key)]
    assert await his.release(key) == "RELEASED"
    with pytest.raises(LockOver):
        await his.lock(key, "apt1", place(), AT)
    assert await his.day(DAY) == []


async def test_a_release_that_overtakes_its_lock(client):
    his, key = client(), ids.new("lck")
    with pytest.raises(LockMissing):
        await his.query(key)
    assert await his.release(key) == "RELEASED"
    with pytest.raises(LockOver):
        await his.lock(key, "apt1", place(), AT)


async def test_an_answer_that_is_not_signed_is_none(client):
    with pytest.raises(GatewayUnknown):  # refused and signed, but with another secret than ours
        await client(secret="another").query(ids.new("lck"))


@pytest.fixture
def closed(sandbox: Sandbox) -> None:
    """The HIS says no in words of its own, once."""
    fault = {"endpoint": "/his/*", "kind": "his_refuse", "value": "closed_for_lunch"}
    httpx.post(f"{sandbox.url}/_ctl/faults", json=fault, trust_env=False)


async def test_a_refusal_we_do_not_know_is_no_decision_about_the_number(client, closed):
    with pytest.raises(GatewayRefused) as refused:
        await client().lock(ids.new("lck"), "apt1", place(), AT)
    assert refused.value.data["platform_code"] == "closed_for_lunch"
    assert not isinstance(refused.value, NumberTaken)
