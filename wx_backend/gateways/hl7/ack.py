"""Acknowledgements, written for the sender that waits. Pure.

A sender that fills in MSH-15 or MSH-16 asks for the enhanced mode: first whether we have the
message (CA, CE, CR), then what became of it (AA). Both are said at once: ours is an AA when a
message is durable and fit to be handled; what befalls it afterwards is for people here to mend.
"""

from datetime import datetime
from typing import Literal

import msgspec

from wx_backend.base.clock import HOSPITAL_ZONE, local_time
from wx_backend.gateways.hl7.charset import ENCODING_NAMES
from wx_backend.gateways.hl7.message import STANDARD, Message, Segment, encode

Verdict = Literal["AA", "AE", "AR"]
Code = Literal["AA", "AE", "AR", "CA", "CE", "CR"]

COMMITS: dict[Verdict, Code] = {"AA": "CA", "AE": "CE", "AR": "CR"}
ASKED = {"AL": (True, True), "SU": (True, False), "ER": (False, True), "NE": (False, False)}
"""HL7 table 0155: whether a success and an error are to be told."""

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


def codes(received: Message | None, verdict: Verdict, enhanced: bool = True) -> tuple[Code, ...]:
    """What is to be answered, in order; nothing when the sender wants to hear nothing.

    Args:
        enhanced: False for senders that fill in MSH-15 and wait for an AA even so.
    """
    wanted = [received.header.value(n).upper() for n in (15, 16)] if received else ["", ""]
    if not enhanced or not any(wanted) or any(one and one not in ASKED for one in wanted):
        return (verdict,)
    which = 0 if verdict == "AA" else 1
    commit, application = (ASKED[one or "NE"][which] for one in wanted)
    if verdict == "AA":
        return (*(["CA"] if commit else []), *(["AA"] if application else []))  # type: ignore
    return (COMMITS[verdict],) if commit else (verdict,) if application else ()


def acknowledge(
    received: Message | None,
    verdict: Code,
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


def batch(answers: list[str], envelope: dict[str, Segment], control_id: str, at: datetime) -> str:
    """The answer to a batch: its messages' answers in order, in an envelope like the one they came
    in (FHS, BHS), which says what it answers in field 12.
    """
    stamp = f"{local_time(at, HOSPITAL_ZONE):%Y%m%d%H%M%S%z}"

    def head(name: str) -> str:
        if name not in envelope:
            return encode([(name,)])
        field = envelope[name].value
        turned = (field(5), field(6), field(3), field(4), stamp)
        return encode([(name, *turned, "", "", "", control_id, field(11))])

    inner = [head("BHS"), *answers, encode([("BTS", str(len(answers)))])]
    if "FHS" not in envelope:
        return "".join(inner)
    return "".join([head("FHS"), *inner, encode([("FTS", "1")])])


def _error(fault: Fault) -> tuple:
    segment, _, number = fault.location.partition("-")
    where = [[segment, "1", number]] if number else segment
    condition = [[fault.code, CONDITIONS[fault.code], "HL70357"]]
    return ("ERR", "", where, condition, "E", "", "", "", fault.note)
