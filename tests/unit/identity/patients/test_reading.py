"""Who may read, on which day."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.identity.patients.idcard import age
from wx_backend.identity.patients.model import ADULT, Binding, adult_since, digits

BORN = date(2008, 5, 6)
EVE, BIRTHDAY = date(2026, 5, 5), date(2026, 5, 6)


def binding(level="VERIFIED", reading="USUAL", guardian="pat2") -> Binding:
    return Binding(
        id="b1", inst="ins1", account="acc1", patient_id="pat1", relation="CHILD", level=level,
        state="ACTIVE", display="王*明", masked_id_no="", birth_date=BORN, sex="M", consents=(),
        added_at=datetime(2026, 1, 1, tzinfo=UTC), version=1, guardian=guardian, reading=reading,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("level", "reading", "guardian", "eve", "birthday"),
    [
        ("VERIFIED", "USUAL", "pat2", True, False),
        ("VERIFIED", "ALLOWED", "pat2", True, True),
        ("VERIFIED", "DENIED", "pat2", False, False),
        ("VERIFIED", "USUAL", "", True, True),
        ("VERIFIED", "DENIED", "", False, False),
        ("BOOKING", "ALLOWED", "", False, False),
        ("BOOKING", "USUAL", "pat2", False, False),
    ],
)
def test_who_reads_on_the_eve_and_on_the_birthday(level, reading, guardian, eve, birthday):
    one = binding(level, reading, guardian)
    assert (one.may_read(EVE), one.may_read(BIRTHDAY)) == (eve, birthday)


@given(
    st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.dates(date(2019, 1, 1), date(2032, 12, 31))
)
def test_the_sweep_and_the_judgement_agree(born, today):
    assert (born <= adult_since(today)) is (age(born, today) >= ADULT)


def test_a_code_has_six_digits():
    assert digits("v1:00") == "000000"
    assert digits("v2:" + "ff" * 32).isdigit()
    assert len(digits("v2:" + "ff" * 32)) == 6
