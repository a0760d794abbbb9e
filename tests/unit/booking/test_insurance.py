"""Two halves of an insured order: both are kept, or none, or a person is asked. All of it is the
fold of the order's entries.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.payments import insurance, posting
from booking.payments.insurance import (
    STANDINGS,
    FundUnsettled,
    InsuredWhole,
    SplitDiffers,
    insured,
    next_step,
    shares,
    standing,
)
from booking.payments.ledger import Entry, Kind, Ledger, Terms, fold
from booking.payments.model import next_look
from booking.payments.posting import OrderClosed
from wx_backend.base.money import Split
from wx_backend.gateways.insurance.port import Uploaded

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=15)
SPLIT = Split(fund=3000, account=1000, self_=2000)
TERMS = Terms(method="alipay_qr", expires_at=AT)
ORDER = "ord1"


def said(split: Split) -> Uploaded:
    return Uploaded(pay_order="PO1", visit="V1", split=split, holds_until=AT)


class World:
    """What the bureau and the platform have really done, whatever they answer, and our entries."""

    def __init__(self, split: Split = SPLIT) -> None:
        self.split = split
        self.entries: list[Entry] = insurance.uploaded(ORDER, split.total, said(split), AT)
        self.fund = False
        self.paid: set[str] = set()
        self.back: set[str] = set()

    @property
    def known(self) -> Ledger:
        return fold(self.entries)

    @property
    def next(self) -> str:
        return next_step(insured(self.known))

    @property
    def standing(self) -> str:
        return standing(insured(self.known))

    @property
    def cash_fen(self) -> int:
        return len(self.paid) * self.split.self_ - len(self.back) * self.split.self_

    def tell(self, *kinds: Kind) -> None:
        for kind in kinds:
            self.entries += insurance.told(self.known, ORDER, kind, AT)

    def hear(self) -> None:
        """The platform is asked about whatever somebody could pay."""
        for one in self.known.payable_attempts():
            if one.no in self.paid:
                self.pay_of(one.no)

    def pay_of(self, no: str) -> None:
        self.entries += posting.paid(self.known, no, self.split.self_, "tx", AT, self.split.self_)

    def opens(self) -> str:
        """The payer asks for a ticket. Raises FundUnsettled, OrderClosed."""
        self.entries += posting.open_attempt(ORDER, self.known, self.split.self_, AT, TERMS)
        return self.known.live_attempt().no

    def pays(self, heard: bool) -> None:
        """Whatever can be paid, also what was let go."""
        for one in self.known.payable_attempts()[:1]:
            self.paid.add(one.no)
            if heard:
                self.hear()

    def gives_up(self) -> None:
        self.entries += posting.close_order(ORDER, self.known, AT, "患者取消")

    def turn(self, answered: bool = True, yes: bool = True) -> None:
        """What follows, done at the other side as ``yes`` says; the answer may be lost."""
        getattr(self, f"_{self.next}")(answered, yes)

    def _settle_fund(self, answered: bool, yes: bool) -> None:
        self.fund = yes
        outcome = Kind.FUND_SETTLED if yes else Kind.FUND_FAILED
        self.tell(Kind.FUND_ASKED, outcome if answered else Kind.FUND_DOUBTED)

    def _query_fund(self, answered: bool, yes: bool) -> None:
        if answered:
            self.tell(Kind.FUND_SETTLED if self.fund else Kind.FUND_FAILED)

    def _reverse_fund(self, answered: bool, yes: bool) -> None:
        self.fund = not yes
        outcome = Kind.FUND_REVERSED if yes else Kind.FUND_REVERSAL_REFUSED
        self.tell(Kind.FUND_REVERSING, outcome if answered else Kind.FUND_REVERSAL_DOUBTED)

    def _query_reversal(self, answered: bool, yes: bool) -> None:
        if answered:
            self.tell(Kind.FUND_REVERSAL_MISSED if self.fund else Kind.FUND_REVERSED)

    def _query_cash(self, answered: bool, yes: bool) -> None:
        if answered:
            self.hear()

    def _close_cash(self, answered: bool, yes: bool) -> None:
        """``yes``: for good; else it is let go, and somebody may still pay it."""
        if answered:
            self.hear()
            for one in self.known.attempts.values():
                self.entries += posting.closed(self.known, one.no, AT, loose=not yes)

    def _refund_cash(self, answered: bool, yes: bool) -> None:
        self.entries += posting.refund_all(self.known, "退", AT)

    def _query_refund(self, answered: bool, yes: bool) -> None:
        for one in list(self.known.refunds.values()):
            if answered and one.state == "REQUESTED":
                outcome = "SUCCESS" if yes else "ABNORMAL"
                self.back |= {one.no} if yes else set()
                self.entries += posting.refund_result(self.known, one.no, outcome, AT)

    def refunds_arrive(self) -> None:
        """Whatever follows from both halves: refunds are asked after by themselves."""
        self._query_refund(answered=True, yes=True)

    def _wait(self, answered: bool, yes: bool) -> None:
        """For the payer."""

    _done = _wait

    def _person(self, answered: bool, yes: bool) -> None:
        """Finance tries again, or has it reversed at the counter."""
        if yes and self.known.fund.state == "STUCK":
            self.tell(Kind.FUND_AGAIN)
        elif self.known.fund.state == "STUCK":
            self.fund = False
            self.tell(Kind.FUND_BY_HAND)

    def adds_up(self) -> None:
        """What each payer has paid is kept, on its way back, or back."""
        for one in shares(self.split, self.known):
            assert one.paid == one.kept + one.returning + one.refunded
            assert 0 <= one.kept <= one.owed
        assert sum(one.owed for one in shares(self.split, self.known)) == self.split.total


ACTS = st.sampled_from(
    ["step", "lost", "no", "lost no", "opens", "pays", "pays unheard", "gives up", "time is over"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ACTS, max_size=25))
def test_in_the_end_both_halves_are_kept_or_none_or_a_person_is_asked(acts):
    world = World()
    for act in acts:
        if act.startswith("pays"):
            world.pays(act == "pays")
        elif act == "opens":
            fund = world.known.fund.state
            try:
                world.opens()
            except (FundUnsettled, OrderClosed):
                assert fund != "KEPT" or world.known.unwanted
        elif act == "gives up":
            world.gives_up()
        elif act == "time is over":
            world.entries += posting.lapse_order(ORDER, world.known, AT)
        else:
            world.turn("lost" not in act, "no" not in act)
        assert world.standing in STANDINGS
        world.adds_up()
    if world.standing != "SETTLED":
        world.gives_up()
    for _ in range(12):  # everybody answers again
        world.turn()
        world.hear()
        world.refunds_arrive()
        world.adds_up()
    known = world.known
    kept = {one.payer: one.kept for one in shares(SPLIT, known)}
    if world.standing == "STUCK":
        assert known.state() == "REFUNDING"
        return
    assert world.next == "done"
    assert next_look(known, 1, AT, LATER) is None or known.payable_attempts()
    if world.standing == "SETTLED":
        assert (known.state(), world.fund, world.cash_fen) == ("PAID", True, SPLIT.self_)
        assert kept == {"fund": 3000, "account": 1000, "self": 2000}
    else:
        assert known.state() in ("REFUNDED", "CLOSED", "LAPSED")
        assert (world.fund, world.cash_fen, sum(kept.values())) == (False, 0, 0)


def test_the_fund_is_settled_and_time_is_over_so_the_settlement_is_reversed():
    world = World()
    with pytest.raises(FundUnsettled):
        world.opens()
    world.turn()
    assert (world.standing, world.next, world.known.state()) == ("FUND_ONLY", "wait", "OPEN")
    assert next_look(world.known, 0, AT, LATER) == LATER
    world.entries += posting.lapse_order(ORDER, world.known, AT)
    assert (world.standing, world.next) == ("COMPENSATING", "reverse_fund")
    assert (world.known.state(), world.known.returnable_fen) == ("REFUNDING", 4000)
    world.turn(answered=False)
    assert world.next == "query_reversal"
    world.turn()
    assert (world.standing, world.known.state()) == ("UNDONE", "REFUNDED")
    with pytest.raises(OrderClosed):
        world.opens()


def test_what_the_bureau_will_not_pay_is_paid_by_nobody():
    world = World()
    world.turn(yes=False)
    assert (world.standing, world.known.state()) == ("UNDONE", "CLOSED")
    with pytest.raises(OrderClosed, match="自费"):
        world.opens()
    world.tell(Kind.FUND_SETTLED)  # it had all the same, and the payer was told otherwise
    assert (world.next, world.known.state()) == ("reverse_fund", "REFUNDING")


def test_an_unknown_settlement_is_asked_after_before_anything_goes_back():
    world = World()
    world.turn(answered=False)
    world.gives_up()
    assert (world.standing, world.next) == ("FUND_UNKNOWN", "query_fund")
    assert world.known.state() == "REFUNDING"
    world.turn()
    assert (world.standing, world.next) == ("COMPENSATING", "reverse_fund")


def test_the_cash_goes_back_after_the_fund_and_only_whole():
    world = World()
    world.turn()
    world.opens()
    world.pays(heard=True)
    assert (world.standing, world.known.state()) == ("SETTLED", "PAID")
    for part in (2000, 4000, 1):
        with pytest.raises(InsuredWhole):
            insurance.whole_only(world.known, part)
    insurance.whole_only(world.known, 6000)
    world.gives_up()
    assert world.next == "reverse_fund"
    world.turn(yes=False)
    assert (world.standing, world.next, world.known.refunds) == ("STUCK", "person", {})
    world.turn()
    assert world.next == "reverse_fund"
    world.turn(yes=False)
    world.turn(yes=False)  # by hand
    assert world.next == "refund_cash"
    world.turn()
    world.turn(yes=False)
    assert (world.standing, world.known.state()) == ("STUCK", "REFUNDING")


def test_what_is_paid_late_of_an_order_given_up_goes_back():
    world = World()
    world.turn()
    no = world.opens()
    world.gives_up()
    world.turn(yes=False)  # the code is let go
    world.turn()
    assert world.standing == "UNDONE"
    world.paid.add(no)
    world.hear()
    assert (world.standing, world.next) == ("COMPENSATING", "refund_cash")


def test_the_insurance_pays_all_of_it_or_nothing():
    world = World(Split(fund=6000))
    world.turn()
    assert (world.standing, world.known.state()) == ("SETTLED", "PAID")
    world = World(Split(self_=5000, reduction=1000))
    assert (world.standing, world.next) == ("WAITING", "wait")
    world.opens()
    world.pays(heard=True)
    assert (world.standing, world.known.state()) == ("SETTLED", "PAID")


def test_another_sum_than_the_orders_is_refused():
    with pytest.raises(SplitDiffers):
        insurance.uploaded(ORDER, 6001, said(SPLIT), AT)
