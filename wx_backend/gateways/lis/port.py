"""What a LIS reports, and what it is told of a critical value, in our words."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from wx_backend.gateways.his.port import Clinician, Kind, Person, Place

Status = Literal["P", "F", "C", "X"]
"""Preliminary, final, corrected, cancelled."""


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One OBX.

    Args:
        key: unique within its report, and the same when the report is sent again.
        code: the sender's own code; ``loinc`` when the sender gives one.
        value: as sent, in plain text; of an embedded document "".
        flags: OBX-8, each one (``H``, ``LL``, …).
        status: OBX-11 as sent.
    """

    key: str
    code: str
    name: str
    kind: str
    value: str
    loinc: str = ""
    unit: str = ""
    range: str = ""
    flags: tuple[str, ...] = ()
    status: str = "F"
    observed_at: datetime | None = None
    note: str = ""


class LabReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report of one specimen.

    Args:
        source: who sends it, ``application|facility``.
        lis_id: the sender's number of the report.
        control_id: of the message that brought it.
        resulted_at: orders its versions, together with ``sent_at``.
        orderer: who asked for it; ``place`` is where the message says the patient is.
        specimen_state: codes of SPM-24 (table 0493): ``HEM`` is haemolysed.
        missing: fields that were wanted and are empty (``OBR-3``).
    """

    source: str
    lis_id: str
    control_id: str
    title: str
    status: Status
    resulted_at: datetime
    sent_at: datetime
    person: Person
    items: tuple[Result, ...]
    specimen: str = ""
    specimen_no: str = ""
    specimen_state: tuple[str, ...] = ()
    collected_at: datetime | None = None
    received_at: datetime | None = None
    visit_no: str = ""
    kind: Kind = ""
    place: Place = Place()
    orderer: Clinician = Clinician()
    verifier: Clinician = Clinician()
    missing: tuple[str, ...] = ()


class LisConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where a LIS listens, and the names on both ends (MSH-3 … MSH-6).

    Args:
        charset: a codec; MSH-18 names it.
        version: MSH-12; ORA^R41 is of 2.8.
        ca: PEM text of who has signed the LIS's certificate; empty means no TLS.
        server_name: the name in that certificate, where it is not ``host``.
        certificate, key: PEM files that we show a LIS which asks; empty = none.
    """

    host: str
    port: int
    application: str
    facility: str
    our_application: str
    our_facility: str
    charset: str = "utf-8"
    version: str = "2.8"
    ca: str = ""
    server_name: str = ""
    certificate: str = ""
    key: str = ""


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """Who has received, passed on or acted upon a critical result, and when.

    Args:
        control_id: the same whenever this is told again; at most 20 characters.
        answers: control id of the message that brought the report.
        state: ``RECEIVED``, ``PHYSICIAN_NOTIFIED`` or ``HANDLED``, and its Chinese words.
        by: staff number and name of who did it; ``at`` is when (UTC), ``channel`` with what.
        measures: what was done for the patient, in words; "" before it is.
    """

    control_id: str
    answers: str
    report: str
    specimen_no: str
    item_code: str
    item_name: str
    loinc: str
    state: str
    state_name: str
    by: Clinician
    role: str
    at: datetime
    channel: str = ""
    measures: str = ""
    alert: str = ""


class LisPort(Protocol):
    """A LIS that is told."""

    async def confirm(self, told: Confirmation) -> None:
        """Returns when the LIS has taken it.

        Raises:
            GatewayRefused: it will not (AE, AR, CE, CR); telling it again does not help.
            GatewayUnknown: no answer, or none to this: tell it again under the same control id.
        """
