"""The daily bills of both platforms, against the sandbox's own books and every fault of a bill."""

import pytest

from tests.helpers.platform_books import ALIPAY, WECHAT_PAY, Books, by_table, past_day, seconds
from tests.wire.gateways.conftest import World
from wx_backend.base.clock import WireClock, local_date
from wx_backend.base.errors import GatewayUnknown
from wx_backend.gateways.billing import BillBroken, BillNotReady, BillRow, BillsPort, NoBill
from wx_backend.gateways.http import download

DAY = past_day()
ASK = {
    WECHAT_PAY: "/v3/bill/tradebill",
    ALIPAY: "/gateway.do/alipay.data.dataservice.bill.downloadurl.query",
}
FILE = {WECHAT_PAY: "/v3/billdownload/file", ALIPAY: "/downloadBillFile.resource"}

both = pytest.mark.parametrize("where", [WECHAT_PAY, ALIPAY])


def bills(world: World, where: str) -> BillsPort:
    return (world.pay if where == WECHAT_PAY else world.alipay).bills


async def keep_books(world: World, where: str) -> None:
    """Two payments of the day, one of them at its last second; a refund; a payment at midnight."""
    books = Books(where)
    rows = [
        books.paid("pay0001", 125, seconds(DAY, "00:00:00")),
        books.paid("pay0002", 5000, seconds(DAY, "23:59:59")),
        books.refunded("ref0001", "pay0002", 2000, seconds(DAY, "23:59:59")),
        books.paid("pay0003", 700, seconds(DAY, "23:59:59") + 1),
    ]
    for table, put in by_table(rows).items():
        await world.ctl("books/rows", table=table, rows=put)


async def trade(world: World, where: str, day=DAY) -> dict[str, BillRow]:
    with await bills(world, where).trade(day) as bill:
        return {row.no: row async for portion in bill.portions() for row in portion}


@both
async def test_bill_of_a_day_ends_at_beijings_midnight(world: World, where: str) -> None:
    await keep_books(world, where)
    rows = await trade(world, where)
    assert set(rows) == {"pay0001", "pay0002", "ref0001"}
    paid, back = rows["pay0002"], rows["ref0001"]
    assert (paid.kind, paid.fen, paid.fee_fen, paid.attempt) == ("PAID", 5000, 30, "pay0002")
    assert (back.kind, back.fen, back.fee_fen, back.attempt) == ("REFUNDED", 2000, -12, "pay0002")
    assert back.state == "SUCCESS"
    assert back.transaction == paid.transaction
    assert rows["pay0001"].fee_fen == 1, "0.6 % of 1.25 is 0.75 fen"
    assert paid.at.timestamp() == seconds(DAY, "23:59:59")


@both
async def test_funds_of_a_day_are_its_trades_less_the_fees(world: World, where: str) -> None:
    await keep_books(world, where)
    with await bills(world, where).funds(DAY) as bill:
        rows = [row async for portion in bill.portions() for row in portion]
    assert sum(row.fen for row in rows) == 125 + 5000 - 2000 - 1 - 30 + 12
    assert rows[-1].balance_fen == sum(row.fen for row in rows)


@pytest.mark.parametrize(("kind", "numbers"), [("SUCCESS", {"pay0001", "pay0002"}),
                                               ("REFUND", {"ref0001"})])  # fmt: skip
async def test_wechat_pay_also_bills_payments_and_refunds_apart(
    world: World, kind: str, numbers: set[str]
) -> None:
    await keep_books(world, WECHAT_PAY)
    with await world.pay.bills.trade(DAY, kind) as bill:
        assert {row.no async for portion in bill.portions() for row in portion} == numbers


@both
async def test_a_day_without_trades_has_no_bill(world: World, where: str) -> None:
    with pytest.raises(NoBill):
        await trade(world, where)


@both
async def test_bill_missing(world: World, where: str) -> None:
    await keep_books(world, where)
    await world.fault(ASK[where], "bill_missing")
    with pytest.raises(NoBill):
        await trade(world, where)
    assert await trade(world, where)


async def test_bill_of_today_is_not_ready(world: World) -> None:
    today = local_date(WireClock().now())
    with pytest.raises(BillNotReady):
        await trade(world, WECHAT_PAY, today)
    with pytest.raises(NoBill):
        await trade(world, ALIPAY, today)


async def test_bill_not_ready(world: World) -> None:
    await keep_books(world, WECHAT_PAY)
    await world.fault(ASK[WECHAT_PAY], "bill_not_ready")
    with pytest.raises(BillNotReady):
        await trade(world, WECHAT_PAY)


@both
async def test_bill_diff_is_one_missing_one_extra_and_two_amounts(world: World, where: str) -> None:
    await keep_books(world, where)
    await world.fault(ASK[where], "bill_diff")
    rows = await trade(world, where)
    assert {no: row.fen for no, row in rows.items()} == {
        "pay0002": 5001,
        "stranger00000001": 5000,
        "ref0001": 1999,
    }


BROKEN = {
    (WECHAT_PAY, "bill_checksum"): "checksum",
    (WECHAT_PAY, "bill_half"): "no_totals",
    (WECHAT_PAY, "bill_charset"): "charset",
    (WECHAT_PAY, "bill_host"): "host",
    (ALIPAY, "bill_checksum"): "not_zip",
    (ALIPAY, "bill_half"): "no_totals",
    (ALIPAY, "bill_charset"): "charset",
    (ALIPAY, "bill_host"): "host",
}


@pytest.mark.parametrize(("where", "kind"), BROKEN)
async def test_bill_that_the_platform_does_not_vouch_for_is_broken(
    world: World, where: str, kind: str
) -> None:
    await keep_books(world, where)
    await world.fault(ASK[where], kind)
    with pytest.raises(BillBroken) as broken:
        await trade(world, where)
    assert broken.value.reason.split(":")[0] == BROKEN[where, kind]


@both
@pytest.mark.parametrize("kind", ["bad_sign", "busy"])
async def test_answer_that_is_not_the_platforms_names_no_bill(
    world: World, where: str, kind: str
) -> None:
    await keep_books(world, where)
    await world.fault(ASK[where], kind)
    with pytest.raises(GatewayUnknown):
        await trade(world, where)


@both
@pytest.mark.parametrize("kind", ["hang", "reset", "truncate", "html"])
async def test_file_that_does_not_come_whole_is_unknown(
    world: World, impatient: None, where: str, kind: str
) -> None:
    await keep_books(world, where)
    await world.fault(FILE[where], kind)
    with pytest.raises(GatewayUnknown):
        await trade(world, where)


@both
async def test_a_file_beyond_all_bills_is_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    await keep_books(world, where)
    monkeypatch.setattr(download, "MOST_BYTES", 100)
    with pytest.raises(BillBroken) as broken:
        await trade(world, where)
    assert broken.value.reason == "too_large"
