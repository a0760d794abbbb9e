"""What a LIS reports, in our words."""

from datetime import datetime
from typing import Literal

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
        resulted_at: orders its versions, together with ``sent_at``.
        orderer: who asked for it; ``place`` is where the message says the patient is.
        missing: fields that were wanted and are empty (``OBR-3``).
    """

    source: str
    lis_id: str
    title: str
    status: Status
    resulted_at: datetime
    sent_at: datetime
    person: Person
    items: tuple[Result, ...]
    specimen: str = ""
    specimen_no: str = ""
    collected_at: datetime | None = None
    received_at: datetime | None = None
    visit_no: str = ""
    kind: Kind = ""
    place: Place = Place()
    orderer: Clinician = Clinician()
    verifier: Clinician = Clinician()
    missing: tuple[str, ...] = ()
