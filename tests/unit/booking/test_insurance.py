"""Two halves of an insured order: both are kept, or none, or a person is asked."""

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.payments.insurance import (
    STANDINGS,
    Insured,
    given_up,
    insured,
    next_step,
    standing,
    told,
)
from wx_backend.base.money import Split

SPLIT = Split(fund=3000, account=1000, self_=2000)


class World:
    """What the bureau and the platform have really done, whatever they answer."""

    def __init__(self) -> None:
        self.fund = self.cash = False
        self.closed = False

    def step(self, known: Insured, step: str, answered: bool, yes: bool) -> Insured:
        """Does a step; the answer may be lost."""
        if step == "settle_fund":
            known = told(known, "fund", "ask")
            self.fund = self.fund or yes
            return told(known, "fund", ("succeed" if yes else "fail") if answered else "doubt")
        if step == "query_fund":
            outcome = "succeed" if self.fund else "fail"
            return told(known, "fund", outcome if answered else "doubt")
        if step == "reverse_fund":
            return self._back(known, "fund", answered, yes)
        if step == "query_reversal":
            return self._query(known, "fund", answered)
        if step in ("query_cash", "close_cash"):
            known = told(known, "cash", "ask")
            if not answered:
                return told(known, "cash", "doubt")
            self.closed = self.closed or step == "close_cash"
            if not self.cash and step == "query_cash":
                return known
            return told(known, "cash", "succeed" if self.cash else "fail")
        if step == "refund_cash":
            return self._back(known, "cash", answered, yes)
        return self._query(known, "cash", answered) if step == "query_refund" else known

    def pay(self, known: Insured, notified: bool) -> Insured:
        """The patient pays, where that is still possible."""
        if self.closed or known.cash in ("REVERSED", "VOID"):
            return known
        self.cash = True
        return told(known, "cash", "succeed") if notified else told(known, "cash", "ask")

    def _back(self, known: Insured, half: str, answered: bool, yes: bool) -> Insured:
        known = told(known, half, "reverse")
        if yes:
            setattr(self, half, False)
        return told(known, half, ("reversed" if yes else "refuse") if answered else "doubt")

    def _query(self, known: Insured, half: str, answered: bool) -> Insured:
        if not answered:
            return told(known, half, "doubt")
        return told(known, half, "miss" if getattr(self, half) else "reversed")


ACTS = st.sampled_from(["step", "lost", "no", "lost no", "pays", "pays unheard", "gives up"])


@settings(max_examples=400, deadline=None)
@given(st.lists(ACTS, max_size=25))
def test_in_the_end_both_halves_are_kept_or_none_or_a_person_is_asked(acts):
    world, known = World(), insured(SPLIT)
    for act in acts:
        if act.startswith("pays"):
            if known.fund == "KEPT" and not known.unwanted:  # asked for after the fund
                known = world.pay(known, act == "pays")
        elif act == "gives up":
            known = given_up(known)
        else:
            known = world.step(known, next_step(known), "lost" not in act, "no" not in act)
        assert standing(known) in STANDINGS
    known = given_up(known) if standing(known) != "SETTLED" else known
    for _ in range(12):  # everybody answers again
        known = world.step(known, next_step(known), answered=True, yes=True)
    if standing(known) == "STUCK":
        return
    assert next_step(known) == "done"
    assert (world.fund, world.cash) in ((True, True), (False, False))
    assert known.kept_fen == (6000 if world.fund else 0)


def test_the_fund_is_settled_and_the_cash_fails_so_the_settlement_is_reversed():
    known = told(told(insured(SPLIT), "fund", "ask"), "fund", "succeed")
    assert (standing(known), next_step(known)) == ("FUND_ONLY", "wait")
    known = told(told(known, "cash", "ask"), "cash", "fail")
    assert (standing(known), next_step(known)) == ("COMPENSATING", "reverse_fund")
    known = told(told(known, "fund", "reverse"), "fund", "doubt")
    assert next_step(known) == "query_reversal"
    assert standing(told(known, "fund", "reversed")) == "UNDONE"


def test_the_cash_is_paid_and_the_fund_unknown_is_asked_after_before_anything_goes_back():
    known = told(told(insured(SPLIT), "fund", "ask"), "fund", "doubt")
    known = told(known, "cash", "succeed")
    assert (standing(known), next_step(known)) == ("FUND_UNKNOWN", "query_fund")
    failed = told(known, "fund", "fail")
    assert (standing(failed), next_step(failed)) == ("COMPENSATING", "refund_cash")
    assert standing(told(known, "fund", "succeed")) == "SETTLED"


def test_a_reversal_that_is_refused_waits_for_a_person():
    known = told(told(insured(SPLIT), "fund", "ask"), "fund", "succeed")
    known = told(
        told(given_up(told(known, "cash", "succeed")), "fund", "reverse"), "fund", "refuse"
    )
    assert (standing(known), next_step(known)) == ("STUCK", "person")
    assert next_step(told(known, "fund", "again")) == "reverse_fund"
    assert next_step(told(known, "fund", "reversed")) == "refund_cash"


def test_without_a_fund_half_it_is_an_ordinary_order():
    known = insured(Split(self_=2000))
    assert (standing(known), next_step(known)) == ("WAITING", "wait")
    assert standing(told(known, "cash", "succeed")) == "SETTLED"
