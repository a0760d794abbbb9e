"""Acknowledgements of the original mode (AA, AE, AR), written for the sender that waits. Pure."""

from datetime import datetime
from typing import Literal

import msgspec

from wx_backend.base.clock import HOSPITAL_ZONE, local_time
from wx_backend.gateways.hl7.charset import ENCODING_NAMES
from wx_backend.gateways.hl7.message import STANDARD, Message, encode

Verdict = Literal["AA", "AE", "AR"]

CONDITIONS = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "207": "Application internal error",
}
"""HL7 table 0357."""

DEFAULT_VERSION = "2.5"


class Fault(msgspec.Struct, frozen=True):
    """Why a message is not accepted: a code of table 0357, and the field (``PID-3``) if any."""

    code: str
    location: str = ""
    note: str = ""


def acknowledge(
    received: Message | None,
    verdict: Verdict,
    control_id: str,
    at: datetime,
    fault: Fault | None = None,
) -> str:
    """The answer to ``received``, which is None when not even its header could be read.

    It goes back the way the message came (MSH-3 … MSH-6 turned round), in its separators, its
    version and its charset; ``control_id`` is the answer's own. Personal data is never repeated.
    """
    header = received.header if received else None
    field = header.value if header else lambda *_, **__: ""
    marks = received.marks if received else STANDARD
    trigger = field(9, comp=2)
    stamp = f"{local_time(at, HOSPITAL_ZONE):%Y%m%d%H%M%S%z}"
    head = (
        *("MSH", field(5), field(6), field(3), field(4), stamp),
        *("", [["ACK", trigger, "ACK"]] if trigger else "ACK", control_id),
        *(field(11) or "P", field(12) or DEFAULT_VERSION, "", "", "", "", ""),
        ENCODING_NAMES.get(received.charset, "") if received else "",
    )
    said = ("MSA", verdict, field(10), fault.note if fault else "")
    return encode([head, said, *([_error(fault)] if fault else [])], marks)


def batch(answers: list[str]) -> str:
    """The answer to a batch: its messages' answers in order, in one envelope."""
    return "".join(["BHS|^~\\&\r", *answers, f"BTS|{len(answers)}\r"])


def _error(fault: Fault) -> tuple:
    segment, _, number = fault.location.partition("-")
    where = [[segment, "1", number]] if number else segment
    condition = [[fault.code, CONDITIONS[fault.code], "HL70357"]]
    return ("ERR", "", where, condition, "E", "", "", "", fault.note)
