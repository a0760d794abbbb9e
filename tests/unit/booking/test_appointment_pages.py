"""The cursor of a list of appointments."""

from datetime import UTC, datetime

import pytest

from booking.appointments.model import read_cursor, write_cursor
from tests.unit.entrypoints.web.patient.things import appointment
from wx_backend.base.errors import Invalid


def test_a_cursor_is_read_as_it_was_written() -> None:
    last = appointment(starts_at=datetime(2026, 11, 24, 1, 30, tzinfo=UTC))
    assert read_cursor(write_cursor(last)) == (last.starts_at, last.id)


@pytest.mark.parametrize("cursor", ["yesterday", "", "1e99.apt1", "99999999999999999999.apt1"])
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        read_cursor(cursor)
