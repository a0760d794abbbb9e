"""Laboratory reports: one document for each report of the laboratory, whatever is sent about it.

A report is sent again and again: preliminary, complete, corrected, late, twice. Each result stands
for itself: the newest word about it counts, a result that is not mentioned again stays, and only
the laboratory's own D, W or X takes one away. So the order of arrival does not matter. Pure.
"""

import hashlib
from datetime import date, datetime
from typing import Literal

import msgspec

from wx_backend.base import ids
from wx_backend.base.errors import AppError
from wx_backend.gateways.his.port import Clinician, Kind
from wx_backend.gateways.lis.port import Result, Status

STATUSES: dict[str, str] = {"P": "初步", "F": "已审核", "C": "已更正", "X": "已作废"}
WITHDRAWN = frozenset({"D", "W", "X"})
FINAL = frozenset({"F", "C", "U"})
"""OBX-11 of a result that the laboratory stands by."""

Stamp = tuple[datetime, datetime]
"""(when the result was ready, when the message was sent): which word is newer."""


class ReportHeld(AppError):
    """A critical report is told by a clinician first (clinical.md 1.1)."""

    code, status, message = (
        "report_held",
        409,
        "这份报告需由医生先向您说明，请联系开单医生或门诊办公室",
    )


class OwnRules(AppError):
    """Two people decide: who proposed a rule set cannot approve it."""

    code, status, message = "own_rules", 403, "不能审批自己提交的危急值规则"


class Item(Result, frozen=True, kw_only=True, omit_defaults=True):
    """One result as the laboratory sent it. ``as_of`` is its own stamp where that is not the
    report's.
    """

    as_of: Stamp | None = None

    def says(self) -> tuple:
        """What a reader would see change."""
        return self.value, self.unit, self.flags, self.status in WITHDRAWN, self.name, self.range


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a report says at one time; ``control_id`` is of the message that said it, and ``kind``
    is the class of encounter that it was about.
    """

    title: str
    status: Status
    resulted_at: datetime
    sent_at: datetime
    items: tuple[Item, ...]
    specimen: str = ""
    specimen_no: str = ""
    specimen_state: tuple[str, ...] = ()
    control_id: str = ""
    collected_at: datetime | None = None
    received_at: datetime | None = None
    visit_no: str = ""
    kind: Kind = ""
    ward: str = ""
    department: str = ""
    orderer: Clinician = Clinician()
    verifier: Clinician = Clinician()
    missing: tuple[str, ...] = ()
    void_until: Stamp | None = None

    @property
    def stamp(self) -> Stamp:
        return self.resulted_at, self.sent_at

    @property
    def void(self) -> Stamp | None:
        """The laboratory has cancelled everything up to this time."""
        return self.stamp if self.status == "X" else self.void_until

    def item(self, key: str) -> Item | None:
        return next((item for item in self.items if item.key == key), None)


class Who(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom a report is about, as the laboratory says; ``name`` is sealed, ``display`` masked."""

    name: str = ""
    display: str = ""
    sex: Literal["F", "M", ""] = ""
    born: date | None = None


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent at an earlier time, as it was sent, under the version it made."""

    version: int
    filed_at: datetime
    content: Content


class Report(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """As stored.

    Args:
        chart: whose it is in this institution; "" when the sender does not say. The chart itself
            may not be there (yet).
        digests: of everything sent so far, so that the same again is recognised.
        critical: keys of results that are critical now.
        held: not shown to the patient until a clinician has acted.
        history: everything as it was sent, in order of arrival, once there is more than one.
    """

    id: str
    inst: str
    source: str
    lis_id: str
    chart: str
    who: Who
    version: int
    filed_at: datetime
    content: Content
    digests: tuple[str, ...]
    critical: tuple[str, ...] = ()
    held: bool = False
    history: tuple[Past, ...] = ()

    @property
    def readable(self) -> bool:
        """By the patient: verified by the laboratory, and not waiting for a clinician."""
        return self.content.status in ("F", "C") and not self.held


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list: that there is a report, and nothing of what it says."""

    id: str
    title: str
    status: Status
    status_name: str
    resulted_at: datetime
    held: bool


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A result in the words of the laboratory that sent it: its numbers, no value, no patient."""

    source: str
    lis_id: str
    control_id: str
    specimen_no: str
    code: str
    name: str
    loinc: str


class Point(msgspec.Struct, frozen=True):
    """One value of a result over time."""

    at: datetime
    value: str


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A report after something was sent: its content, and which results are new or say otherwise.

    ``corrected`` are those among them that said something else before; ``confirmed`` say what they
    said in advance, and only now for good.
    """

    content: Content
    changed: tuple[Item, ...]
    corrected: tuple[str, ...]
    confirmed: tuple[Item, ...] = ()


def report_id(inst: str, source: str, lis_id: str) -> str:
    return ids.derive("rep", inst, source, lis_id)


def reference(report: Report, key: str) -> Reference:
    """How the laboratory calls the result ``key``, which may have been withdrawn since."""
    content = report.content
    item = content.item(key)
    return Reference(
        source=report.source,
        lis_id=report.lis_id,
        control_id=content.control_id,
        specimen_no=content.specimen_no,
        code=item.code if item else key,
        name=item.name if item else key,
        loinc=item.loinc if item else "",
    )


def brief(report: Report) -> Brief:
    content = report.content
    return Brief(
        id=report.id,
        title=content.title,
        status=content.status,
        status_name=STATUSES[content.status],
        resulted_at=content.resulted_at,
        held=report.held,
    )


def digest(content: Content) -> str:
    """The same for the same results sent again, whenever they are sent."""
    said = (content.status, content.resulted_at, content.visit_no, content.title, content.items)
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:32]


def first(content: Content) -> Merged:
    """A report nobody has heard of before."""
    items = tuple(_standing(item, content.stamp, content.void) for item in content.items)
    items = _undated(items, content.stamp)
    content = msgspec.structs.replace(content, items=items, void_until=content.void)
    return Merged(content=content, changed=content.items, corrected=())


def merge(known: Content, sent: Content) -> Merged:
    """What a report says once ``sent`` has been heard too; the order of hearing does not matter."""
    newer = sent.stamp >= known.stamp
    head, tail = (sent, known) if newer else (known, sent)
    items = {item.key: _dated(item, known.stamp) for item in known.items}
    before = dict(items)
    for item in sent.items:
        mine = _dated(item, sent.stamp)
        if item.key not in items or mine.as_of >= items[item.key].as_of:
            items[item.key] = mine
    keys = dict.fromkeys(item.key for source in (head, tail) for item in source.items)
    void = max((one.void for one in (known, sent) if one.void), default=None)
    final = _undated(tuple(_standing(items[key], head.stamp, void) for key in keys), head.stamp)
    differs = [item for item in final if _news(before.get(item.key), item)]
    return Merged(
        content=msgspec.structs.replace(head, items=final, void_until=void),
        changed=tuple(differs),
        corrected=tuple(item.key for item in differs if item.key in before),
        confirmed=tuple(item for item in final if _stands(before.get(item.key), item)),
    )


def _news(before: Item | None, item: Item) -> bool:
    return before is None or before.says() != item.says()


def _stands(before: Item | None, item: Item) -> bool:
    in_advance = before is not None and before.status not in FINAL
    return in_advance and item.status in FINAL and not _news(before, item)


def _dated(item: Item, stamp: Stamp) -> Item:
    return item if item.as_of else msgspec.structs.replace(item, as_of=stamp)


def _undated(items: tuple[Item, ...], stamp: Stamp) -> tuple[Item, ...]:
    return tuple(
        msgspec.structs.replace(item, as_of=None) if item.as_of == stamp else item for item in items
    )


def _standing(item: Item, stamp: Stamp, void: Stamp | None) -> Item:
    """A cancelled report takes with it every result up to its own time."""
    at = item.as_of or stamp
    if void is None or at > void or item.status in WITHDRAWN:
        return item
    return msgspec.structs.replace(item, status="X")
