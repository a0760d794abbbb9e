"""What is written down about an alert: who was told, what somebody did, each step. Pure."""

from datetime import datetime
from typing import Literal

import msgspec


class Orderer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A physician as the HIS names them; ``code`` is the staff number."""

    code: str = ""
    name: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One member told by one rung. ``reached`` is False once a message could not be delivered."""

    member: str
    name: str
    seat: str
    rung: int
    at: datetime
    reached: bool | None = None
    reason: str = ""


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody did, when, and from where.

    Args:
        by: name of who told the physician, when this is the physician who was told.
        reason: why it is no critical value, or why the laboratory took it back.
        word: who of the laboratory confirmed it.
    """

    member: str
    name: str
    role: str
    at: datetime
    channel: str = ""
    device: str = ""
    by: str = ""
    how: str = ""
    value: str = ""
    measures: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""
    word: str = ""


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hand-over (交班) that waits for an answer: until it is accepted, ``by`` is responsible."""

    to: str
    name: str
    by: str
    by_name: str
    at: datetime
    note: str = ""


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt to reach the patient."""

    outcome: Literal["REACHED", "UNREACHED"]
    how: str
    person: str = ""
    note: str = ""
    member: str
    name: str
    at: datetime


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the timeline: who did what, from which state to which, and who was told."""

    at: datetime
    action: str
    before: str
    after: str
    member: str = ""
    name: str = ""
    channel: str = ""
    device: str = ""
    rung: int = 0
    told: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    note: str = ""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The minutes in force when the alert was raised; ``rungs`` counts from then on."""

    receive: int
    notify: int
    handle: int
    note_hours: int
    rungs: tuple[int, ...]
    repeat: int
