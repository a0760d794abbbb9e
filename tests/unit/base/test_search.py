"""Tokens of Chinese texts, and what finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.base.search import matches, tokens

NAMES = tokens(["心血管内科", "高血压、胸闷、心悸"])


@pytest.mark.parametrize(
    "query",
    [
        "心血管",
        "血管内",
        "心",
        "xinxueguan",
        "XinXue",
        "xxgnk",
        "xxg",
        "neike",
        "高血压",
        "gxy",
        "xiong 内科",
    ],
)
def test_found_by_characters_sounds_and_initials(query: str) -> None:
    assert matches(NAMES, query)


@pytest.mark.parametrize("query", ["心管", "压胸", "骨", "guke", "xxn", "", "，。", "心血管 骨科"])
def test_what_is_not_said_is_not_found(query: str) -> None:
    assert not matches(NAMES, query)


def test_a_surname_is_found_by_each_of_its_readings() -> None:
    for query in ("shan", "dan", "sgq", "shanguoqiang"):
        assert matches(tokens(["单国强"]), query)


@given(st.text("心血管内科神经外骨眼口腔儿", min_size=1, max_size=6))
def test_a_text_is_found_by_itself_and_by_every_part_of_it(text: str) -> None:
    indexed = tokens([text])
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            assert matches(indexed, text[start:end])
