"""A critical value's confirmation as HL7: ORA^R41, which acknowledges an alert. Pure.

Why this message and why the segment ZCV: docs/adr/0009-the-lis-is-told.md.
"""

from datetime import datetime

from wx_backend.base.clock import HOSPITAL_ZONE, local_time
from wx_backend.gateways.hl7.charset import ENCODING_NAMES
from wx_backend.gateways.hl7.message import Message, encode
from wx_backend.gateways.lis.port import Confirmation, LisConfig

ALERT_ACKNOWLEDGER = ("AAP", "Alert Acknowledging Provider", "HL70912")
TAKEN = frozenset({"AA", "CA"})
REFUSED = frozenset({"AE", "AR", "CE", "CR"})


def message(told: Confirmation, to: LisConfig) -> str:
    """The message to the LIS; the same for the same confirmation, whenever it is sent.

    An accept acknowledgement is asked for (MSH-15 ``AL``), no application one.
    """
    at, person = stamp(told.at), [[told.by.code, told.by.name]]
    names = (to.our_application, to.our_facility, to.application, to.facility)
    head = (
        *("MSH", *names, at, "", [["ORA", "R41", "ORA_R41"]], told.control_id, "P", to.version),
        *("", "", "AL", "NE", "CHN", ENCODING_NAMES.get(to.charset, "")),
    )
    answered = ("MSA", "AA", told.answers)
    part = (
        *("PRT", told.control_id, "AD", "", [[*ALERT_ACKNOWLEDGER]], person),
        *("", "", "", "", "", at),
    )
    item = [[told.item_code, told.item_name, "L", *_loinc(told)]]
    ours = (
        *("ZCV", "1", told.report, told.specimen_no, item),
        *([[told.state, told.state_name]], person, told.role, at),
        *(told.channel, told.measures, told.alert),
    )
    return encode([head, answered, part, ours])


def verdict(answer: Message, control_id: str) -> str | None:
    """MSA-1 of an answer to this control id; None when it answers something else."""
    return answer.get("MSA", 1) if answer.get("MSA", 2) == control_id else None


def stamp(at: datetime) -> str:
    return f"{local_time(at, HOSPITAL_ZONE):%Y%m%d%H%M%S%z}"


def _loinc(told: Confirmation) -> tuple[str, ...]:
    return (told.loinc, told.item_name, "LN") if told.loinc else ()
