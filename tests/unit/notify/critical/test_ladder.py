"""Whom a step tells, how far it goes, and when the next one is due."""

from datetime import timedelta

import pytest

from notify.critical.ladder import (
    LADDERS,
    REPEATED,
    Crew,
    Person,
    arrive,
    climb,
    limit_names,
    limits_of,
    next_due,
    seats_of,
    state_due,
)
from notify.critical.model import AREAS, SEATS
from tests.helpers.alerts import AT, LIMITS, alert, alert_in
from wx_backend.directory.settings.model import PARAMETERS

FULL = {seat: (Person(seat, seat),) for seat in SEATS}


def crew(*empty: str, gaps: dict[str, str] | None = None, unreachable: str = "") -> Crew:
    seats = {seat: people for seat, people in FULL.items() if seat not in empty}
    if unreachable:
        seats[unreachable] = (Person(unreachable, unreachable, reachable=False),)
    return Crew(seats=seats, gaps=gaps or {})


def members(step) -> list[str]:
    return [one.member for one in step.told]


def minutes(due) -> float:
    return (due - AT).total_seconds() / 60


@pytest.mark.parametrize("area", AREAS)
def test_every_rung_names_seats_that_exist(area):
    rungs = LADDERS[area]
    assert len(rungs) == len(LIMITS.rungs)
    assert {seat for rung in (*rungs, REPEATED) for seat in rung} <= SEATS.keys()
    for rung in range(len(rungs) + 3):
        step = climb(crew(), area, rung, AT)
        assert (step.rung, step.nobody) == (rung, False)
        assert members(step) == list(dict.fromkeys(seats_of(area, rung)))


def test_after_the_last_rung_the_same_are_told_again():
    assert seats_of("INPATIENT", 5) == seats_of("INPATIENT", 9) == REPEATED


def test_a_gap_climbs_in_the_same_step_and_tells_the_quality_office():
    step = climb(crew("duty_nurse"), "INPATIENT", 0, AT)
    assert step.rung == 2
    assert members(step) == [
        *("orderer", "attending", "duty_doctor", "head_nurse", "quality_office")
    ]
    assert step.gaps == ("duty_nurse:nobody_on_duty",)
    assert {one.rung for one in step.told if one.member == "duty_doctor"} == {0}


def test_nobody_at_all_goes_to_both_offices():
    step = climb(crew(*SEATS.keys() - {"quality_office"}), "INPATIENT", 0, AT)
    assert (step.rung, members(step)) == (4, ["quality_office"])
    empty = climb(Crew(seats={}), "INPATIENT", 0, AT)
    assert (empty.rung, empty.told, empty.nobody) == (4, (), True)


def test_a_last_rung_with_a_gap_tells_the_offices_without_going_on():
    step = climb(crew("medical_affairs"), "OUTPATIENT", 4, AT)
    assert (step.rung, members(step)) == (4, ["quality_office"])
    again = climb(crew("director"), "OUTPATIENT", 7, AT)
    assert again.rung == 7
    assert set(members(again)) == {"medical_affairs", "duty_doctor", "quality_office"}


def test_what_is_unknown_of_the_patient_is_a_gap_of_the_rung_alone():
    step = climb(crew(), "INPATIENT", 0, AT, gaps=("patient:unknown",))
    assert (step.rung, step.gaps) == (1, ("patient:unknown",))
    assert members(step)[-1] == "quality_office"


def test_gaps_below_are_told_of_but_lead_no_further():
    step = climb(crew(), "INPATIENT", 2, AT, below=("duty_nurse:timeout",))
    assert (step.rung, step.nobody) == (2, True)
    assert members(step) == ["head_nurse", "attending", "quality_office"]


@pytest.mark.parametrize(
    ("filled", "gap"),
    [
        (crew("orderer", gaps={"orderer": "left"}), "orderer:left"),
        (crew("orderer", gaps={"orderer": "unknown"}), "orderer:unknown"),
        (crew("attending", gaps={"attending": "unknown"}), "attending:unknown"),
        (crew(unreachable="duty_doctor"), "duty_doctor:no_wecom"),
    ],
)
def test_each_kind_of_nobody(filled, gap):
    step = climb(filled, "INPATIENT", 0, AT)
    assert gap in step.gaps
    assert step.rung >= 1
    assert "quality_office" in members(step)


def test_a_doctor_the_his_does_not_name_is_no_gap():
    assert climb(crew("attending"), "INPATIENT", 0, AT).gaps == ()


def test_one_of_two_who_can_be_reached_is_enough():
    two = (Person("a", "a", reachable=False), Person("b", "b"))
    step = climb(Crew(seats={**FULL, "duty_nurse": two}), "INPATIENT", 0, AT)
    assert (step.nobody, {"a", "b"} <= set(members(step))) == (False, True)


def test_an_arrival_tells_the_new_place_and_keeps_the_rung():
    step = arrive(crew(), "INPATIENT", 3, AT)
    assert (step.rung, members(step)) == (3, ["duty_doctor", "duty_nurse", "attending"])
    lonely = arrive(crew("duty_doctor", "duty_nurse", "head_nurse"), "INPATIENT", 0, AT)
    assert (lonely.rung, lonely.nobody) == (3, True)


def test_rungs_are_counted_from_the_raising_whenever_they_are_climbed():
    late = AT + timedelta(minutes=40)
    assert [minutes(next_due(alert(), rung, late)) for rung in range(4)] == [5, 10, 15, 30]
    assert minutes(next_due(alert(), 4, late)) == 50
    assert minutes(next_due(alert(), 8, late)) == 50


def test_a_hurried_alert_is_not_left_alone():
    assert minutes(next_due(alert(), 3, AT, hurried=True)) == 5
    assert minutes(next_due(alert(), 0, AT, hurried=True)) == 5


def test_later_states_go_on_from_their_own_limit():
    received = alert_in("RECEIVED", due_at=AT + timedelta(minutes=7))
    assert minutes(next_due(received, 1, AT + timedelta(minutes=7))) == 12
    assert minutes(next_due(received, 3, AT + timedelta(minutes=7))) == 22


def test_what_was_told_quietly_begins_its_ladder_then():
    quiet = alert(known="alr0", due_at=AT + timedelta(minutes=30))
    assert minutes(next_due(quiet, 0, AT + timedelta(minutes=30))) == 35


def test_limits_of_states():
    due = {state: state_due(LIMITS, state, AT) for state in ("RECEIVED", "HANDLED", "CLOSED")}
    assert minutes(due["RECEIVED"]) == 5
    assert minutes(due["HANDLED"]) == 360
    assert due["CLOSED"] is None


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("severity", ["A", "B"])
def test_the_limits_are_declared_parameters(area, severity):
    names = limit_names(area, severity)
    found = limits_of({key: PARAMETERS[name].default for key, name in names.items()})
    assert found.rungs == LIMITS.rungs
    assert found.handle == (60 if area in ("OUTPATIENT", "CHECKUP") else 30)


def test_a_rung_is_never_before_the_one_below():
    names = limit_names("INPATIENT", "A")
    values = {key: PARAMETERS[name].default for key, name in names.items()}
    assert limits_of({**values, "receive": 20}).rungs == (0, 20, 21, 22, 30)
