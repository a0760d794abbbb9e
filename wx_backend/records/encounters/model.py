"""Charts and encounters: a hospital's own record of a person, and where that person is now.

A chart (病案) is somebody as one institution's HIS knows them, by record number; a 就诊人 is one
whom an account has added. Messages come late, twice and in any order: every group of facts carries
the stamp of the message it came from, and an older message never overwrites a newer one. Pure.
"""

from datetime import date, datetime
from typing import Any, Literal

import msgspec

from wx_backend.base import ids
from wx_backend.gateways.his.port import Clinician, Kind, Place

KINDS: dict[str, str] = {"I": "住院", "O": "门诊", "E": "急诊", "": "未知"}

State = Literal["OPEN", "DISCHARGED", "CANCELLED"]
STATES: dict[str, str] = {"OPEN": "在诊", "DISCHARGED": "已离院", "CANCELLED": "已取消"}

Stamp = tuple[datetime, datetime, str]
"""(when it happened, when it was sent, control id): which message is newer."""


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Groups of facts, each replaced as a whole; None where a message does not speak of it.

    ``diagnoses`` are codes (ICD-10) as the HIS writes them.
    """

    state: State | None = None
    kind: Kind | None = None
    place: Place | None = None
    attending: Clinician | None = None
    diagnoses: tuple[str, ...] | None = None
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None


class Encounter(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One stay or visit. ``stamps`` says, by group, from which message it is."""

    id: str
    inst: str
    chart: str
    visit_no: str
    version: int
    facts: Facts = Facts()
    stamps: dict[str, Stamp] = {}

    @property
    def state(self) -> State:
        return self.facts.state or "OPEN"

    @property
    def place(self) -> Place:
        return self.facts.place or Place()

    @property
    def attending(self) -> Clinician:
        return self.facts.attending or Clinician()

    @property
    def diagnoses(self) -> tuple[str, ...]:
        return self.facts.diagnoses or ()


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who a chart belongs to; ``name`` is sealed, ``display`` masked."""

    name: str = ""
    display: str = ""
    sex: Literal["F", "M", ""] = ""
    birth_date: date | None = None
    id_blind: tuple[str, ...] = ()


class Chart(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A person as the HIS of one institution knows them.

    Args:
        latest: number of the encounter that the newest message was about.
        merged_into: the chart that stands for this one since two were found to be one person;
            nothing else is ever rewritten by a merge.
    """

    id: str
    inst: str
    mrn: str
    version: int
    identity: Identity = Identity()
    latest: str = ""
    merged_into: str = ""
    stamps: dict[str, Stamp] = {}


def chart_id(inst: str, mrn: str) -> str:
    return ids.derive("cha", inst, mrn)


def encounter_id(inst: str, visit_no: str) -> str:
    return ids.derive("enc", inst, visit_no)


def learn(known: Encounter, said: Facts, stamp: Stamp) -> Encounter:
    """What is known after this message too; the same whatever the order of messages."""
    fresh = _fresh(said, known.stamps, stamp)
    return msgspec.structs.replace(
        known,
        facts=msgspec.structs.replace(known.facts, **fresh),
        stamps={**known.stamps, **dict.fromkeys(fresh, stamp)},
    )


def identify(known: Chart, identity: Identity, visit_no: str, stamp: Stamp) -> Chart:
    """The chart after a message that says who this is and which encounter it is about."""
    fresh = _fresh(identity, known.stamps, stamp)
    latest = {"latest": visit_no} if visit_no and newer(known.stamps, "latest", stamp) else {}
    return msgspec.structs.replace(
        known,
        identity=msgspec.structs.replace(known.identity, **fresh),
        stamps={**known.stamps, **dict.fromkeys((*fresh, *latest), stamp)},
        **latest,
    )


def link(known: Chart, into: str, stamp: Stamp) -> Chart:
    """The chart after it was merged into another."""
    if into == known.id or not newer(known.stamps, "merged_into", stamp):
        return known
    stamps = {**known.stamps, "merged_into": stamp}
    return msgspec.structs.replace(known, merged_into=into, stamps=stamps)


def _fresh(said: Facts | Identity, stamps: dict[str, Stamp], stamp: Stamp) -> dict[str, Any]:
    """What a message says, as far as nobody newer has said it."""
    given = ((name, getattr(said, name)) for name in said.__struct_fields__)
    return {
        name: value
        for name, value in given
        if value not in (None, "", ()) and newer(stamps, name, stamp)
    }


def newer(stamps: dict[str, Stamp], name: str, stamp: Stamp) -> bool:
    return name not in stamps or stamp > stamps[name]
