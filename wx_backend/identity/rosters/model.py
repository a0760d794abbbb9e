"""Duty rosters: who answers for a place, in which role, from when to when. Pure.

A place is a ward, a department or the whole hospital. Who is on duty is looked for along a chain
of places, the nearest first; "nobody on duty" is an answer of its own, never an error.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from wx_backend.base.errors import Invalid
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine

DUTIES: dict[str, str] = {
    "duty_doctor": "值班医生",
    "duty_nurse": "值班护士",
    "head_nurse": "护士长",
    "director": "科主任",
    "quality_office": "质控办",
    "medical_affairs": "医务部",
}
"""What one may be on duty as (clinical.md 1.4, escalation ladder)."""

HOSPITAL_WIDE = frozenset({"quality_office", "medical_affairs"})
"""Duties that only the whole hospital has."""

HOSPITAL = "hospital"
LONGEST = timedelta(days=31)

DUTY = Machine(
    name="duty",
    states=frozenset({"PLANNED", "CANCELLED"}),
    initial="PLANNED",
    transitions={("PLANNED", "swap"): "PLANNED", ("PLANNED", "cancel"): "CANCELLED"},
    terminal=frozenset({"CANCELLED"}),
)


def ward_place(code: str) -> str:
    """``code`` as the HIS names the ward (PV1-3.1)."""
    return f"ward:{code}"


def department_place(department_id: str) -> str:
    return f"department:{department_id}"


class DutyForm(Form):
    """One person, one duty, one stretch of time (aware moments)."""

    place: Annotated[str, Text(min_length=1, max_length=60)]
    duty: Annotated[str, Text(min_length=1, max_length=20)]
    member: Annotated[str, Text(min_length=1, max_length=40)]
    starts_at: datetime
    ends_at: datetime


class Duty(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """``member`` answers for ``place`` as ``duty`` from ``starts_at`` until before ``ends_at``.

    ``before`` is who had it before the last swap.
    """

    id: str
    inst: str
    place: str
    duty: str
    member: str
    starts_at: datetime
    ends_at: datetime
    state: str = DUTY.initial
    version: int = 1
    before: str = ""

    def covers(self, moment: datetime) -> bool:
        return self.state == "PLANNED" and self.starts_at <= moment < self.ends_at


class OnDuty(msgspec.Struct, frozen=True):
    """Who is on duty: member ids, and the place of the chain where they were found.

    ``far`` is true when it is not the first place that was asked for. Without members it is the
    answer "nobody".
    """

    members: tuple[str, ...] = ()
    place: str = ""
    far: bool = False

    @property
    def nobody(self) -> bool:
        return not self.members


NOBODY = OnDuty()


def on_duty(
    duties: Iterable[Duty],
    duty: str,
    places: Sequence[str],
    moment: datetime,
    present: frozenset[str],
) -> OnDuty:
    """Who has ``duty`` at ``moment`` at the first of ``places`` where anybody has.

    ``present`` are the members who work here now: a duty of somebody who has left is nobody's.
    Several people share a duty in the order they came on.
    """
    running = [one for one in duties if one.duty == duty and one.covers(moment)]
    for place in places:
        here = [one for one in running if one.place == place and one.member in present]
        if here:
            here.sort(key=lambda one: (one.starts_at, one.id))
            members = tuple(dict.fromkeys(one.member for one in here))
            return OnDuty(members, place, far=place != places[0])
    return NOBODY


def check(form: DutyForm, places: Iterable[str]) -> None:
    """Raises Invalid, with every field that is wrong."""
    wrong: dict[str, str] = {}
    if form.duty not in DUTIES:
        wrong["duty"] = "请从给出的选项中选择"
    if form.place not in places:
        wrong["place"] = "没有这个病区或科室"
    elif (form.place == HOSPITAL) != (form.duty in HOSPITAL_WIDE):
        wrong["place"] = "质控办与医务部按全院排班，其他按病区或科室排班"
    if not timedelta(0) < form.ends_at - form.starts_at <= LONGEST:
        wrong["ends_at"] = "结束须晚于开始，且不超过 31 天"
    if wrong:
        raise Invalid(fields=wrong)
