"""The ledger folds any order of facts to the same money, and never goes backwards."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.payments import posting
from booking.payments.ledger import Terms, fold
from booking.payments.model import DESK, asked_back, cash_owed, next_look, refund_turn
from booking.payments.moves import days
from booking.payments.posting import AmountDiffers, OrderClosed, UnknownReference
from wx_backend.base.errors import WrongState

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FEN = 5000
LATER = AT + timedelta(minutes=15)


def attempt(entries, method="wechat_jsapi"):
    terms = Terms(method=method, expires_at=AT)
    return posting.open_attempt("ord1", fold(entries), FEN, AT, terms)


def opened(method="wechat_jsapi"):
    return attempt([], method)


def paid_order():
    entries = opened()
    no = entries[0].ref
    return entries + posting.paid(fold(entries), no, FEN, "tx1", AT, FEN), no


def test_a_live_attempt_is_used_again():
    entries = opened()
    assert attempt(entries) == []


def test_paid_twice_is_one_entry():
    entries, no = paid_order()
    assert posting.paid(fold(entries), no, FEN, "tx1", AT, FEN) == []
    assert fold(entries).state() == "PAID"


def test_another_amount_is_an_alarm():
    entries = opened()
    with pytest.raises(AmountDiffers):
        posting.paid(fold(entries), entries[0].ref, FEN - 1, "tx1", AT, FEN)


def test_an_unknown_number_is_refused():
    with pytest.raises(UnknownReference):
        posting.paid(fold(opened()), "payxxxx", FEN, "tx1", AT, FEN)
    with pytest.raises(UnknownReference):
        posting.refund_result(fold([]), "refxxxx", "SUCCESS", AT)


def test_late_success_of_a_closed_attempt_counts():
    entries = opened()
    no = entries[0].ref
    entries += posting.closed(fold(entries), no, AT)
    assert fold(entries).live_attempt() is None
    entries += posting.paid(fold(entries), no, FEN, "tx1", AT, FEN)
    assert fold(entries).kept_fen == FEN


def test_a_second_payment_goes_back_at_once():
    entries, _ = paid_order()
    second = attempt(entries, "wechat_h5")
    entries += second
    entries += posting.paid(fold(entries), second[0].ref, FEN, "tx2", AT, FEN)
    money = fold(entries)
    assert (money.paid_fen, money.refunding_fen, money.kept_fen) == (2 * FEN, FEN, FEN)
    assert next(iter(money.refunds.values())).attempt == second[0].ref


def test_a_closed_order_opens_no_attempt():
    entries = posting.close_order("ord1", fold([]), AT)
    with pytest.raises(OrderClosed):
        attempt(entries, "wechat_h5")
    assert fold(entries).state() == "CLOSED"


def test_an_unpaid_order_lapses_once_nothing_of_it_is_live():
    entries = opened()
    assert posting.lapse_order("ord1", fold(entries), AT) == []
    entries += posting.closed(fold(entries), entries[0].ref, AT)
    entries += posting.lapse_order("ord1", fold(entries), AT)
    assert fold(entries).state() == "LAPSED"
    assert posting.lapse_order("ord1", fold(entries), AT) == []
    with pytest.raises(OrderClosed):
        attempt(entries, "wechat_h5")


def test_late_money_of_a_lapsed_order_is_kept_or_goes_back_as_any_other():
    entries = opened()
    no = entries[0].ref
    entries += posting.closed(fold(entries), no, AT)
    entries += posting.lapse_order("ord1", fold(entries), AT)
    entries += posting.paid(fold(entries), no, FEN, "tx1", AT, FEN)
    assert (fold(entries).state(), fold(entries).kept_fen) == ("PAID", FEN)
    entries += posting.close_order("ord1", fold(entries), AT)
    entries += posting.refund_all(fold(entries), "a", AT)
    assert fold(entries).state() == "REFUNDING"
    entries += posting.refund_result(fold(entries), entries[-1].ref, "SUCCESS", AT)
    assert fold(entries).state() == "REFUNDED"


def test_what_was_paid_or_closed_does_not_lapse():
    paid, _ = paid_order()
    closed = posting.close_order("ord1", fold([]), AT)
    for entries in (paid, closed):
        assert posting.lapse_order("ord1", fold(entries), AT) == []


def test_a_refund_asked_twice_is_one_refund():
    entries, _ = paid_order()
    entries += posting.refund_all(fold(entries), "患者取消预约", AT)
    assert posting.refund_all(fold(entries), "患者取消预约", AT) == []
    assert fold(entries).state() == "REFUNDING"


def test_a_closed_refund_may_be_asked_again_under_another_number():
    entries, _ = paid_order()
    entries += posting.refund_all(fold(entries), "a", AT)
    first = entries[-1].ref
    entries += posting.refund_result(fold(entries), first, "CLOSED", AT)
    again = posting.refund_all(fold(entries), "a", AT)
    assert len(again) == 1
    assert again[0].ref != first


@given(st.lists(st.sampled_from(["PROCESSING", "SUCCESS", "ABNORMAL", "PROCESSING"]), max_size=8))
def test_a_refund_only_moves_forward(answers):
    entries, _ = paid_order()
    entries += posting.refund_all(fold(entries), "a", AT)
    no, ranks = entries[-1].ref, [0]
    for answer in answers:
        entries += posting.refund_result(fold(entries), no, answer, AT, FEN)
        ranks.append(posting.RANK[fold(entries).refunds[no].state])
    assert ranks == sorted(ranks)
    assert fold(entries).refunded_fen == (FEN if "SUCCESS" in answers else 0)


FACTS = st.lists(
    st.sampled_from(
        ["open_jsapi", "open_h5", "close", "pay", "pay_again", "lapse", "refund", "arrive"]
    ),
    max_size=25,
)


@given(FACTS, st.randoms())
def test_money_is_conserved_whatever_happens(facts, rng):
    """Kept money is never negative and never more than what is owed."""
    entries: list = []
    for fact in facts:
        known = fold(entries)
        attempts, refunds = list(known.attempts), list(known.refunds)
        if fact.startswith("open"):
            if known.kept_fen == 0 and not known.lapsed:
                entries += attempt(entries, fact)
        elif fact == "close" and attempts:
            entries += posting.closed(known, rng.choice(attempts), AT)
        elif fact.startswith("pay") and attempts:
            entries += posting.paid(known, rng.choice(attempts), FEN, "tx", AT, FEN)
        elif fact == "lapse":
            entries += posting.lapse_order("ord1", known, AT)
        elif fact == "refund":
            entries += posting.refund_all(known, "a", AT)
        elif fact == "arrive" and refunds:
            entries += posting.refund_result(known, rng.choice(refunds), "SUCCESS", AT)
        money = fold(entries)
        assert 0 <= money.kept_fen <= FEN
        assert money.paid_fen == money.kept_fen + money.refunding_fen + money.refunded_fen
        assert not (money.lapsed and money.live_attempt())
        assert (money.state() == "LAPSED") == (money.lapsed and not money.paid_fen)


def test_money_is_of_the_day_on_which_the_platform_moved_it():
    """Paid a second before midnight, told a second after; given back two days later."""
    midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    second = timedelta(seconds=1)
    entries = opened()
    no = entries[0].ref
    known = fold(entries)
    entries += posting.paid(known, no, FEN, "tx1", midnight + second, FEN, midnight - second)
    entries += posting.refund_all(fold(entries), "a", midnight)
    later = midnight + timedelta(days=2)
    entries += posting.refund_result(fold(entries), entries[-1].ref, "SUCCESS", later)
    assert days(entries) == ["2026-11-22", "2026-11-25"]


def test_what_begins_on_the_payers_visit_is_not_over_because_nobody_has_come():
    """Unlike a payment that the platform has known from the start."""
    for on_visit, expected in ((True, False), (False, True)):
        terms = Terms(method="alipay_qr", expires_at=LATER, on_visit=on_visit)
        entries = posting.open_attempt("ord1", fold([]), FEN, AT, terms)
        no = entries[0].ref
        entries += posting.ready(fold(entries), no, "code", AT, LATER)
        one = fold(entries).attempts[no]
        assert one.dead_on("NOT_EXIST", AT) is expected
        assert one.dead_on("CLOSED", AT)
        assert one.dead_on("NOT_EXIST", LATER + timedelta(seconds=1))


def test_a_code_let_go_is_looked_after_until_nobody_can_pay_it():
    entries = opened("alipay_qr")
    no = entries[0].ref
    entries += posting.closed(fold(entries), no, AT, loose=True)
    assert fold(entries).live_attempt() is None
    assert [one.no for one in fold(entries).loose_attempts()] == [no]
    entries += posting.close_order("ord1", fold(entries), AT)
    assert next_look(fold(entries), 0, AT, LATER) is not None
    assert posting.closed(fold(entries), no, AT, loose=True) == []
    entries += posting.closed(fold(entries), no, AT)
    assert fold(entries).loose_attempts() == []
    assert next_look(fold(entries), 0, AT, LATER) is None


def test_a_part_goes_back_and_never_more_than_is_kept():
    entries, _ = paid_order()
    entries += posting.refund_part(fold(entries), 1200, "多收", AT)
    assert (fold(entries).refunding_fen, fold(entries).kept_fen) == (1200, FEN - 1200)
    entries += posting.refund_part(fold(entries), FEN - 1200, "多收", AT)
    with pytest.raises(WrongState):
        posting.refund_part(fold(entries), 1, "多收", AT)


def test_what_is_kept_beyond_the_fee_goes_back_once_and_the_rest_later():
    entries, _ = paid_order()
    entries += posting.refund_over(fold(entries), 3000, "a", AT)
    assert fold(entries).kept_fen == 3000
    assert posting.refund_over(fold(entries), 3000, "a", AT) == []
    entries += posting.refund_all(fold(entries), "b", AT)
    assert [one.fen for one in fold(entries).refunds.values()] == [2000, 3000]


def test_refunds_of_one_payment_are_sent_a_minute_apart_and_one_after_another():
    entries, _ = paid_order()
    for fen in (1200, 800):
        entries += posting.refund_part(fold(entries), fen, "多收", AT)

    def turns():
        known = fold(entries)
        return [refund_turn(known, one) for one in known.refunds.values()]

    assert turns() == [AT, None]
    assert next_look(fold(entries), 1, AT, LATER) == AT + timedelta(seconds=30)
    first, second = fold(entries).refunds
    heard, minute = AT + timedelta(seconds=7), timedelta(minutes=1)
    entries += posting.refund_result(fold(entries), first, "PROCESSING", heard)
    assert turns()[1] == heard + minute
    assert next_look(fold(entries), 4, heard, LATER) == heard + minute
    entries += posting.refund_result(fold(entries), first, "SUCCESS", heard + minute / 2)
    assert turns()[1] == heard + minute, "it counts from when the platform had it"
    assert next_look(fold(entries), 0, heard + minute / 2, LATER) == heard + minute
    assert next_look(fold(entries), 0, heard + minute, LATER) == heard + minute
    entries += posting.refund_result(fold(entries), second, "SUCCESS", LATER)
    assert next_look(fold(entries), 0, LATER, LATER) is None


def test_alipay_takes_refunds_of_one_payment_side_by_side():
    entries = opened("alipay")
    entries += posting.paid(fold(entries), entries[0].ref, FEN, "tx1", AT, FEN)
    for fen in (1200, 800):
        entries += posting.refund_part(fold(entries), fen, "多收", AT)
    known = fold(entries)
    assert [refund_turn(known, one) for one in known.refunds.values()] == [AT, AT]


def test_cash_is_paid_at_once_and_nobody_is_asked_to_give_it_back():
    entries = posting.cash("ord1", fold([]), DESK, FEN, AT, "staff:1")
    assert fold(entries).state() == "PAID"
    entries += posting.refund_all(fold(entries), "a", AT)
    assert [one.fen for one in cash_owed(fold(entries))] == [FEN]
    assert asked_back(fold(entries)) == []
    assert next_look(fold(entries), 0, AT, LATER) is None
    with pytest.raises(OrderClosed):
        posting.cash("ord1", fold(posting.lapse_order("ord1", fold([]), AT)), DESK, FEN, AT, "x")
    with pytest.raises(WrongState):  # the phone was a moment faster
        posting.cash("ord1", fold(opened()), DESK, FEN, AT, "staff:1")


def test_an_order_with_nothing_under_way_is_left_alone():
    entries, _ = paid_order()
    assert next_look(fold(entries), 0, AT, LATER) is None
    assert next_look(fold(opened()), 0, AT, LATER) > AT
    assert next_look(fold([]), 0, AT, LATER) == LATER
    lapsed = posting.lapse_order("ord1", fold([]), AT)
    assert next_look(fold(lapsed), 0, AT, LATER) is None
    refunding = entries + posting.refund_all(fold(entries), "a", AT)
    assert next_look(fold(refunding), 0, AT, LATER) == AT
