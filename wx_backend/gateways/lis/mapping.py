"""ORU^R01 → ``LabReport``s. Pure.

A result may be a matter of life: whatever else a message lacks, its results are mapped, and the
report says what is missing. Only a message without any result or order has nothing to say.
"""

from collections import Counter
from datetime import datetime

from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.gateways.hl7 import people
from wx_backend.gateways.hl7.message import Message, Segment, Unmappable
from wx_backend.gateways.hl7.moment import moment
from wx_backend.gateways.lis.port import LabReport, Result, Status

LOINC = frozenset({"LN", "LOINC"})
FREE_TEXT = frozenset({"TX", "FT"})
CODED = frozenset({"CE", "CWE", "CNE"})
ATTACHED = frozenset({"ED", "RP"})

STATUSES: dict[str, Status] = {
    **dict.fromkeys(("F", "U"), "F"),
    **dict.fromkeys(("C", "M"), "C"),
    **dict.fromkeys(("X", "D", "W"), "X"),
    **dict.fromkeys(("P", "A", "R", "S", "I", "O", "N", "V"), "P"),
}
"""Tables 0123 (OBR-25) and 0085 (OBX-11) → ours."""


class _Group:
    """An order and what hangs below it, while the segments are walked through."""

    def __init__(self, order: Segment | None, common: Segment | None) -> None:
        self.order = order
        self.common = common
        self.results: list[tuple[Segment, list[str]]] = []
        self.specimen: Segment | None = None


def reports(
    message: Message, zone: str = HOSPITAL_ZONE, received_at: datetime | None = None
) -> list[LabReport]:
    """The reports of a message: one for each patient and filler number (OBR-3).

    Args:
        received_at: stands in for every time that the message does not say.

    Raises:
        Unmappable: it has neither ``OBR`` nor ``OBX``, or no time (``MSH-7``, ``OBR-22``) at all.
    """
    found = []
    for patient in _patients(message):
        numbered: dict[str, list[_Group]] = {}
        for group in _groups(patient):
            numbered.setdefault(_number(group), []).append(group)
        found += [
            _report(patient, number, same, zone, received_at) for number, same in numbered.items()
        ]
    if not found:
        raise Unmappable(field="OBR")
    return found


def _patients(message: Message) -> list[Message]:
    """One message for each PID, so that nobody's results become somebody else's."""
    starts = [n for n, segment in enumerate(message.segments) if segment.name == "PID"]
    if len(starts) < 2:
        return [message]
    ends = [*starts[1:], len(message.segments)]
    parts = zip([1, *starts[1:]], ends, strict=True)
    return [message.only(message.segments[start:end]) for start, end in parts]


def _groups(message: Message) -> list[_Group]:
    groups: list[_Group] = []
    common: Segment | None = None
    for segment in message.segments:
        if segment.name == "ORC":
            common = segment
        elif segment.name == "OBR":
            groups.append(_Group(segment, common))
            common = None
        elif segment.name == "OBX":
            if not groups:
                groups.append(_Group(None, common))
            groups[-1].results.append((segment, []))
        elif segment.name == "NTE" and groups and groups[-1].results:
            groups[-1].results[-1][1].append(segment.whole(3))
        elif segment.name == "SPM" and groups:
            groups[-1].specimen = segment
    return groups


def _number(group: _Group) -> str:
    """OBR-3, else ORC-3, else the placer's OBR-2; "" when the sender gives none."""
    candidates = ((group.order, 3), (group.common, 3), (group.order, 2))
    return next((text for one, n in candidates if one and (text := one.value(n).strip())), "")


def _report(
    message: Message, number: str, groups: list[_Group], zone: str, received_at: datetime | None
) -> LabReport:
    order, pv1 = groups[0].order, message.first("PV1")
    read = order.value if order else lambda *_, **__: ""
    items = _items(groups, zone)
    specimen = next((group.specimen for group in groups if group.specimen), None)
    sent = moment(message.header.value(7), zone) or received_at
    resulted = _latest([moment(read(22), zone), *(item.observed_at for item in items)]) or sent
    if resulted is None:
        raise Unmappable(field="MSH-7")
    who = people.person(message)
    return LabReport(
        source=message.sender,
        lis_id=number or f"#{message.control_id}:{who.mrn}",
        control_id=message.control_id,
        title=read(4, comp=2) or read(4),
        status=_status(read(25), items),
        resulted_at=moment(read(22), zone) or resulted,
        sent_at=sent or resulted,
        person=who,
        items=items,
        specimen=_specimen(order, specimen),
        specimen_no=specimen.value(2) if specimen else read(3),
        specimen_state=_state(specimen),
        collected_at=moment(read(7), zone),
        received_at=moment(read(14), zone),
        visit_no=pv1.value(19) if pv1 else "",
        kind=people.kind(pv1),
        place=people.place(pv1),
        orderer=people.clinician(order, 16),
        verifier=people.clinician(order, 32),
        missing=_missing({"OBR-3": number, "PID-3": who.mrn, "OBR-22": read(22)}),
    )


def _items(groups: list[_Group], zone: str) -> tuple[Result, ...]:
    seen: Counter[str] = Counter()
    items = []
    for group in groups:
        for segment, notes in group.results:
            items.append(_item(segment, notes, seen, zone))
    return tuple(items)


def _item(obx: Segment, notes: list[str], seen: Counter[str], zone: str) -> Result:
    code, name, loinc = _code(obx)
    sub = obx.value(4)
    base = f"{code or loinc or name or '?'}{f'/{sub}' if sub else ''}"
    seen[base] += 1
    kind = obx.value(2).upper()
    return Result(
        key=base if seen[base] == 1 else f"{base}#{seen[base]}",
        code=code,
        loinc=loinc,
        name=name or code or loinc,
        kind=kind,
        value=_value(obx, kind),
        unit=obx.value(6),
        range=obx.value(7),
        flags=_flags(obx),
        status=obx.value(11).upper() or "F",
        observed_at=moment(obx.value(19), zone) or moment(obx.value(14), zone),
        note="\n".join(filter(None, notes)),
    )


def _code(obx: Segment) -> tuple[str, str, str]:
    """(the sender's code, name, LOINC) of OBX-3, whichever triplet holds which."""
    given = [*obx.components(3), *[""] * 6]
    triplets = (given[0:3], given[3:6])
    loinc = next((code for code, _, system in triplets if system.upper() in LOINC), "")
    own = next((code for code, _, system in triplets if code and system.upper() not in LOINC), "")
    name = next((name for _, name, _ in triplets if name), "")
    return own, name, loinc


def _value(obx: Segment, kind: str) -> str:
    """OBX-5; repetitions stay apart, so that two numbers are not read as one."""
    if kind in ATTACHED:
        return ""
    repetitions = range(1, obx.repetitions(5) + 1)
    if kind == "SN":
        return "；".join(_structured(obx, rep) for rep in repetitions)
    if kind in CODED:
        return "；".join(obx.value(5, rep, 2) or obx.value(5, rep) for rep in repetitions)
    if kind in FREE_TEXT:
        return "\n".join(obx.whole(5, rep) for rep in repetitions)
    return "；".join(obx.whole(5, rep) for rep in repetitions)


def _structured(obx: Segment, rep: int) -> str:
    """``>^1000`` → ``>1000``; ``^1^:^128`` → ``1:128``."""
    return "".join(obx.value(5, rep, comp).strip() for comp in (1, 2, 3, 4))


def _flags(obx: Segment) -> tuple[str, ...]:
    given = [obx.value(8, rep).strip().upper() for rep in range(1, obx.repetitions(8) + 1)]
    return tuple(filter(None, given))


def _status(given: str, items: tuple[Result, ...]) -> Status:
    """OBR-25; where it is silent, what the results say together."""
    if known := STATUSES.get(given.strip().upper()):
        return known
    said = {STATUSES.get(item.status, "P") for item in items}
    for status in ("C", "P", "F"):
        if status in said:
            return status  # type: ignore[return-value]
    return "X" if said else "P"


def _specimen(order: Segment | None, specimen: Segment | None) -> str:
    """SPM-4 or the older OBR-15, as words."""
    if specimen and (text := specimen.value(4, comp=2) or specimen.value(4)):
        return text
    if order is None:
        return ""
    return order.value(15, comp=2) or order.value(15)


def _state(specimen: Segment | None) -> tuple[str, ...]:
    """SPM-24, each repetition's code."""
    if specimen is None:
        return ()
    codes = (specimen.value(24, rep).upper() for rep in range(1, specimen.repetitions(24) + 1))
    return tuple(filter(None, codes))


def _latest(moments: list[datetime | None]) -> datetime | None:
    return max((at for at in moments if at), default=None)


def _missing(wanted: dict[str, str]) -> tuple[str, ...]:
    return tuple(field for field, value in wanted.items() if not value)
