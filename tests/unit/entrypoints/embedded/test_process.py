"""The restart policy, as arithmetic."""

from wx_backend.entrypoints.embedded.process import Backoff


def test_crashes_in_a_row_wait_longer_up_to_a_limit() -> None:
    backoff = Backoff(first=0.5, most=4.0, calm=60.0)
    assert [backoff.after_crash(now) for now in range(5)] == [0.5, 1.0, 2.0, 4.0, 4.0]


def test_a_calm_while_is_forgiven() -> None:
    backoff = Backoff(first=0.5, most=4.0, calm=60.0)
    assert [backoff.after_crash(now) for now in (0, 1, 61.5)] == [0.5, 1.0, 0.5]
