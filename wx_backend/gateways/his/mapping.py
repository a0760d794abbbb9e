"""ADT messages → ``Movement``. Pure; tolerant of everything but the lack of a person."""

from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.gateways.his.port import Change, Movement, Stay
from wx_backend.gateways.hl7 import people
from wx_backend.gateways.hl7.message import Message, Unmappable
from wx_backend.gateways.hl7.moment import moment

CHANGES: dict[str, Change] = {
    "A01": "ADMITTED",
    "A02": "TRANSFERRED",
    "A03": "DISCHARGED",
    "A04": "REGISTERED",
    "A08": "UPDATED",
    "A11": "ADMISSION_CANCELLED",
    "A12": "TRANSFER_CANCELLED",
    "A13": "DISCHARGE_CANCELLED",
    "A28": "PERSON",
    "A31": "PERSON",
    "A40": "MERGED",
}
WITHOUT_STAY: frozenset[Change] = frozenset({"PERSON", "MERGED"})
"""A28 and A31 speak of a person, whatever their PV1 says."""

VISIT, ADMITTED, DISCHARGED, ATTENDING = 19, 44, 45, 7


def movement(message: Message, zone: str = HOSPITAL_ZONE) -> Movement:
    """What an ADT message says.

    Raises:
        Unmappable: ``PID-3`` (or ``MRG-1`` of a merge) names nobody, or ``EVN-2`` and ``MSH-7``
            give no time to put it in order by.
    """
    change = CHANGES[message.header.value(9, comp=2)]
    person = people.person(message)
    if not person.mrn:
        raise Unmappable(field="PID-3")
    former = message.get("MRG", 1)
    if change == "MERGED" and not former:
        raise Unmappable(field="MRG-1")
    stay = None if change in WITHOUT_STAY else _stay(message, zone)
    return Movement(
        change=change,
        stamp=_stamp(message, zone),
        person=person,
        stay=stay,
        former=former,
        missing=_missing(change, stay),
    )


def _stamp(message: Message, zone: str) -> tuple:
    """When it happened (EVN-6), else was recorded (EVN-2), else was sent (MSH-7)."""
    sent = moment(message.header.value(7), zone)
    texts = (message.get("EVN", 6), message.get("EVN", 2))
    happened = next((at for text in texts if (at := moment(text, zone))), sent)
    if happened is None:
        raise Unmappable(field="EVN-2")
    return happened, sent or happened, message.control_id


def _stay(message: Message, zone: str) -> Stay | None:
    pv1 = message.first("PV1")
    if pv1 is None or not (visit := pv1.value(VISIT)):
        return None
    return Stay(
        visit_no=visit,
        kind=people.kind(pv1),
        place=people.place(pv1),
        attending=people.clinician(pv1, ATTENDING),
        diagnoses=_diagnoses(message),
        admitted_at=moment(pv1.value(ADMITTED), zone),
        discharged_at=moment(pv1.value(DISCHARGED), zone),
    )


def _diagnoses(message: Message) -> tuple[str, ...]:
    """DG1-3 of every diagnosis that is not taken back (DG1-21 ``D``)."""
    said = (dg1 for dg1 in message.all("DG1") if dg1.value(21) != "D")
    return tuple(dict.fromkeys(code for dg1 in said if (code := dg1.value(3).strip().upper())))


def _missing(change: Change, stay: Stay | None) -> tuple[str, ...]:
    if change in WITHOUT_STAY:
        return ()
    if stay is None:
        return ("PV1-19",)
    wanted = {"PV1-2": stay.kind, "PV1-3": stay.place.ward, "PV1-7": stay.attending.code}
    return tuple(field for field, value in wanted.items() if not value)
