"""Is a restored database whole? For ``wx-backend backup``, before any process starts on it.

``examine`` only reads: schema, indexes, keys, audit trail, orders. ``accept`` is for a backup that
is older than the last checkpoint of the audit trail: what was lost with the time between is written
down, so that the trail goes on and says so itself.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from booking.payments.model import Order
from wx_backend.base.audit import RECORDS
from wx_backend.base.collection import Collection
from wx_backend.base.context import Ctx
from wx_backend.base.db import SCHEMA_VERSION, SchemaTooNew
from wx_backend.base.errors import WrongState
from wx_backend.base.scoped import Scoped
from wx_backend.base.seals import checkpoints
from wx_backend.base.seals.verify import Report, months, verify
from wx_backend.base.secrets import Unreadable
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelUnusable
from wx_backend.entrypoints.selftest import Check

MOST = 20
"""Faults of one kind that are listed."""

LOST = {"truncated"}
"""The only fault of a trail that ends earlier than its checkpoints, and is whole up to there."""


class Sealed(NamedTuple):
    """Where sealed values are: a field, and what it was sealed with besides the key (``{}`` is the
    document's id).
    """

    collection: str
    field: str
    aad: str


SEALED = (
    Sealed("patients", "id_no", "patients.id_no:{}"),
    Sealed("bindings", "phone", "bindings.phone:{}"),
    Sealed("staff", "phone", "staff.phone:{}"),
    Sealed("charts", "identity.name", "charts.name:{}"),
    Sealed("reports", "who.name", "reports.name:{}"),
    Sealed("hl7_inbox", "raw", "hl7_inbox.raw:{}"),
    Sealed("pay_callbacks", "raw", "callback:{}"),
    Sealed("audit_values", "value", "{}"),
)
PATIENTS = SEALED[0]


class Standing(msgspec.Struct, frozen=True):
    """As of when the data are (the last audit record), and what is under way by collection."""

    as_of: datetime | None
    untold: dict[str, int]
    overdue: dict[str, int]


async def examine(ctx: Ctx, collections: Iterable[Collection]) -> AsyncIterator[Check]:
    """One check after the other; ``ctx`` sees every institution."""
    known = {one.name: one for one in collections}
    yield await _schema(ctx)
    yield await _indexes(ctx, known.values())
    for one in SEALED:
        yield await _opens(ctx, known[one.collection], one)
    yield await _channels(ctx)
    for month in await months(ctx):
        yield _trail(await verify(ctx, month))
    yield await _orders(ctx, known["orders"])


async def _schema(ctx: Ctx) -> Check:
    try:
        version = await ctx.house.db.check_schema()
    except SchemaTooNew as error:
        return Check("数据库版本 schema", [error.message])
    name = f"数据库版本 schema {version}"
    return Check(name, [] if version == SCHEMA_VERSION else ["请先运行 run wx-backend indexes"])


async def _indexes(ctx: Ctx, collections: Iterable[Collection]) -> Check:
    wrong = [str(found) for one in collections for found in await ctx.house.db.unlike(one)]
    return Check("索引 indexes", wrong and [*wrong[:MOST], "请运行 run wx-backend indexes"])


async def _opens(ctx: Ctx, collection: Collection, sealed: Sealed) -> Check:
    """One value of each key that was used; of a patient also found again by the blind index."""
    counts: dict[str, int] = {}
    wrong = []
    for table in await _tables(ctx, collection):
        for found in await table.aggregate(*_by_key(sealed.field)):
            counts[found["_id"]] = counts.get(found["_id"], 0) + found["count"]
            try:
                plain = ctx.house.vault.open(found["value"], sealed.aad.format(found["id"]))
            except Unreadable as error:
                wrong.append(f"{table.name} {found['id']}: {error}")
                continue
            if sealed is PATIENTS and not set(found["blind"]) & set(
                ctx.house.vault.blind(plain, "patients.id_no")
            ):
                wrong.append(f"{table.name} {found['id']}: WX_INDEX_KEY 不符 is another one")
    used = ", ".join(f"{key}: {count}" for key, count in sorted(counts.items()))
    return Check(f"密钥 keys, {sealed.collection}.{sealed.field} {used or '-'}", wrong[:MOST])


def _by_key(field: str) -> list[dict]:
    """Stages: how many values each key has sealed, and one of them."""
    key = {"$arrayElemAt": [{"$split": [f"${field}", "."]}, 0]}
    first = {"id": "$_id", "value": f"${field}", "blind": "$id_blind"}
    return [
        {"$match": {field: {"$type": "string", "$ne": ""}}},
        {"$group": {"_id": key, "count": {"$sum": 1}, "one": {"$first": first}}},
        {"$replaceWith": {"$mergeObjects": ["$one", {"_id": "$_id", "count": "$count"}]}},
    ]


async def _channels(ctx: Ctx) -> Check:
    """Platform accounts: every secret opens."""
    await institutions.refresh(ctx.house)
    wrong = []
    for inst in institutions.all_known(ctx.house):
        for channel in await institutions.channels(ctx.within(inst.id)):
            try:
                institutions.config(ctx.house, channel)
            except ChannelUnusable as error:
                why = ", ".join(f"{name} {said}" for name, said in error.data["fields"].items())
                wrong.append(f"{inst.name} {channel.platform} {channel.id}: {why}")
    return Check("平台渠道密钥 secrets of channels", wrong[:MOST])


def _trail(report: Report) -> Check:
    name = (
        f"审计 audit {report.month}: {report.records} 条记录 records, {report.seals} 次封存 seals, "
        f"{report.checkpoints} 个检查点 checkpoints"
    )
    faults = report.faults
    if {one.kind for one in faults} == LOST:
        lost = f"{faults[0].seal}–{faults[-1].seal}"
        return Check(name, [f"缺少封存 lost seals {lost}: wx-backend backup accept"])
    return Check(name, [f"{one.kind} seal {one.seal} {one.record}" for one in faults[:MOST]])


async def _orders(ctx: Ctx, collection: Collection) -> Check:
    """Each order's entries fold to the state it is stored with, and no more went back than came."""
    count, wrong = 0, []
    async for doc in ctx.house.db.scoped(collection, None).each({}):
        order = msgspec.convert(doc, Order)
        ledger, count = order.ledger(), count + 1
        if order.state != ledger.state() or ledger.kept_fen < 0:
            wrong.append(f"{order.id}: {order.state}, 分录 entries say {ledger.state()}")
    return Check(f"订单账目 orders: {count}", wrong[:MOST])


async def standing(ctx: Ctx, collections: Iterable[Collection]) -> Standing:
    """What a start would go on with."""
    untold: dict[str, int] = {}
    overdue: dict[str, int] = {}
    last: datetime | None = None
    for one in collections:
        for table in await _tables(ctx, one):
            untold[table.name] = await table.count({"outbox.at": {"$type": "date"}})
            overdue[table.name] = await table.count({"due_at": {"$lte": ctx.now()}})
            if one.name == RECORDS.name and (newest := await table.find_one({}, [("at", -1)])):
                last = max(filter(None, (last, newest["at"])))
    return Standing(last, _some(untold), _some(overdue))


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}


async def _tables(ctx: Ctx, collection: Collection) -> list[Scoped]:
    """The collection, or each of its months."""
    db = ctx.house.db
    names = await db.months(collection) if collection.monthly else [None]
    return [db.scoped(collection, None, month) for month in names]


class Cut(msgspec.Struct, frozen=True):
    """Checkpoints of a month set aside: the seals after ``last`` were lost."""

    month: str
    last: int
    lost: int
    aside: Path


class NotARestore(WrongState):
    """The trail does not merely end earlier than its checkpoints; ``months`` says where."""

    code, message = "not_a_restore", "审计记录与检查点不符，且不只是缺少末尾，不能接受"


async def accept(ctx: Ctx, reason: str) -> list[Cut]:
    """Takes the end of this database for the end of the trail; audited before checkpoints are set
    aside, file by file. Nothing to do is an empty list.

    Raises:
        NotARestore: something was changed, or processes have sealed since the restore.
    """
    reports = [await verify(ctx, month) for month in await months(ctx)]
    if wrong := [one.month for one in reports if {f.kind for f in one.faults} - LOST]:
        raise NotARestore(months=wrong)
    cuts = []
    for one in (report for report in reports if report.faults):
        folder = Path(ctx.house.settings.audit_dir)
        known = checkpoints.read(folder, one.month)[-1].n
        told = {"month": one.month, "kept": one.seals, "lost": known - one.seals, "reason": reason}
        await ctx.house.audit.record(ctx, "backup:trail:accepted", one.month, **told)
        mark = f"before-{ctx.wire_now():%Y%m%dT%H%M%S}"
        aside = checkpoints.cut(folder, one.month, one.seals, mark)
        cuts.append(Cut(one.month, one.seals, known - one.seals, aside))
    return cuts
