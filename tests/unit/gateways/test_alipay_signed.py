"""Which characters of an answer the platform has signed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.gateways.alipay.signed import NotAnAnswer, members

TEXTS = st.text(alphabet=st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4), st.sampled_from([None, 1]))
def test_each_member_is_cut_out_as_it_stands(answer, indent):
    text = json.dumps(answer, ensure_ascii=False, indent=indent)
    found = members(text)
    assert {name: json.loads(part) for name, part in found.items()} == answer
    assert all(part in text for part in found.values())


def test_a_brace_inside_a_text_is_no_end():
    inner = '{"subject":"门诊 } 挂号","code":"10000"}'
    assert members(f'{{"alipay_trade_query_response":{inner},"sign":"x"}}') == {
        "alipay_trade_query_response": inner,
        "sign": '"x"',
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "<html>",
        '{"a":1',
        '{"a":1,"a":2}',
        '{"a" 1}',
        '{"a":1,}',
        "{1:2}",
        '{"a":' + "[" * 100_000,
    ],
)
def test_what_is_no_answer_is_refused(text):
    with pytest.raises(NotAnAnswer):
        members(text)
