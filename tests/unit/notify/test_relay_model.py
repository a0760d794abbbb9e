from datetime import timedelta

import pytest

from notify.relay.model import WAITS, reason_of, wait_after
from wx_backend.base.errors import WrongState


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
