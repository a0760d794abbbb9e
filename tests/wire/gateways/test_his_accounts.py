"""The client of a HIS's books on the real wire, against the sandbox's."""

from datetime import UTC, date, datetime

import httpx
import msgspec
import pytest

from tests.helpers.sandbox import Sandbox
from wx_backend.base import ids
from wx_backend.base.bridge import Pool
from wx_backend.base.clock import WireClock
from wx_backend.base.errors import GatewayUnknown
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.gateways.his_accounts.client import HisAccounts
from wx_backend.gateways.his_accounts.port import Posting, PostingRefused, PostState
from wx_backend.gateways.his_rest.port import HisRestConfig

LAST_MINUTE = datetime(2031, 3, 4, 15, 59, 30, tzinfo=UTC)  # 23:59:30 at the hospital
DAY = date(2031, 3, 4)
ENTRIES = "/his/accounts/v1/entries/*"


def paid(fen: int = 5000, **other) -> Posting:
    given = {
        "no": ids.new("pst"), "kind": "PAID", "fen": fen, "order": "ord1", "at": LAST_MINUTE,
        "reference": ids.new("pay"), "platform": "wechat_pay", "merchant": "1900000001",
        "transaction": "42", "purpose": {"kind": "appointment", "id": "apt1"},
    }  # fmt: skip
    return Posting(**{**given, **other})


def back(of: Posting, fen: int) -> Posting:
    fresh = {"no": ids.new("pst"), "reference": ids.new("ref"), "kind": "REFUNDED", "fen": fen}
    return msgspec.structs.replace(of, **fresh, reverses=of.no)


@pytest.fixture
def his(sandbox: Sandbox):
    given = read_env(sandbox.home / "sandbox.env")
    for what in ("his", "faults"):
        httpx.post(f"{sandbox.url}/_ctl/clear", json={"what": what}, trust_env=False)
    config = HisRestConfig(
        url=f"{sandbox.url}/his",
        key=given["WX_SANDBOX_HIS_KEY"],
        secret=given["WX_SANDBOX_HIS_SECRET"],
    )
    pool = Pool("his_accounts", 4)
    made = HisAccounts(config, pool, WireClock())
    yield made
    pool.close()
    made.disconnect()


@pytest.fixture
def goes_wrong(sandbox: Sandbox):
    def plan(kind: str, endpoint: str = ENTRIES) -> None:
        told = {"endpoint": endpoint, "kind": kind}
        httpx.post(f"{sandbox.url}/_ctl/faults", json=told, trust_env=False)

    return plan


async def listed(his: HisAccounts, on: date = DAY) -> list[tuple[str, str, int]]:
    return [(row.order_reference, row.kind, row.fen) async for row in his.day(on)]


async def test_an_entry_is_known_by_our_number_and_no_more_goes_back_than_came(his):
    given = paid()
    done = await his.post(given)
    assert done == await his.post(given) == await his.query(given.no)
    first, rest, over = back(given, 2000), back(given, 3000), back(given, 1)
    await his.post(first)
    await his.post(rest)
    with pytest.raises(PostingRefused) as refused:
        await his.post(over)
    assert refused.value.data["platform_code"] == "more_than_paid"
    assert await listed(his) == [
        (given.reference, "PAID", 5000),
        (first.reference, "REFUNDED", 2000),
        (rest.reference, "REFUNDED", 3000),
    ]
    assert await listed(his, date(2031, 3, 5)) == []


async def test_what_it_never_heard_of_is_missing_and_cannot_be_reversed(his):
    given = paid()
    assert await his.query(given.no) == PostState(state="MISSING")
    with pytest.raises(PostingRefused) as refused:
        await his.post(back(given, 5000))
    assert refused.value.data["platform_code"] == "payment_not_posted"


@pytest.mark.parametrize("kind", ["reset", "html", "truncate", "lost_reply", "his_error"])
async def test_without_a_signed_answer_the_outcome_is_unknown(his, goes_wrong, kind):
    given = paid()
    goes_wrong(kind)
    with pytest.raises(GatewayUnknown):
        await his.post(given)
    worked = kind in ("truncate", "lost_reply")  # the work was done, only the words were lost
    assert (await his.query(given.no)).state == ("POSTED" if worked else "MISSING")


async def test_a_refusal_says_why(his, goes_wrong):
    goes_wrong("his_refuse")
    with pytest.raises(PostingRefused) as refused:
        await his.post(paid())
    assert refused.value.data == {
        "platform_code": "closed_period",
        "platform_message": "该日已结账",
    }


async def test_booked_twice_is_there_twice(his, goes_wrong):
    given = paid()
    goes_wrong("his_twice")
    await his.post(given)
    assert await listed(his) == [(given.reference, "PAID", 5000)] * 2


async def test_a_day_of_many_entries_comes_in_pages(his, sandbox):
    at = LAST_MINUTE.isoformat()
    rows = [
        {"order_reference": f"pay{n}", "kind": "PAID", "fen": n + 1, "at": at} for n in range(2000)
    ]
    async with httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
        await http.post("/_ctl/his/entries", json={"rows": rows})
    assert await listed(his) == [(f"pay{n}", "PAID", n + 1) for n in range(2000)]
