from datetime import UTC, datetime, timedelta

import pytest

from notify.relay.model import WAITS, digest, mended, reason_of, wait_after
from wx_backend.base.errors import Invalid, WrongState


@pytest.mark.parametrize("tries", range(1, len(WAITS) + 1))
def test_a_wait_is_its_step_and_at_most_a_fifth_more(tries):
    step = WAITS[tries - 1]
    waits = {wait_after(tries, f"key{n}") for n in range(200)}
    assert min(waits) >= timedelta(seconds=step)
    assert max(waits) < timedelta(seconds=step * 1.2)
    assert len(waits) > 100


def test_the_wait_of_a_key_is_always_the_same():
    assert wait_after(3, "apt1:1:0/seat") == wait_after(3, "apt1:1:0/seat")


def test_after_the_last_try_a_person_must_look():
    assert wait_after(len(WAITS), "k") is not None
    assert wait_after(len(WAITS) + 1, "k") is None


def test_a_reason_is_a_code_or_a_class_and_never_the_text():
    assert reason_of(WrongState("张三丰的预约状态已变化")) == "wrong_state"
    assert reason_of(RuntimeError("张三丰")) == "RuntimeError"


def test_edited_data_keeps_its_moments_and_its_texts():
    at = datetime(2026, 11, 24, 8, tzinfo=UTC)
    original = {"starts_at": at, "told_at": "今天", "lines": [{"due_at": at}]}
    edited = {
        "starts_at": "2026-11-24T16:30:00+08:00",
        "told_at": "明天",
        "lines": [{"due_at": "2026-11-25T00:00:00Z"}],
        "more": 1,
    }
    assert mended(original, edited) == {
        "starts_at": at + timedelta(minutes=30),
        "told_at": "明天",
        "lines": [{"due_at": datetime(2026, 11, 25, tzinfo=UTC)}],
        "more": 1,
    }


@pytest.mark.parametrize("text", ["soon", "2026-11-24T08:00:00"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(Invalid):
        mended({}, {"starts_at": text})


def test_the_digest_does_not_depend_on_the_order_of_fields():
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
