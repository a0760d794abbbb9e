"""Resident identity numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.base.errors import Invalid
from wx_backend.identity.patients.idcard import CHECK_CHARACTERS, age, check_character, parse

TODAY = date(2026, 11, 22)
VECTOR = "11010519491231002X"
"""The example of GB 11643-1999."""

births = st.dates(date(1900, 1, 1), date(2026, 11, 22))
regions = st.integers(0, 999999)
orders = st.integers(0, 999)


def number(region: int, born: date, order: int) -> str:
    digits = f"{region:06d}{born:%Y%m%d}{order:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # as printed in the standard
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


def reason(text: str) -> str:
    with pytest.raises(Invalid) as refusal:
        parse(text, TODAY)
    return refusal.value.data["fields"]["id_no"]


def test_the_standards_own_example():
    assert check_character(VECTOR[:17]) == "X"
    card = parse(VECTOR, TODAY)
    assert (card.number, card.birth_date, card.sex) == (VECTOR, date(1949, 12, 31), "F")


@given(regions, births, orders)
def test_every_right_number_is_read(region, born, order):
    card = parse(number(region, born, order), TODAY)
    assert card.birth_date == born
    assert card.sex == ("M" if order % 2 else "F")


@given(regions, births, orders, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(region, born, order, at, by):
    right = number(region, born, order)
    digit = CHECK_CHARACTERS.index(right[17]) if at == 17 else int(right[at])
    wrong = CHECK_CHARACTERS[(digit + by) % 11] if at == 17 else str((digit + by) % 10)
    assert reason(right[:at] + wrong + right[at + 1 :])


@given(regions, births, orders, st.integers(0, 15))
def test_two_digits_swapped_are_always_noticed(region, born, order, at):
    right = number(region, born, order)
    swapped = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    if swapped != right:
        assert reason(swapped)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        assert len(parse(text, TODAY).number) == 18
    except Invalid as refusal:
        assert list(refusal.data["fields"]) == ["id_no"]


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105\u300019491231002X",
    ],
)
def test_ways_of_typing_are_put_right(typed):
    assert parse(typed, TODAY).number == VECTOR


@pytest.mark.parametrize("typed", ["", "42010119520", "110105491231002", VECTOR + "0"])
def test_the_length_is_told(typed):
    assert "18 位" in reason(typed)


@pytest.mark.parametrize("typed", ["1101051949123100AX", "X10105194912310021", "١" * 18])
def test_only_digits_and_a_last_x(typed):
    assert reason(typed)


def dated(digits: str) -> str:
    first = f"110105{digits}002"
    return first + check_character(first)


@pytest.mark.parametrize("born", ["20261123", "20270101", "18950101", "20250229", "20251301"])
def test_dates_that_cannot_be(born):
    assert "出生日期" in reason(dated(born))


def test_born_today_is_nought_years_old():
    assert age(parse(dated("20261122"), TODAY).birth_date, TODAY) == 0


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        (date(2008, 11, 22), date(2026, 11, 21), 17),
        (date(2008, 11, 22), date(2026, 11, 22), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_a_year_older_on_the_birthday(born, today, years):
    assert age(born, today) == years
