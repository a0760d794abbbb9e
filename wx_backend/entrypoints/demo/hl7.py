"""What a HIS and a LIS send, and the line they send it over: HL7 v2 in MLLP frames.

Used by the smoke run, the drills and the figures. It imports nothing of the product but its clock,
and writes no text that would have to be escaped.
"""

import socket
from collections.abc import Iterable
from datetime import timedelta, timezone
from typing import NamedTuple

from wx_backend.base.clock import WireClock

START, END = b"\x0b", b"\x1c\r"
SECONDS = 10.0
LOCAL = timezone(timedelta(hours=8))

PANEL = tuple(
    tuple(line.split())
    for line in """
    K 2823-3 钾 4.1 mmol/L 3.5-5.3
    NA 2951-2 钠 140 mmol/L 137-147
    CL 2075-0 氯 102 mmol/L 99-110
    CA 2000-8 总钙 2.3 mmol/L 2.1-2.6
    MG 2601-3 镁 0.9 mmol/L 0.75-1.02
    GLU 14749-6 葡萄糖 5.2 mmol/L 3.9-6.1
    UREA 22664-7 尿素 5.0 mmol/L 2.6-7.5
    CREA 14682-9 肌酐 66 umol/L 41-73
    WBC 6690-2 白细胞 6.2 10*9/L 3.5-9.5
    HGB 718-7 血红蛋白 131 g/L 115-150
    """.strip().splitlines()
)
"""(local code, LOINC, name, value, unit, range) of results that alarm nobody."""

RESULTS = 30
LOW_POTASSIUM = "2.5"


class Inpatient(NamedTuple):
    """Somebody in a bed; ``doctor`` is the staff number and name of who attends, ``id_no`` the
    number of the identity card if the HIS has it.
    """

    mrn: str
    name: str
    visit: str
    ward: str
    bed: str
    doctor: tuple[str, str]
    birth: str = "19590312"
    sex: str = "F"
    id_no: str = ""


def stamp() -> str:
    """Now as ``20261124083000``, in the hospital's zone."""
    return WireClock().now().astimezone(LOCAL).strftime("%Y%m%d%H%M%S")


def admission(control_id: str, one: Inpatient) -> str:
    """ADT^A01."""
    now = stamp()
    rows = (_header("HIS", "ADT^A01", control_id, now), f"EVN|A01|{now}", *_patient(one))
    return "\r".join((*rows, ""))


def report(control_id: str, one: Inpatient, filler: str, critical: bool = False) -> str:
    """ORU^R01 with 30 results; a critical one has a potassium of 2.5 with LL."""
    now = stamp()
    orderer = "^".join(one.doctor)
    order = (
        f"OBR|1||{filler}|CHEM^生化全套^L|||{now}|||||||{now}|BLD^血清|{orderer}||||||{now}||LAB|F"
    )
    rows = (_header("LIS", "ORU^R01", control_id, now), *_patient(one), order)
    return "\r".join((*rows, *_results(critical), ""))


def _results(critical: bool) -> Iterable[str]:
    for n in range(RESULTS):
        code, loinc, name, value, unit, span = PANEL[n % len(PANEL)]
        again, flag = n // len(PANEL), "N"
        if critical and n == 0:
            value, flag = LOW_POTASSIUM, "LL"
        local = f"{code}{again or ''}"
        yield f"OBX|{n + 1}|NM|{local}^{name}^L^{loinc}^{name}^LN||{value}|{unit}|{span}|{flag}|||F"


def _header(system: str, kind: str, control_id: str, now: str) -> str:
    head = f"MSH|^~\\&|{system}|JQ|WX|JQ|{now}||{kind}"
    return f"{head}|{control_id}|P|2.5|||||CHN|UNICODE UTF-8"


def _patient(one: Inpatient) -> tuple[str, str]:
    stay = {1: "1", 2: "I", 3: f"{one.ward}^301^{one.bed}", 7: "^".join(one.doctor), 19: one.visit}
    card = f"~{one.id_no}^^^^NNCHN" if one.id_no else ""
    return (
        f"PID|1||{one.mrn}^^^JQ^MR{card}||{one.name}||{one.birth}|{one.sex}",
        "|".join(("PV1", *(stay.get(n, "") for n in range(1, 20)))),
    )


def frame(text: str) -> bytes:
    return START + text.encode() + END


class Line:
    """One connection to ``host:port``, made when it is needed."""

    def __init__(self, address: str, seconds: float = SECONDS):
        host, _, port = address.rpartition(":")
        self._address, self._seconds = (host, int(port)), seconds
        self._socket: socket.socket | None = None

    def send(self, text: str) -> str:
        """MSA-1 of the answer: AA, AE or AR.

        Raises:
            OSError: no whole answer came; whether the message has arrived is not known.
            LookupError: the answer is about another message.
        """
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, self._seconds)
            self._socket.sendall(frame(text))
            return _verdict(self._answer(self._socket), text.split("|", 10)[9])
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def _answer(self, line: socket.socket) -> str:
        data = b""
        while not data.endswith(END):
            part = line.recv(65536)
            if not part:
                raise ConnectionError("the gateway hung up")
            data += part
        return data.removeprefix(START).removesuffix(END).decode()


def _verdict(answer: str, control_id: str) -> str:
    fields = next(row.split("|") for row in answer.split("\r") if row.startswith("MSA|"))
    if fields[2] != control_id:
        raise LookupError(f"asked about {control_id}, answered about {fields[2]}")
    return fields[1]
