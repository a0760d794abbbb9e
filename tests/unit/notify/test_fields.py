import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.messages.fields import EMPTY, Unfit, fit, shorten
from wx_backend.entrypoints.sandbox.template_rules import Template, wrong_field


def accepted(field: str, value: str) -> bool:
    """What the platform's double says, which knows nothing of our rules."""
    return wrong_field(Template("t", "t", {field: "x"}), {field: {"value": value}}) is None


@pytest.mark.parametrize(
    ("field", "value", "fitted"),
    [
        ("thing1", "内科", "内科"),
        ("thing1", "  内\n科\t门诊 ", "内 科 门诊"),
        ("thing1", "科" * 20, "科" * 20),
        ("thing1", "科" * 21, "科" * 19 + "…"),
        ("thing1", "内\x00科\x1f", "内科"),
        ("thing1", "恭喜🎉您", "恭喜您"),
        ("thing1", "", "无"),
        ("thing1", "🎉", "无"),
        ("character_string5", "A 012号", "A012"),
        ("character_string5", "x" * 40, "x" * 32),
        ("character_string5", "号", "-"),
        ("phrase3", "已预约成功了", "已预约成功"),
        ("phrase3", "OK已预约", "已预约"),
        ("name2", "欧阳*三", "欧阳*三"),
        ("name2", "阿卜杜拉赫曼·买买提依明江", "阿卜杜拉赫曼·买买…"),
        ("time4", "2026年11月24日 09:30", "2026年11月24日 09:30"),
        ("time4", "09:30", "09:30"),
        ("time4", "2026年11月24日 09:30~2026年11月24日 10:00", None),
        ("amount2", "¥50.00", "¥50.00"),
        ("amount2", "50.00元", "50.00元"),
        ("number1", "12", "12"),
        ("phone_number1", "电话 010-12345678", "010-12345678"),
    ],
)
def test_what_fits_and_how_it_is_cut(field, value, fitted):
    assert fit(field, value) == (value if fitted is None else fitted)
    assert accepted(field, fit(field, value))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time4", "下周二"),
        ("time4", "2026-11-24T09:30"),
        ("amount2", "五十元"),
        ("amount2", "¥12345678901"),
        ("number1", "12号"),
        ("letter1", "号"),
        ("name1", "🎉"),
        ("unknown1", "x"),
        ("thing", "x"),
        ("", "x"),
    ],
)
def test_what_cannot_be_cut_right_is_refused_and_the_value_is_not_repeated(field, value):
    with pytest.raises(Unfit) as refused:
        fit(field, value)
    assert refused.value.data == {"field": field}


@given(st.sampled_from(["thing1", "const2", "character_string3", "phrase4"]), st.text(max_size=60))
def test_any_text_becomes_something_the_platform_accepts(field, value):
    assert accepted(field, fit(field, value))


@given(st.text(max_size=60))
def test_fitting_twice_changes_nothing_more(value):
    assert fit("thing1", fit("thing1", value)) == fit("thing1", value)


@given(st.text(max_size=60), st.integers(min_value=1, max_value=30))
def test_shortening_keeps_the_beginning(value, most):
    cut = shorten(value, most)
    assert len(cut) <= most
    assert cut == value or value.startswith(cut[:-1])


def test_every_stand_in_for_nothing_fits():
    assert all(accepted(f"{kind}1", word) for kind, word in EMPTY.items())
