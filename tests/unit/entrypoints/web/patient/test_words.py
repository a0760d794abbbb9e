"""Dates, times and sentences in the reader's language."""

from datetime import UTC, date, datetime, timedelta

import pytest

from wx_backend.entrypoints.web.patient.words import Words, words_in

ZONE = "Asia/Shanghai"
START = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)
CHINESE, ENGLISH = words_in("zh-CN"), words_in("en-US")


@pytest.mark.parametrize(
    ("words", "expected"),
    [(CHINESE, "11月24日 周二 09:30–10:00"), (ENGLISH, "Tue 24 Nov 09:30–10:00")],
)
def test_a_visit_is_said_in_the_hospitals_zone(words: Words, expected: str) -> None:
    assert words.span(START, START + timedelta(minutes=30), ZONE) == expected


@pytest.mark.parametrize(
    ("days", "near", "tile"),
    [(0, "今天", "今天"), (1, "明天", "明天"), (2, "11月24日", "周二")],
)
def test_days_nearby_have_names(days: int, near: str, tile: str) -> None:
    day = TODAY + timedelta(days=days)
    assert CHINESE.near_date(day, TODAY) == near
    assert CHINESE.tile(day, TODAY) == tile


def test_a_message_of_yesterday() -> None:
    now = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    assert CHINESE.recent(datetime(2026, 11, 21, 8, 20, tzinfo=UTC), now, ZONE) == "昨天 16:20"
    # 16:30 UTC is the next day in the hospital
    assert CHINESE.recent(datetime(2026, 11, 21, 16, 30, tzinfo=UTC), now, ZONE) == "今天 00:30"


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), "11月23日 24:00"),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), "11月23日 17:00"),
    ],
)
def test_midnight_belongs_to_the_day_that_ends(until: datetime, said: str) -> None:
    assert CHINESE.deadline(until, ZONE) == said
    assert CHINESE.cancel_rule(until, START - timedelta(days=9), ZONE).startswith(said)


def test_past_the_deadline_the_rule_says_where_to_go() -> None:
    for words in (CHINESE, ENGLISH):
        assert words.cancel_rule(START, START, ZONE) == words.no_cancel


def test_a_language_not_written_yet_is_chinese() -> None:
    assert words_in("fr-FR") is CHINESE


def test_english_says_everything_chinese_says() -> None:
    for name in ("sessions", "tabs", "relations"):
        assert getattr(ENGLISH, name).keys() == getattr(CHINESE, name).keys()
    texts = [
        name for name, value in vars(Words).items() if isinstance(value, str) and name[0] != "_"
    ]
    assert [name for name in texts if getattr(ENGLISH, name) == getattr(CHINESE, name)] == []
