"""Scoped parameters: the most specific approved value wins."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.base.errors import Invalid
from wx_backend.directory.settings.effects import Effect, effect
from wx_backend.directory.settings.model import (
    LEVELS,
    PARAMETERS,
    Setting,
    check_place,
    in_force,
    resolved,
)
from wx_backend.directory.settings.reach import levels

NAME = "booking.window_days"
SCOPES = {"campus": "c1", "department": "d1", "clinic_type": "expert", "doctor": "doc1"}
PLACES = {("hospital", ""), *SCOPES.items()}


def test_the_default_without_any_value():
    assert resolved({}, NAME, SCOPES) == 14


@given(st.sets(st.sampled_from(sorted(PLACES))))
def test_the_most_specific_value_wins(places):
    values = {(NAME, level, scope): LEVELS.index(level) for level, scope in places}
    best = max((LEVELS.index(level) for level, _ in places), default=14)
    assert resolved(values, NAME, SCOPES) == best


def test_values_of_other_places_and_parameters_do_not_count():
    values = {
        (NAME, "doctor", "doc2"): 1,
        (NAME, "department", "doc1"): 2,
        ("booking.per_day", "hospital", ""): 3,
    }
    assert resolved(values, NAME, SCOPES) == 14


def test_a_place_that_is_not_said_is_not_looked_at():
    values = {(NAME, "doctor", "doc1"): 1, (NAME, "campus", "c1"): 2}
    assert resolved(values, NAME, {"campus": "c1"}) == 2


def test_a_misspelt_parameter_is_an_error():
    with pytest.raises(KeyError):
        resolved({}, "booking.window", SCOPES)


def setting(version: int, value: int, level: str = "hospital", scope: str = "") -> Setting:
    return Setting(
        id=f"set{level}{version}",
        inst="ins1",
        name=NAME,
        level=level,
        scope=scope,
        value=value,
        version=version,
        state="APPROVED",
        proposed_by="staff:a",
        proposed_at=datetime(2026, 11, 22, tzinfo=UTC),
    )


def test_the_newest_approved_version_is_in_force():
    approved = [setting(2, 21), setting(3, 28), setting(1, 7), setting(1, 3, "doctor", "doc1")]
    assert in_force(approved) == {(NAME, "hospital", ""): 28, (NAME, "doctor", "doc1"): 3}


@pytest.mark.parametrize("value", [-1, 181, "14", "soon"])
def test_a_number_within_its_bounds(value):
    with pytest.raises(Invalid):
        PARAMETERS[NAME].check(value)


@pytest.mark.parametrize("value", [7, "7:00", "25:00", "24:30", "24:00", ""])
def test_a_time_of_day(value):
    with pytest.raises(Invalid):
        PARAMETERS["booking.release_time"].check(value)


@pytest.mark.parametrize("value", [1, "", " ", "长" * 201])
def test_words_that_are_too_many_or_none(value):
    with pytest.raises(Invalid):
        PARAMETERS["booking.symptoms"].check(value)


def test_defaults_keep_their_own_rules():
    for parameter in PARAMETERS.values():
        parameter.check(parameter.default)


@pytest.mark.parametrize(("level", "scope"), [("ward", "w1"), ("hospital", "h1"), ("doctor", "")])
def test_places_that_do_not_exist(level, scope):
    with pytest.raises(Invalid):
        check_place(level, scope)


def asked_for(after: str) -> set[str]:
    root = Path(__file__).parents[3]
    asked = set()
    for folder in ("wx_backend", "booking", "notify"):
        for file in (root / folder).rglob("*.py"):
            text = file.read_text("utf-8")
            asked |= set(re.findall(rf"resolve\(\s*[\w.]+,\s*\"([\w.]+)\"{after}", text))
    assert asked
    return asked


def test_the_program_asks_only_for_what_is_declared():
    assert asked_for("") <= PARAMETERS.keys()


def test_what_is_asked_for_without_a_place_is_set_for_the_hospital_alone():
    """But for the longest booking window, and what a form shows before a place is chosen."""
    alone = {name for name in PARAMETERS if levels(name) == ("hospital",)}
    anywhere = {"booking.window_days", "booking.referral_share"}
    assert asked_for(r"\s*\)") - anywhere <= alone


CLINICS = [
    {"campus": "c", "department": unit, "clinic_type": kind, "doctor": f"{unit}{n}"}
    for unit in ("eye", "ear")
    for n in (1, 2)
    for kind in ("ordinary", "expert")
]


@pytest.mark.parametrize(
    ("level", "scope", "value", "expected"),
    [
        ("hospital", "", 20, Effect(14, 6, 2)),
        ("hospital", "", 14, Effect(14, 0, 2)),
        ("department", "eye", 30, Effect(14, 2, 2)),
        ("doctor", "eye1", 30, Effect(40, 2, 0)),
        ("clinic_type", "expert", 30, Effect(14, 3, 1)),
    ],
)
def test_what_a_proposal_would_change(level, scope, value, expected):
    known = {(NAME, "doctor", "eye1"): 40}
    draft = setting(2, value, level, scope)
    assert effect(known, draft, CLINICS) == expected
