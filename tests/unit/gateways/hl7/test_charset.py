"""Bytes of a message become text; nothing is refused for its characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import hl7 as samples
from wx_backend.gateways.hl7.charset import Decoded, declared, decode

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=20)


@pytest.mark.parametrize(
    ("said", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("GB 18030-2000", "gb18030"),
        ("gbk", "gb18030"),
        ("ASCII", "ascii"),
        ("ASCII~GB18030", "gb18030"),
        ("", None),
        ("KLINGON", None),
    ],
)
def test_what_the_header_says(said: str, codec: str | None) -> None:
    text = f"MSH|^~\\&|检验科|JQ|||||ORU^R01|1|P|2.5||||||{said}\rPID|1"
    assert declared(text.encode(codec or "utf-8", "ignore")) == codec


@given(CHINESE, st.sampled_from([("GB 18030-2000", "gb18030"), ("UNICODE UTF-8", "utf-8")]))
def test_chinese_in_the_header_hides_nothing(facility: str, charset: tuple[str, str]) -> None:
    said, codec = charset
    text = f"MSH|^~\\&|{facility}|{facility}|WX|JQ|||ORU^R01|1|P|2.5||||||{said}\rPID|1||{facility}"
    assert decode(text.encode(codec)) == Decoded(text, codec)


def test_a_second_byte_that_looks_like_a_separator() -> None:
    facility = b"\x81\x7c".decode("gb18030")
    text = f"MSH|^~\\&|{facility}|JQ|||||ORU^R01|1|P|2.5||||||GB18030\r"
    assert decode(text.encode("gb18030")).text == text


def test_a_silent_header_is_read_by_habit() -> None:
    raw = samples.oru(charset="").encode("gb18030")
    assert decode(raw, "gb18030").faithful
    assert decode(raw, "gb18030").text == samples.oru(charset="")


def test_a_header_that_does_not_keep_its_word() -> None:
    text = samples.oru(charset="UNICODE UTF-8")
    found = decode(text.encode("gb18030"))
    assert found == Decoded(text, "gb18030", faithful=False)


def test_a_broken_character_costs_only_itself() -> None:
    raw = samples.oru().encode().replace("王".encode(), b"\xff\xfe")
    found = decode(raw)
    assert not found.faithful
    assert "\ufffd" in found.text
    assert "2823-3" in found.text


@given(st.binary(max_size=300))
def test_any_bytes_become_text(raw: bytes) -> None:
    assert isinstance(decode(b"MSH|" + raw).text, str)


def test_the_byte_order_mark_goes() -> None:
    assert decode(b"\xef\xbb\xbfMSH|").text == "MSH|"
