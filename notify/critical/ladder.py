"""The escalation ladder (升级阶梯): whom an alert goes to, rung by rung, as time passes. Pure.

The order is that of clinical.md 1.4 (the common order of hospitals; no national text fixes it), the
minutes are parameters of ``directory/settings`` which a hospital approves. A rung with a gap is no
rung to stand on: the next one is climbed in the same step and the quality office is told.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from notify.critical.areas import GONE_HOME, Area
from notify.critical.model import Alert, Limits, Told

OFFICES = ("quality_office", "medical_affairs")
"""Told when every rung is empty: everybody with one of these roles."""

Rungs = tuple[tuple[str, ...], ...]

_WARD: Rungs = (
    ("orderer", "attending", "duty_doctor", "duty_nurse"),
    ("duty_doctor", "duty_nurse"),
    ("head_nurse", "attending"),
    ("director",),
    ("medical_affairs",),
)
_CLINIC: Rungs = (
    ("orderer",),
    ("duty_doctor",),
    ("outpatient_office",),
    ("director",),
    ("medical_affairs",),
)
LADDERS: dict[Area, Rungs] = {
    "INPATIENT": _WARD,
    "EMERGENCY": (
        ("orderer", "duty_doctor", "duty_nurse"),
        *_WARD[1:2],
        ("head_nurse",),
        *_WARD[3:],
    ),
    "OUTPATIENT": _CLINIC,
    "CHECKUP": (("orderer", "duty_doctor"), ("duty_doctor",), *_CLINIC[2:]),
}
"""Seats by rung (t0, 5, 10, 15, 30 minutes by default)."""

REPEATED = ("medical_affairs", "director", "duty_doctor")
"""After the last rung these are told again and again until somebody acts."""

NO_WECOM = "no_wecom"
"""Why somebody is not reached whom the hospital's WeCom does not know."""

OPTIONAL = frozenset({"attending"})
"""Seats that may be nobody's when the HIS has not said whose they are."""


class Person(msgspec.Struct, frozen=True):
    """A member in a seat; ``reachable`` is whether the hospital's WeCom has them."""

    member: str
    name: str
    reachable: bool = True


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in which seat now; ``gaps`` says, by seat, why it is empty."""

    seats: Mapping[str, tuple[Person, ...]]
    gaps: Mapping[str, str] = {}


class Climb(msgspec.Struct, frozen=True, kw_only=True):
    """Where a step leads: the rung reached, who is told, and what nobody was found for."""

    rung: int
    told: tuple[Told, ...]
    gaps: tuple[str, ...] = ()

    @property
    def nobody(self) -> bool:
        return bool(self.gaps)


def seats_of(area: Area, rung: int) -> tuple[str, ...]:
    rungs = LADDERS[area]
    return rungs[rung] if rung < len(rungs) else REPEATED


def climb(
    crew: Crew,
    area: Area,
    rung: int,
    at: datetime,
    gaps: tuple[str, ...] = (),
    below: tuple[str, ...] = (),
) -> Climb:
    """Climbs ``rung``, and on while what is climbed has a gap; the last rung is followed by both
    offices.

    Args:
        gaps: of this rung before anybody is looked for (no such patient, no encounter).
        below: gaps of the rungs below, which have led here.
    """
    last = max(len(LADDERS[area]) - 1, rung)
    told: dict[str, Told] = {}
    missing = dict.fromkeys((*below, *gaps))
    while True:
        found = _gaps(crew, seats_of(area, rung))
        missing.update(dict.fromkeys(found))
        for name in seats_of(area, rung):
            _tell(told, crew, name, rung, at)
        if not (found or gaps) or rung >= last:
            break
        rung, gaps = rung + 1, ()
    if missing:
        for name in OFFICES if rung >= last and found else OFFICES[:1]:
            _tell(told, crew, name, rung, at)
    return Climb(rung=rung, told=tuple(told.values()), gaps=tuple(missing))


def with_too(step: Climb, people: list[Person], at: datetime) -> Climb:
    """The step, and those told as well because they have this result in hand already."""
    told = {one.member: one for one in step.told}
    for one in people:
        told.setdefault(one.member, seat(one, "in_charge", step.rung, at))
    return Climb(rung=step.rung, told=tuple(told.values()), gaps=step.gaps)


def arrive(crew: Crew, area: Area, rung: int, at: datetime) -> Climb:
    """Who is told when the patient comes to another place: those on duty there and the attending
    doctor; with a gap there, further rungs as ever.
    """
    step = climb(crew, area, 1, at)
    told = {one.member: one for one in step.told}
    _tell(told, crew, "attending", step.rung, at)
    reached = max(rung, step.rung) if step.nobody else rung
    return Climb(rung=reached, told=tuple(told.values()), gaps=step.gaps)


def seat(person: Person, name: str, rung: int, at: datetime) -> Told:
    """A person told in a seat; one whom WeCom does not know is not reached to begin with."""
    reached, reason = (None, "") if person.reachable else (False, NO_WECOM)
    return Told(
        member=person.member, name=person.name, seat=name, rung=rung, at=at,
        reached=reached, reason=reason,
    )  # fmt: skip


def _tell(told: dict[str, Told], crew: Crew, name: str, rung: int, at: datetime) -> None:
    """Adds who is in a seat; nobody is told twice in one step."""
    for one in crew.seats.get(name, ()):
        told.setdefault(one.member, seat(one, name, rung, at))


def _gaps(crew: Crew, seats: tuple[str, ...]) -> list[str]:
    """``seat:reason`` of every seat with nobody who can be reached."""
    found = []
    for name in seats:
        people = crew.seats.get(name, ())
        reason = crew.gaps.get(name, "" if people or name in OPTIONAL else "nobody_on_duty")
        if not reason and people and not any(one.reachable for one in people):
            reason = NO_WECOM
        if reason:
            found.append(f"{name}:{reason}")
    return found


def next_due(alert: Alert, rung: int, now: datetime, hurried: bool = False) -> datetime:
    """When the rung after ``rung``, which has just been climbed, is due.

    Timers never pause: what is late is due at once, rung after rung, except repetitions.
    ``hurried``: a gap has brought the alert here before its time, and it is not left alone for
    longer than the first limit.
    """
    limits = alert.limits
    if rung + 1 >= len(limits.rungs):
        due = now + timedelta(minutes=limits.repeat)
    elif alert.state == "RAISED" and not alert.known:
        due = alert.raised_at + timedelta(minutes=limits.rungs[rung + 1])
    else:
        gap = limits.rungs[rung + 1] - limits.rungs[rung]
        due = (alert.due_at or now) + timedelta(minutes=gap)
    return min(due, now + timedelta(minutes=limits.receive)) if hurried else due


def state_due(limits: Limits, state: str, now: datetime) -> datetime | None:
    """When the limit of a state just entered is over (clinical.md 1.4); None when it has none."""
    minutes = {
        "RECEIVED": limits.notify,
        "PHYSICIAN_NOTIFIED": limits.handle,
        "HANDLED": limits.note_hours * 60,
    }.get(state)
    return None if minutes is None else now + timedelta(minutes=minutes)


def limit_names(area: Area, severity: str) -> dict[str, str]:
    """Parameter by limit; a ``B`` has limits of its own, and outpatients are contacted instead."""
    kind = "b_" if severity == "B" else ""
    handle = "contact" if area in GONE_HOME else "handle"
    return {
        "receive": f"critical.{kind}receive_minutes",
        "notify": f"critical.{kind}notify_minutes",
        "handle": f"critical.{kind}{handle}_minutes",
        "note_hours": "critical.note_hours",
        "head_nurse": "critical.third_rung_minutes",
        "director": "critical.fourth_rung_minutes",
        "affairs": "critical.fifth_rung_minutes",
        "repeat": "critical.repeat_minutes",
    }


def limits_of(values: Mapping[str, int]) -> Limits:
    """From values under the keys of ``limit_names``; a rung is never before the one below it."""
    rungs = [0]
    for name in ("receive", "head_nurse", "director", "affairs"):
        rungs.append(max(values[name], rungs[-1] + 1))
    return Limits(
        receive=values["receive"],
        notify=values["notify"],
        handle=values["handle"],
        note_hours=values["note_hours"],
        rungs=tuple(rungs),
        repeat=values["repeat"],
    )
