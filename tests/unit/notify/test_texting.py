"""How many texts somebody gets, when their end is asked for, and what they may say."""

from datetime import UTC, datetime, timedelta

import pytest

from notify.messages.agreement import unusable
from notify.messages.catalogue import TOLD
from notify.messages.model import HEARD_WITHIN, SMS, Grade
from notify.messages.texting import ASKED_AFTER, counted, next_ask, wait_for
from notify.messages.words import template
from wx_backend.gateways.sms.port import ApprovedText

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
"""In Shanghai."""


def before(**ago: float) -> datetime:
    return NOON - timedelta(**ago)


@pytest.mark.parametrize(
    ("sent", "wait"),
    [
        ([], None),
        ([before(minutes=1)], None),
        ([before(seconds=20)], timedelta(seconds=40)),
        ([before(minutes=n) for n in (50, 40, 30, 20, 10)], timedelta(minutes=10)),
        ([before(minutes=n) for n in (60, 40, 30, 20, 10)], None),
        ([before(hours=n) for n in (2, 3, 4, 5, 6, 7)], timedelta(hours=12, minutes=5)),
        ([before(hours=n) for n in (2, 3, 4, 5, 13, 14)], None),
    ],
)
def test_how_long_the_next_text_waits(sent, wait):
    assert wait_for(sent, NOON, 6) == wait


def test_what_no_longer_counts_is_forgotten():
    kept = [before(hours=11), before(minutes=2)]
    assert counted([before(hours=13), *kept], NOON) == kept


def test_a_text_is_asked_for_until_carriers_give_up():
    waits = [next_ask(n) for n in range(1, len(ASKED_AFTER) + 1)]
    assert waits[-1] is None
    assert sum(waits[:-1], ASKED_AFTER[0]) == timedelta(days=3)
    assert sum(at < HEARD_WITHIN for at in ASKED_AFTER) == 4, "before a person is asked to ring"


def test_texts_are_for_what_must_reach_somebody_and_say_only_whose_it_is():
    for row in TOLD.values():
        text = template(row.template).sms
        assert (SMS in row.channels) == row.must_reach == (text is not None), row.event
        if text:
            assert text.fields == ["{{ patient }}"], row.event
            assert row.channels[-1] == SMS and row.grade is Grade.NORMAL, row.event


def test_what_is_wrong_with_a_providers_texts_is_said():
    ours, ids = {"a": 1, "b": 1, "c": 1, "d": 1}, {"b": "2", "c": "3", "d": "4", "e": "5"}
    theirs = [
        ApprovedText(id="3", usable=False, words="{1}", why="含敏感词"),
        ApprovedText(id="4", usable=True, words="{1}于{2}"),
    ]
    assert unusable(ours, ids, theirs) == [
        "缺少短信模板：a",
        "b：账号里没有短信模板 2",
        "c：短信模板未通过审核或尚未生效 含敏感词",
        "d：短信模板有 2 个变量，我们填写 1 个",
    ]
    assert unusable({"d": 2}, ids, theirs) == []
