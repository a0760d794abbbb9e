"""What an alert is after each thing that can happen to it, and what cannot."""

from datetime import timedelta

import pytest

from notify.critical import moves
from notify.critical.areas import area_of
from notify.critical.ladder import Climb
from notify.critical.model import (
    ENDS,
    MACHINE,
    STATES,
    UNHANDLED,
    Contact,
    Handle,
    Orderer,
    check_measures,
)
from notify.critical.moves import Place
from tests.helpers.alerts import AT, act, alert, alert_in, told
from wx_backend.base.errors import Invalid, WrongState

STEP = Climb(rung=1, told=(told("sun", 1),))
MOVES = {
    "receive": lambda one: moves.received(one, act(), physician=False),
    "receive_as_physician": lambda one: moves.received(one, act(), physician=True),
    "notify": lambda one: moves.notified(one, act(), act("li", by="zhao")),
    "handle": lambda one: moves.handled(one, act("li")),
    "close": lambda one: moves.closed(one, act("li")),
    "refute": lambda one: moves.refuted(one, act("li", reason="溶血")),
    "escalate": lambda one: moves.climbed(one, STEP, AT),
    "transfer": lambda one: moves.transferred(one, PLACE, STEP, AT),
    "contact": lambda one: moves.contacted(one, CONTACT, act()),
}
PLACE = Place(
    encounter="enc1", area="INPATIENT", ward="重症医学科", bed="3", department="",
    places=("ward:重症医学科",), attending=Orderer("D03", "丁"),
)  # fmt: skip
CONTACT = Contact(outcome="UNREACHED", how="PHONE", member="zhao", name="赵婷", at=AT)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", MOVES)
def test_every_move_is_the_machine_s(state, action):
    before = alert_in(state)
    after = MACHINE.transitions.get((state, action))
    if after is None:
        with pytest.raises(WrongState):
            MOVES[action](before)
        return
    done = MOVES[action](before)
    assert (done.state, done.version) == (after, before.version + 1)
    assert done.open is (after not in ENDS)
    assert done.steps[:-1] == before.steps
    assert (done.steps[-1].before, done.steps[-1].after) == (state, after)


@pytest.mark.parametrize("state", [*UNHANDLED, "HANDLED"])
def test_a_recall_ends_whatever_is_open(state):
    done = moves.recalled(alert_in(state), "更正", "alr2", AT)
    assert (done.state, done.open, done.replaced_by, done.due_at) == (
        "RECALLED", False, "alr2", None,
    )  # fmt: skip


def test_a_recall_after_the_end_leaves_the_end():
    done = moves.recalled(alert_in("CLOSED"), "更正", "", AT)
    assert (done.state, done.recalled.reason, done.version) == ("CLOSED", "更正", 2)
    for state in ("RECALLED", "FALSE_ALARM"):
        with pytest.raises(WrongState):
            moves.recalled(alert_in(state), "更正", "", AT)


def test_the_clock_of_each_state():
    def minutes(one) -> float | None:
        return one.due_at and (one.due_at - AT).total_seconds() / 60

    received = moves.received(alert(), act(minutes=2), physician=False)
    assert minutes(received) == 7
    notified = moves.notified(received, act(minutes=4), act("li", 4))
    assert minutes(notified) == 34
    handled = moves.handled(notified, act("li", 20))
    assert minutes(handled) == 20 + 360
    assert moves.closed(handled, act("li", 60)).due_at is None


def test_an_attempt_to_reach_the_patient_stops_no_clock():
    before = alert_in("PHYSICIAN_NOTIFIED")
    after = moves.contacted(before, CONTACT, act())
    assert (after.due_at, after.state, len(after.contacts)) == (before.due_at, before.state, 1)


def test_the_physician_told_is_among_the_members():
    done = moves.notified(alert_in("RECEIVED"), act(), act("icu"))
    assert "icu" in done.members
    assert alert_in("HANDLED", told=()).members == ("zhao", "li")


def test_a_message_that_did_not_arrive_is_marked_up_to_its_rung():
    before = alert(told=(told("zhao"), told("li"), told("zhao", 1)))
    after = moves.missed(before, "zhao", 0, "timeout")
    assert [one.reached for one in after.told] == [False, None, None]
    assert after.version == before.version


def test_a_bed_alone_tells_nobody():
    done = moves.transferred(alert(), PLACE, None, AT)
    assert (done.ward, done.bed, done.told, done.rung) == ("重症医学科", "3", alert().told, 0)


def test_a_wrong_read_back_is_only_a_line():
    before = alert()
    after = moves.misread(before, act(value="6.2"))
    (line,) = after.steps[len(before.steps) :]
    assert (after.version, after.misreads, after.due_at) == (before.version, 1, before.due_at)
    assert (line.action, line.before, line.after, line.note) == (
        "misread", "RAISED", "RAISED", "6.2",
    )  # fmt: skip


def test_told_quietly_waits_as_long_as_handling_may_take():
    quiet = moves.told_quietly(alert(told=()), "alr0", told("li"), AT)
    assert (quiet.known, quiet.rung, quiet.members) == ("alr0", -1, ("li",))
    assert quiet.due_at == AT + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("kind", "state", "where", "area"),
    [
        ("I", "OPEN", "心内科病区", "INPATIENT"),
        ("E", "OPEN", "急诊科", "EMERGENCY"),
        ("O", "OPEN", "心内科门诊", "OUTPATIENT"),
        ("I", "DISCHARGED", "心内科病区", "OUTPATIENT"),
        ("E", "CANCELLED", "急诊科", "OUTPATIENT"),
        ("O", "OPEN", "体检中心", "CHECKUP"),
        ("", "", "体检中心", "CHECKUP"),
        ("", "", "", "INPATIENT"),
    ],
)
def test_the_path_of_an_alert(kind, state, where, area):
    assert area_of(kind, state, where) == area


@pytest.mark.parametrize("measure", ["KNOWN", "OTHER"])
def test_measures_that_need_words(measure):
    with pytest.raises(Invalid):
        check_measures(Handle(measures=[measure], note=" "))
    check_measures(Handle(measures=[measure], note="已有方案"))
    check_measures(Handle(measures=["RECHECK"]))
