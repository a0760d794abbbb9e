"""What is offered for reading back gives no hint, and only the right value agrees."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.critical.model import ReadBack
from notify.critical.readback import NEUTRAL, OFFERED, agrees, choices
from tests.helpers.alerts import alert

VALUES = ["2.6", "2.60", "0.1", "0", "-3.2", "1000", "68", ">1000", "<0.10", "阳性", "G+ 球菌", "7"]


@pytest.mark.parametrize("value", VALUES)
def test_the_right_value_stands_among_others(value):
    offered = choices(alert(value=value))
    assert (offered[0].value, offered[0].label) == ("", NEUTRAL)
    values = [one.value for one in offered[1:]]
    assert len(set(values)) == OFFERED
    assert values.count(value) == 1
    assert [one for one in values if agrees(alert(value=value), ReadBack(item="K", value=one))] == [
        value
    ]


def test_it_is_the_same_at_every_look():
    assert choices(alert()) == choices(alert())


def test_the_place_and_the_rank_of_the_right_value_tell_nothing():
    places, ranks = Counter(), Counter()
    for n in range(400):
        values = [one.value for one in choices(alert(id=f"alr{n}"))[1:]]
        places[values.index("2.6")] += 1
        ranks[sorted(values, key=Decimal).index("2.6")] += 1
    assert set(places) == set(ranks) == set(range(OFFERED))
    assert min(*places.values(), *ranks.values()) > 400 / OFFERED / 2


@given(st.decimals(min_value="0.01", max_value="5000", places=2), st.text(max_size=8))
def test_any_number_has_neighbours_that_differ(number, key):
    value = str(number)
    values = [one.value for one in choices(alert(id=key, value=value))[1:]]
    assert value in values
    assert len({Decimal(one) for one in values}) == OFFERED


def test_no_result_of_a_positive_quantity_is_offered_as_negative():
    for n in range(50):
        for value in ("0.1", "0.3", "2.6", "1"):
            offered = choices(alert(id=f"a{n}", value=value))[1:]
            assert all(Decimal(one.value) > 0 for one in offered)


@pytest.mark.parametrize(
    ("said", "value", "right"),
    [
        ("2.6", "2.6", True),
        ("2.60", "2.6", True),
        ("２.６", "2.6", True),
        (" 2.6 ", "2.6", True),
        ("26", "2.6", False),
        ("6.2", "2.6", False),
        ("1000", ">1000", False),
        ("＞1000", ">1000", True),
        ("阳性", "阳性", True),
        ("阴性", "阳性", False),
        ("nan", "2.6", False),
        ("nan", "NaN", True),
    ],
)
def test_agreeing(said, value, right):
    assert agrees(alert(value=value), ReadBack(item="K", value=said)) is right


def test_another_item_never_agrees():
    assert not agrees(alert(), ReadBack(item="NA", value="2.6"))
