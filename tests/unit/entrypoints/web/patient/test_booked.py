"""Appointments and their money as views."""

from datetime import timedelta

import pytest

from booking.payments.ledger import Kind
from tests.unit.entrypoints.web.patient.things import ASKED_BACK, NOW, PAID, appointment, order
from wx_backend.entrypoints.web.patient import booked
from wx_backend.entrypoints.web.patient.words import words_in

WORDS = words_in("zh-CN")


def test_a_visit_says_the_campus_first() -> None:
    assert booked.visit(appointment(), "滨江院区", WORDS).place == (
        "滨江院区 门诊楼 3 层 A 区 305 诊室"
    )


@pytest.mark.parametrize(
    ("state", "rescue", "fee", "stored", "said"),
    [
        ("HELD", None, 5000, None, "OPEN"),
        ("BOOKED", None, 5000, "PAID", "PAID"),
        ("BOOKED", None, 0, None, ""),
        ("CANCELLED", None, 5000, None, "CLOSED"),
        ("CANCELLED", None, 5000, "PAID", "REFUNDING"),
        ("CANCELLED", None, 5000, "REFUNDED", "REFUNDED"),
        ("EXPIRED", "refund", 5000, "PAID", "REFUNDING"),
        ("EXPIRED", None, 5000, None, "LAPSED"),
        ("NO_SHOW", None, 5000, "PAID", "PAID"),
    ],
)
def test_what_the_money_says(state, rescue, fee, stored, said) -> None:
    ended = appointment(state=state, rescue=rescue, fee_fen=fee)
    assert booked.order_state(ended, stored) == said


@pytest.mark.parametrize(
    ("state", "shown"), [("HELD", ""), ("BOOKED", "A012"), ("IN_VISIT", "A012"), ("CANCELLED", "")]
)
def test_a_number_is_shown_while_it_is_ones_own(state: str, shown: str) -> None:
    assert booked.serial(appointment(state=state)) == shown


def test_a_hold_counts_down_to_the_very_end() -> None:
    held = appointment(state="HELD")
    assert booked.seconds_left(held, held.expires_at - timedelta(milliseconds=1)) == 1
    assert booked.seconds_left(held, held.expires_at) == 0
    assert booked.seconds_left(appointment(), NOW) == 0


def test_what_is_to_be_paid_comes_first() -> None:
    later = appointment(id="a", state="HELD", starts_at=NOW + timedelta(days=9))
    assert booked.unpaid_first([appointment(), later])[0] is later


BOTH = ("wechat_pay", "alipay")


@pytest.mark.parametrize(
    ("app", "platforms", "codes"),
    [
        ("wechat", BOTH, ["wechat_jsapi"]),
        ("alipay", BOTH, ["alipay"]),
        ("", BOTH, ["wechat_h5", "alipay_wap"]),
        ("", BOTH[1:], ["alipay_wap"]),
        ("alipay", BOTH[:1], []),
        ("", (), []),
    ],
)
def test_an_app_has_its_sheet_and_other_browsers_choose_a_page(app, platforms, codes) -> None:
    offered = booked.methods(app, platforms, WORDS)
    assert [one.code for one in offered] == codes
    assert [one.code for one in offered if one.chosen] == codes[:1]


def test_a_refund_is_promised_before_it_is_written_down() -> None:
    assert booked.refund(appointment(), order(*PAID), WORDS) is None
    due = booked.refund(appointment(state="CANCELLED"), order(*PAID), WORDS)
    assert (due.amount_fen, due.state, [step.done for step in due.steps]) == (
        5000, "REQUESTED", [False, False, False],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "state", "done"),
    [
        ((), "REQUESTED", [True, False, False]),
        (((Kind.REFUND_ACCEPTED, "ref1", 0, {}),), "PROCESSING", [True, True, False]),
        (((Kind.REFUND_SUCCEEDED, "ref1", 0, {}),), "SUCCEEDED", [True, True, True]),
        (((Kind.REFUND_ABNORMAL, "ref1", 0, {}),), "ABNORMAL", [True, False, False]),
    ],
)
def test_the_steps_of_a_refund(facts, state: str, done: list[bool]) -> None:
    gone = booked.refund(appointment(state="CANCELLED"), order(*PAID, ASKED_BACK, *facts), WORDS)
    assert gone.state == state
    assert [step.done for step in gone.steps] == done
    assert gone.steps[0].when == "11月22日 周日 10:02"


def test_an_ending_that_was_not_the_patients_doing_has_a_reason() -> None:
    assert booked.reason(appointment(state="STOPPED"), WORDS) == WORDS.stopped
    assert booked.reason(appointment(state="EXPIRED", rescue="refund"), WORDS) == WORDS.unseated
    assert booked.reason(appointment(state="CANCELLED"), WORDS) == ""


def test_the_number_to_say_on_the_phone() -> None:
    assert booked.number(appointment(id="apt00000000000000abcdefghjkm")) == "0ABC DEFG HJKM"
