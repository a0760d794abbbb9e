"""The person and place segments that ADT and ORU share: PID and PV1. Pure."""

import re

from wx_backend.gateways.his.port import Clinician, Kind, Person, Place
from wx_backend.gateways.hl7.message import Message, Segment
from wx_backend.gateways.hl7.moment import day

RECORD_TYPES = ("MR", "PI", "PT", "")
"""Types of a record number in PID-3.5 (table 0203), the surest first."""

IDENTITY_TYPES = frozenset({"NI", "NN", "NNCHN", "NNCN", "SS", "CZ", "ID", "IDCARD", "SFZ"})
IDENTITY = re.compile(r"\d{17}[0-9Xx]")
SEXES = {"F": "F", "M": "M", "女": "F", "男": "M", "2": "F", "1": "M"}
"""Table 0001, Chinese words, and GB/T 2261.1."""

KINDS: dict[str, Kind] = {
    **dict.fromkeys(("I", "B", "IMP", "住院"), "I"),
    **dict.fromkeys(("O", "R", "C", "AMB", "门诊"), "O"),
    **dict.fromkeys(("E", "EMER", "急诊"), "E"),
}
"""Table 0004 and what vendors write."""


def person(message: Message) -> Person:
    """PID; ``mrn`` is "" when no repetition of PID-3 (or PID-2) is a record number."""
    pid = message.first("PID")
    if pid is None:
        return Person(mrn="")
    numbers = _numbers(pid)
    return Person(
        mrn=next((numbers[kind] for kind in RECORD_TYPES if kind in numbers), pid.value(2)),
        name=_name(pid, 5),
        sex=SEXES.get(pid.value(8).strip().upper(), ""),
        birth_date=day(pid.value(7)),
        id_no=_identity(pid, numbers),
    )


def place(pv1: Segment | None) -> Place:
    """PV1-3 (ward^room^bed^…); the department is PV1-10, the hospital service."""
    if pv1 is None:
        return Place()
    ward, room, bed = (pv1.value(3, comp=n) for n in (1, 2, 3))
    return Place(ward=ward, room=room, bed=bed, department=pv1.value(10))


def kind(pv1: Segment | None) -> Kind:
    return KINDS.get(pv1.value(2).strip().upper(), "") if pv1 else ""


def clinician(segment: Segment | None, number: int) -> Clinician:
    """An XCN field: number, then the name's parts."""
    if segment is None:
        return Clinician()
    name = "".join(segment.value(number, comp=n) for n in (2, 3)).replace(" ", "")
    return Clinician(segment.value(number), name)


def _numbers(pid: Segment) -> dict[str, str]:
    """PID-3 by identifier type; the first of each type counts."""
    found: dict[str, str] = {}
    for rep in range(1, pid.repetitions(3) + 1):
        if number := pid.value(3, rep).strip():
            found.setdefault(pid.value(3, rep, 5).strip().upper(), number)
    return found


def _identity(pid: Segment, numbers: dict[str, str]) -> str:
    given = [number for kind, number in numbers.items() if kind in IDENTITY_TYPES]
    return next((one.upper() for one in [*given, pid.value(19)] if IDENTITY.fullmatch(one)), "")


def _name(pid: Segment, number: int) -> str:
    """Family and given name together, as Chinese names are written."""
    return "".join(pid.value(number, comp=n) for n in (1, 2)).strip()
