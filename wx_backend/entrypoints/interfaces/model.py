"""Received messages and alarms about them: states, structs, and the check before an AA. Pure."""

from datetime import datetime
from typing import Literal

import msgspec

from wx_backend.base.errors import AppError
from wx_backend.base.events import EventType
from wx_backend.base.machine import Machine
from wx_backend.gateways.hl7.ack import Fault, Verdict
from wx_backend.gateways.hl7.message import Message

MESSAGE = Machine(
    name="received message",
    states=frozenset({"RECEIVED", "DONE", "PARKED", "REFUSED", "DISMISSED"}),
    initial="RECEIVED",
    transitions={
        ("RECEIVED", "finish"): "DONE",
        ("RECEIVED", "park"): "PARKED",
        ("RECEIVED", "refuse"): "REFUSED",
        ("PARKED", "finish"): "DONE",
        ("REFUSED", "finish"): "DONE",
        ("PARKED", "dismiss"): "DISMISSED",
        ("REFUSED", "dismiss"): "DISMISSED",
    },
    terminal=frozenset({"DONE", "DISMISSED"}),
)

WAITS = (1, 5, 30, 120, 600, *[3600] * 6)
"""Seconds before each new try of a message that failed; after the last it is parked."""

LONGEST_CONTROL_ID = 199
VERSION = "2."

AlarmKind = Literal["PARKED", "REFUSED", "CONFLICT"]
ALARMS: dict[AlarmKind, str] = {
    "PARKED": "消息已收到但无法处理",
    "REFUSED": "消息格式有误，已退回发送方",
    "CONFLICT": "同一消息编号内容不同，两份均已处理，请核对",
}

ALARMED = EventType(
    "interface.alarmed",
    1,
    {
        "alarm": "alm00000000000000000000000000",
        "about": "PARKED",
        "message": "hl700000000000000000000000000",
        "message_kind": "ORU^R01",
        "sender": "LIS|JQ",
        "reason": "hl7_unmappable",
        "field": "PID-3",
    },
    critical=True,
)
events = [ALARMED]


class StillParked(AppError):
    """A replayed message failed again; ``reason`` and ``field`` say why."""

    code, status, message = "still_parked", 409, "消息仍无法处理，请检查后再试"


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What the inbox knows of a message that is on its way through the routes."""

    key: str
    received_at: datetime
    kind: str
    sender: str
    control_id: str
    lease: str = ""
    tries: int = 0


class Alarm(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Something about a message that a person must see."""

    id: str
    inst: str
    kind: AlarmKind
    state: Literal["OPEN", "SETTLED"]
    message: str
    received_at: datetime
    message_kind: str
    sender: str
    control_id: str
    reason: str
    field: str
    at: datetime
    settled_by: str = ""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm with its message as people read it: a segment a line."""

    alarm: Alarm
    state: str
    tries: int
    text: str
    edited: bool


def fault(message: Message, kinds: frozenset[str], production: bool) -> Fault | None:
    """Why a message of readable form is not for us; None when it is.

    Args:
        kinds: ``ORU^R01``, … that there is a route for.
        production: then only MSH-11 ``P`` is taken: a test result must not alarm a doctor.
    """
    header = message.header
    if not header.value(9):
        return Fault("101", "MSH-9")
    if not message.control_id:
        return Fault("101", "MSH-10")
    if len(message.control_id) > LONGEST_CONTROL_ID:
        return Fault("102", "MSH-10")
    if message.kind not in kinds:
        known = {kind.partition("^")[0] for kind in kinds}
        return Fault("201" if header.value(9) in known else "200", "MSH-9")
    if production and header.value(11) not in ("P", ""):
        return Fault("202", "MSH-11")
    if header.value(12) and not header.value(12).startswith(VERSION):
        return Fault("203", "MSH-12")
    return None


def verdict(found: Fault) -> Verdict:
    """AE for a message that its sender must mend, AR for one that is not for us at all."""
    return "AE" if found.code in ("101", "102", "103") else "AR"
