import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.base.errors import Invalid
from wx_backend.base.money import Split, parse_yuan, yuan


@pytest.mark.parametrize(
    ("fen", "text"), [(5000, "50.00"), (0, "0.00"), (5, "0.05"), (-50, "-0.50"), (-5001, "-50.01")]
)
def test_yuan(fen, text):
    assert yuan(fen) == text


@given(st.integers(0, 10**11))
def test_parse_undoes_yuan(fen):
    assert parse_yuan(yuan(fen)) == fen


@pytest.mark.parametrize(("text", "fen"), [("50", 5000), ("50.5", 5050), (" 0.05 ", 5)])
def test_parse_yuan_takes_what_people_write(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text", ["", "-1", "1.234", "1e3", "01", ".5", "5.", "1,000", "５０", "99999999999", "nan"]
)
def test_parse_yuan_refuses_anything_else_and_names_the_field(text):
    with pytest.raises(Invalid) as refused:
        parse_yuan(text, field="fee")
    assert set(refused.value.data["fields"]) == {"fee"}


def test_a_split_adds_up_and_has_no_negative_part():
    assert Split(fund=3000, account=500, self_=1000, other=400, reduction=100).total == 5000
    with pytest.raises(ValueError):
        Split(self_=-1)
