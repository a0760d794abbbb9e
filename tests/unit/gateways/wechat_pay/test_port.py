from datetime import UTC, datetime

import pytest

from wx_backend.base import ids
from wx_backend.gateways.paying import Prepay, RefundRequest, checked_number, checked_refund_number


def prepay(**changes):
    good = {
        "out_trade_no": ids.new("pay"),
        "description": "挂号费",
        "amount_fen": 1,
        "expires_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Prepay(**good | changes)


def refund(**changes):
    good = {
        "out_trade_no": ids.new("pay"),
        "out_refund_no": ids.new("refund"),
        "refund_fen": 1,
        "total_fen": 1,
        "reason": "患者取消",
    }
    return RefundRequest(**good | changes)


def test_our_ids_are_numbers_the_platform_takes():
    assert prepay() and refund()


@pytest.mark.parametrize(
    "number", ["", "12345", "a" * 33, "abc/def", "abc?d=1", "订单000001", "abcdef\n"]
)
def test_a_number_that_could_change_the_path_is_refused(number):
    with pytest.raises(ValueError, match="number"):
        checked_number(number)


@pytest.mark.parametrize("number", ["", "a" * 65, "../x", "a b"])
def test_so_is_such_a_refund_number(number):
    with pytest.raises(ValueError, match="number"):
        checked_refund_number(number)


@pytest.mark.parametrize(
    "wrong", [{"amount_fen": 0}, {"description": ""}, {"description": "字" * 128}]
)
def test_a_payment_the_platform_would_refuse_is_not_made(wrong):
    with pytest.raises(ValueError, match="payment"):
        prepay(**wrong)


@pytest.mark.parametrize("wrong", [{"refund_fen": 0}, {"refund_fen": 2}])
def test_a_refund_gives_back_something_and_not_more_than_was_paid(wrong):
    with pytest.raises(ValueError, match="refund"):
        refund(**wrong)
