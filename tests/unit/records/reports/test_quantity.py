"""Values and units as laboratories write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.records.reports.quantity import Quantity, quantity, spelled


@pytest.mark.parametrize(
    ("text", "amount", "relation"),
    [
        ("5.2", "5.2", ""),
        (" ５．２ ", "5.2", ""),
        (">1000", "1000", ">"),
        ("＜0.1", "0.1", "<"),
        ("≥ 8", "8", ">="),
        ("<= 8", "8", "<="),
        ("3.5*", "3.5", ""),
        ("7.1H", "7.1", ""),
        ("7.1 ↑", "7.1", ""),
        ("7.1↑", "7.1", ""),
        ("1.5E3", "1500", ""),
        (".5", "0.5", ""),
    ],
)
def test_numbers(text: str, amount: str, relation: str) -> None:
    assert quantity(text) == Quantity(Decimal(amount), relation)


@pytest.mark.parametrize(
    "text",
    ["", "1:128", "3-5", "1,000", "3,5", "4 1", "-1", "阳性", "1.2.3", "1E999", "9" * 40, "²"],
)
def test_what_is_no_number_for_sure(text: str) -> None:
    assert quantity(text) is None


@pytest.mark.parametrize(
    "text",
    ["10*9/L", "10^9/L", "×10^9/L", "x10^9/L", "×10⁹/L", "10E9/L", "E9/L", "109/L", "10^9 /l"],
)
def test_one_spelling_for_a_unit(text: str) -> None:
    assert spelled(text) == "10*9/l"


@given(st.text(max_size=20))
def test_any_text(text: str) -> None:
    quantity(text)
    assert spelled(text) == spelled(f" {text} ")
