"""The parser against our own writer, against python-hl7, and against damage."""

import random

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import hl7 as samples
from wx_backend.gateways.hl7.escapes import escape, unescape
from wx_backend.gateways.hl7.message import STANDARD, Marks, NotHl7, encode, parse, split_batch

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
OTHER = Marks("$", "#", "@", "!", "%")
MARKS = st.sampled_from([STANDARD, OTHER])


@given(TEXT, MARKS)
def test_what_is_escaped_comes_back(text: str, marks: Marks) -> None:
    assert unescape(escape(text, marks), marks, "utf-8") == text


@given(
    st.lists(st.lists(st.lists(TEXT, min_size=1, max_size=3), min_size=1, max_size=3), max_size=4),
    MARKS,
)
def test_what_is_written_is_read(fields: list, marks: Marks) -> None:
    message = parse(encode([("MSH", "LIS"), ("ZZZ", *([field] for field in fields))], marks))
    for number, components in enumerate(fields, 1):
        for comp, subs in enumerate(components, 1):
            for sub, text in enumerate(subs, 1):
                read = message.get("ZZZ", number, 1, comp, sub)
                assert read == ("" if text == '""' else text)


def test_an_address_reads_as_in_the_standard() -> None:
    message = parse('MSH|^~\\&|LIS|JQ\rPID|1||A&B^C~D^E|""\rOBX|1\rOBX|2|ST|x||a\\S\\b\r')
    assert message.get("MSH", 1) == "|"
    assert message.get("MSH", 2) == "^~\\&"
    assert message.get("MSH", 3) == "LIS"
    assert message.get("PID", 3, 1, 1, 2) == "B"
    assert message.get("PID", 3, 2, 2) == "E"
    assert message.first("PID").repetitions(3) == 2
    assert message.get("PID", 4) == ""
    assert message.get("PID", 99, 3, 3, 3) == ""
    assert message.get("NTE", 1) == ""
    assert [segment.value(5) for segment in message.all("OBX")] == ["", "a^b"]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends_of_all_kinds(end: str) -> None:
    text = samples.thirty().replace("\r", end)
    assert [one.name for one in parse(text).segments].count("OBX") == 30


def test_escapes_of_layout_and_bytes() -> None:
    head = "MSH|^~\\&\rNTE|1||"
    assert parse(head + "a\\.br\\b\\.sp2\\c").get("NTE", 3) == "a\nb\nc"
    assert parse(head + "\\H\\重\\N\\要\\.in+2\\").get("NTE", 3) == "重要"
    assert parse(head + "\\XE992BE\\").get("NTE", 3) == "钾"
    assert parse(head + "\\XBCD8\\", "gb18030").get("NTE", 3) == "钾"
    assert parse(head + "50\\% \\Zab\\").get("NTE", 3) == "50\\% \\Zab\\"


def test_free_text_may_be_broken_over_lines() -> None:
    message = parse("MSH|^~\\&|A\rOBX|1|TX|c||first\nsecond line\r")
    assert message.get("OBX", 5) == "first\nsecond line"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_header"),
        ("PID|1\rMSH|^~\\&", "no_header"),
        ("MSH", "bad_separators"),
        ("MSHA^~\\&ALIS", "bad_separators"),
        ("MSH||LIS", "bad_separators"),
        ("MSH|^~\\&|A\rO?X|1|NM|K", "bad_segment"),
        ("MSH|^~\\&|A\rOB|1|NM|K||6.9", "bad_segment"),
    ],
)
def test_what_is_no_message(text: str, reason: str) -> None:
    with pytest.raises(NotHl7) as refused:
        parse(text)
    assert refused.value.data == {"reason": reason}


def test_a_batch_is_its_messages() -> None:
    one, two = samples.oru("C1"), samples.adt("A01", "C2")
    found = split_batch(f"\ufeffFHS|^~\\&\rBHS|^~\\&\r{one}{two}BTS|2\rFTS|1\r")
    assert [parse(text).control_id for text in found] == ["C1", "C2"]
    with pytest.raises(NotHl7):
        split_batch("FHS|^~\\&\rFTS|0\r")


def test_two_separators_are_enough() -> None:
    message = parse("MSH|^~|LIS\rPID|1||a&b^c\\S\\")
    assert message.get("PID", 3) == "a&b"
    assert message.get("PID", 3, 1, 2) == "c\\S\\"


@pytest.mark.parametrize(
    "text", [samples.thirty(), samples.adt("A01"), samples.adt("A40", former="M9")]
)
def test_python_hl7_reads_the_same(text: str) -> None:
    ours, oracle = parse(text), hl7.parse(text)
    assert len(ours.segments) == len(oracle)
    for mine, theirs in zip(ours.segments, oracle, strict=True):
        for number in range(3 if mine.name == "MSH" else 1, len(theirs)):
            assert mine.raw(number) == str(theirs[number]), (mine.name, number)


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_damage_is_refused_or_read_but_never_worse(seed: int, blows: int) -> None:
    text = damaged(samples.thirty(), random.Random(seed), blows)
    try:
        message = parse(text)
    except NotHl7:
        return
    for segment in message.segments:
        for number in range(1, 20):
            segment.value(number, 2, 2, 2)
            segment.whole(number)


def damaged(text: str, chance: random.Random, blows: int) -> str:
    letters = list(text)
    for _ in range(blows):
        at = chance.randrange(len(letters))
        letters[at] = chance.choice(
            ["", "|", "^", "\\", "\r", "\n", "~", "&", "\x00", "Ω", letters[at] * 3]
        )
    return "".join(letters)
