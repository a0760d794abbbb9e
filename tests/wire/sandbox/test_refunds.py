"""Refunds through the unmodified SDK: money is conserved whatever happens."""

from typing import Any

import pytest

from tests.wire.sandbox.conftest import Bench
from tests.wire.sandbox.test_orders import ORDER


@pytest.fixture
async def paid(bench: Bench) -> Bench:
    """A bench whose merchant has one paid order of 5000 fen."""
    await bench.paid(bench.pay.pay, **ORDER)
    await bench.ctl("pay", {"out_trade_no": "order-0001"})
    await bench.callbacks_done()
    bench.merchant.inbox.clear()
    return bench


async def refund(bench: Bench, number: str, fen: int, total: int = 5000, **more: Any) -> Any:
    amount = {"refund": fen, "total": total, "currency": "CNY"}
    return await bench.paid(
        bench.pay.refund, number, amount=amount, out_trade_no="order-0001",
        notify_url=bench.merchant.url, **more,
    )  # fmt: skip


async def settled(bench: Bench, number: str, status: str) -> dict[str, Any]:
    row = "SELECT 1 FROM refunds WHERE out_refund_no = ? AND status = ?"
    await bench.until(lambda: bench.running.box.store.one(row, number, status) is not None)
    return (await bench.paid(bench.pay.query_refund, number))[1]


async def test_accepted_then_settled_then_told(paid: Bench) -> None:
    status, answer = await refund(paid, "refund-1", 5000, reason="退号")
    assert (status, answer["status"]) == (200, "PROCESSING")
    assert (await settled(paid, "refund-1", "SUCCESS"))["status"] == "SUCCESS"
    await paid.callbacks_done()
    (note,) = paid.merchant.inbox
    told = paid.pay.callback(note["headers"], note["body"])
    assert told["event_type"] == "REFUND.SUCCESS"
    assert told["resource"]["refund_status"] == "SUCCESS"
    assert told["resource"]["amount"]["refund"] == 5000
    _, order = await paid.paid(paid.pay.query, out_trade_no="order-0001")
    assert order["trade_state"] == "REFUND"
    books = await paid.ctl("books")
    assert books["conserved"] and books["sums"]["balance"] == 0


async def test_same_number_same_amount_is_the_same_refund(paid: Bench) -> None:
    _, first = await refund(paid, "refund-1", 2000)
    _, again = await refund(paid, "refund-1", 2000)
    assert again["refund_id"] == first["refund_id"]
    status, error = await refund(paid, "refund-1", 2500)
    assert (status, error["code"]) == (400, "INVALID_REQUEST")
    books = await paid.ctl("books")
    assert books["counts"]["refunds"] == 1 and books["sums"]["balance"] == 3000


async def test_never_more_than_was_paid(paid: Bench) -> None:
    assert (await refund(paid, "refund-1", 3000))[0] == 200
    status, error = await refund(paid, "refund-2", 2001)
    assert (status, error["code"]) == (400, "INVALID_REQUEST")
    assert (await refund(paid, "refund-3", 2000))[0] == 200
    books = await paid.ctl("books")
    assert books["conserved"] and books["sums"]["balance"] == 0


async def test_refunds_of_one_order_are_a_minute_apart(paid: Bench) -> None:
    paid.running.box.desk.refunds_apart = 60
    assert (await refund(paid, "refund-1", 3000))[0] == 200
    status, error = await refund(paid, "refund-2", 1000)
    assert (status, error["code"]) == (429, "FREQUENCY_LIMITED")
    assert (await refund(paid, "refund-1", 3000))[0] == 200, "the same one is told again"
    paid.running.box.store.do("UPDATE refunds SET created = created - 60")
    assert (await refund(paid, "refund-2", 1000))[0] == 200


async def test_wrong_total_and_unpaid_orders_are_refused(paid: Bench) -> None:
    assert (await refund(paid, "refund-1", 100, total=4000))[0] == 400
    await paid.paid(paid.pay.pay, **ORDER | {"out_trade_no": "order-0002"})
    amount = {"refund": 100, "total": 5000, "currency": "CNY"}
    status, error = await paid.paid(
        paid.pay.refund, "refund-2", amount=amount, out_trade_no="order-0002"
    )
    assert (status, error["code"]) == (400, "INVALID_REQUEST")
    assert (await paid.ctl("books"))["refunds"] == []


async def test_unknown_refund(bench: Bench) -> None:
    status, error = await bench.paid(bench.pay.query_refund, "nobody-knows")
    assert (status, error["code"]) == (404, "RESOURCE_NOT_EXISTS")


async def test_closed_refund_gives_the_money_back(paid: Bench) -> None:
    await paid.fault("/v3/refund/domestic/refunds", "refund_closed")
    await refund(paid, "refund-1", 5000)
    assert (await settled(paid, "refund-1", "CLOSED"))["status"] == "CLOSED"
    books = await paid.ctl("books")
    assert books["conserved"] and books["sums"]["balance"] == 5000
    assert (await refund(paid, "refund-2", 5000))[0] == 200


async def test_abnormal_refund_keeps_the_money(paid: Bench) -> None:
    await paid.fault("/v3/refund/domestic/refunds", "refund_abnormal")
    await refund(paid, "refund-1", 5000)
    await settled(paid, "refund-1", "ABNORMAL")
    await paid.callbacks_done()
    (note,) = paid.merchant.inbox
    assert paid.pay.callback(note["headers"], note["body"])["event_type"] == "REFUND.ABNORMAL"
    books = await paid.ctl("books")
    assert books["conserved"] and books["sums"]["abnormal"] == 5000


async def test_processing_for_n_questions(paid: Bench) -> None:
    await paid.fault("/v3/refund/domestic/refunds", "refund_processing", value=2)
    await refund(paid, "refund-1", 5000)
    for _ in range(2):
        _, view = await paid.paid(paid.pay.query_refund, "refund-1")
        assert view["status"] == "PROCESSING"
    assert (await settled(paid, "refund-1", "SUCCESS"))["success_time"]


async def test_not_enough_money_at_the_merchant(paid: Bench) -> None:
    await paid.fault("/v3/refund/*", "refund_not_enough")
    status, error = await refund(paid, "refund-1", 5000)
    assert (status, error["code"]) == (403, "NOT_ENOUGH")
    assert (await refund(paid, "refund-1", 5000))[0] == 200
