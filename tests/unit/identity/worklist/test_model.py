"""Tasks: one for each cause, seen by whom they are for, escalated when late."""

from datetime import UTC, datetime, timedelta

import msgspec

from wx_backend.identity.staff.model import ROLES, permits
from wx_backend.identity.worklist.model import KINDS, URGENT, Task, escalation, task_id

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TASK = Task(
    id="task1",
    inst="ins1",
    kind="refund_abnormal",
    subject="ord1",
    about="订单",
    roles=("finance",),
    priority=3,
    deadline=NOW + timedelta(hours=1),
    opened_at=NOW,
)
FINANCE, NURSE = frozenset({"finance"}), frozenset({"nurse"})


def test_the_same_cause_is_the_same_task():
    assert task_id("ins1", "refund_abnormal", "r1") == task_id("ins1", "refund_abnormal", "r1")
    others = {
        task_id("ins2", "refund_abnormal", "r1"),
        task_id("ins1", "refund_closed", "r1"),
        task_id("ins1", "refund_abnormal", "r2"),
    }
    assert task_id("ins1", "refund_abnormal", "r1") not in others
    assert len(others) == 3


def test_a_task_is_for_those_with_its_role():
    assert TASK.is_for("m1", FINANCE)
    assert not TASK.is_for("m1", NURSE)
    assert not TASK.is_for("", frozenset())


def test_a_task_for_one_person_is_nobody_elses():
    own = msgspec.structs.replace(TASK, person="m1")
    assert own.is_for("m1", NURSE)
    assert not own.is_for("m2", FINANCE)


def test_whoever_holds_a_task_keeps_it_when_their_role_is_gone():
    assert msgspec.structs.replace(TASK, holder="m1").is_for("m1", NURSE)


def test_escalation_asks_one_more_role_and_is_urgent():
    own = msgspec.structs.replace(TASK, person="m1")
    assert escalation(own) == {
        "roles": ["finance", "outpatient_office"],
        "person": "",
        "priority": URGENT,
        "escalated": 1,
    }


def test_every_kind_is_somebodys_work():
    for kind in KINDS.values():
        for role in filter(None, (kind.role, kind.escalates_to)):
            assert role in ROLES
            assert permits({role}, "tasks:work"), role
        assert kind.within > timedelta(0)
