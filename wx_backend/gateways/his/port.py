"""What a HIS tells us of people and their stays, in our words."""

from datetime import date, datetime
from typing import Literal

import msgspec

Kind = Literal["I", "O", "E", ""]
"""Class of an encounter: inpatient, outpatient, emergency, unknown."""

Change = Literal[
    "ADMITTED", "TRANSFERRED", "DISCHARGED", "REGISTERED", "UPDATED",
    "ADMISSION_CANCELLED", "TRANSFER_CANCELLED", "DISCHARGE_CANCELLED", "PERSON", "MERGED",
]  # fmt: skip


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the sender knows them; what it does not say is "" or None."""

    mrn: str
    name: str = ""
    sex: Literal["F", "M", ""] = ""
    birth_date: date | None = None
    id_no: str = ""


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    ward: str = ""
    room: str = ""
    bed: str = ""
    department: str = ""


class Clinician(msgspec.Struct, frozen=True, omit_defaults=True):
    """``code`` is the sender's own number of the person."""

    code: str = ""
    name: str = ""


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One encounter as a message shows it.

    Args:
        visit_no: the sender's number of it.
        diagnoses: codes (ICD-10) as sent; none when the message does not speak of them.
    """

    visit_no: str
    kind: Kind = ""
    place: Place = Place()
    attending: Clinician = Clinician()
    diagnoses: tuple[str, ...] = ()
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One ADT message.

    Args:
        stamp: puts messages in order: when it happened, when it was sent, its control id.
        former: the MRN that ends, when two are merged.
        missing: fields that were wanted and are empty (``PV1-19``).
    """

    change: Change
    stamp: tuple[datetime, datetime, str]
    person: Person
    stay: Stay | None = None
    former: str = ""
    missing: tuple[str, ...] = ()
