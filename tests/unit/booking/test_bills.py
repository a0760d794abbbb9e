"""What may be paid, what has changed, and what the HIS has made of it."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from booking.bills.model import (
    BillsChanged,
    Line,
    Payment,
    choose,
    outcome,
    payable,
    shown,
)
from wx_backend.entrypoints.web.patient.billed import picked
from wx_backend.gateways.his_bills.port import Bill, Item

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def bill(no: str, fen: int = 1000, **more: object) -> Bill:
    known = {
        "kind": "DRUG", "department": "心血管内科", "doctor": "周启明",
        "prescribed_at": NOW - timedelta(hours=1), "expires_at": NOW + timedelta(days=1),
        "items": (Item(name="阿司匹林肠溶片", price_fen=fen, fen=fen),),
    }  # fmt: skip
    return Bill(no=no, fen=fen, **{**known, **more})


OFFERED = [shown(bill("A"), True), shown(bill("B", 2500), True)]
PAID = Payment(
    id="bil1", inst="ins1", account="acc1", kind="bill", patient="王*国", fen=3500, request="",
    lines=(Line(no="A", department="", fen=1000), Line(no="B", department="", fen=2500)),
    opened_at=NOW, expires_at=NOW,
)  # fmt: skip


def test_what_is_over_or_not_pending_is_not_offered_and_the_oldest_comes_first():
    late = bill("L", expires_at=NOW)
    old = bill("O", prescribed_at=NOW - timedelta(days=1))
    found = payable([bill("A"), bill("P", state="PAID"), late, old], NOW)
    assert [one.no for one in found] == ["O", "A"]


def test_who_may_not_read_sees_no_kind_no_doctor_no_items():
    seen = shown(bill("A"), False)
    assert (seen.no, seen.fen, seen.department) == ("A", 1000, "心血管内科")
    assert (seen.kind, seen.doctor, seen.items) == ("", "", ())


def test_the_chosen_ones_are_what_was_shown():
    assert [one.no for one in choose(OFFERED, ["B"], 2500)] == ["B"]
    assert len(choose(OFFERED, ["A", "B"], 3500)) == 2


@pytest.mark.parametrize(
    ("nos", "fen"), [(["A"], 999), (["A", "C"], 1000), (["A", "A"], 2000), ([], 0 - 1)]
)
def test_anything_else_is_refused_with_the_new_list(nos, fen):
    with pytest.raises(BillsChanged) as refused:
        choose(OFFERED, nos, fen)
    told = refused.value.data["bills"]
    assert [one["no"] for one in told] == ["A", "B"]
    assert set(told[0]) == {"no", "department", "fen"}


@pytest.mark.parametrize(
    ("bills", "taken", "refused"),
    [
        ([("A", "PAID", "bil1"), ("B", "PAID", "bil1")], ("A", "B"), ()),
        ([("A", "PAID", "bil1"), ("B", "PAID", "")], ("A",), ("B",)),
        ([("A", "PAID", "bil2"), ("B", "CANCELLED", "")], (), ("A", "B")),
        ([("A", "PENDING", "")], (), ("A", "B")),
        ([], (), ("A", "B")),
    ],
)
def test_only_what_this_payment_has_paid_is_kept(bills, taken, refused):
    now = [bill(no, state=state, paid_with=by) for no, state, by in bills]
    result = outcome(PAID, now)
    assert (result.taken, result.refused) == (taken, refused)


def test_what_goes_back():
    assert PAID.refused_fen == 0
    assert replace(PAID, state="SETTLED", refused=("B",)).refused_fen == 2500
    assert replace(PAID, state="REFUSED").refused_fen == 3500


def test_ticked_boxes_carry_what_was_shown():
    assert picked(["A:1000", "B:2:2500"]) == (["A", "B:2"], 3500)
    assert picked(["A", ":5", "C:x", "D:-5"]) == ([], 0)
