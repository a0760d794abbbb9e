"""Does the audit trail still say what was sealed? For the console and ``wx-backend audit verify``.

Faults name the place: ``changed``, ``removed``, ``inserted`` or
``sealed_twice`` record; ``seal_changed``,
``seal_forged``, ``seal_removed`` or ``chain_broken`` seal; ``truncated`` or ``rewritten`` against a
checkpoint outside the database; ``month_broken`` against the seals of an earlier month.
"""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import msgspec

from wx_backend.base.context import Ctx
from wx_backend.base.retention import month_over
from wx_backend.base.seals import checkpoints, store
from wx_backend.base.seals.chain import LATE, Fault, Seal, broken, unlike
from wx_backend.base.seals.checkpoints import Checkpoint
from wx_backend.base.seals.sealer import sealer

MOST = 200
"""Faults that are listed; a trail with more is broken anyway."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A month's result. ``late`` names records sealed long after they say they were made,
    ``waiting`` counts those not sealed yet, ``checkpoints`` those that were compared.
    """

    month: str
    seals: int
    records: int
    faults: list[Fault]
    late: list[str]
    waiting: int
    checkpoints: int

    @property
    def whole(self) -> bool:
        return not self.faults


async def months(ctx: Ctx) -> list[str]:
    """Months that can be verified: those of the database, and those that only checkpoints know,
    unless their time to be kept is over.
    """
    folder = ctx.house.settings.audit_dir
    known = checkpoints.months(Path(folder)) if folder else []
    kept = (one for one in known if not month_over(store.SEALS.retention, one, ctx.now()))
    return sorted({*await store.months(ctx.house.db), *kept})


async def verify(
    ctx: Ctx, month: str, progress: Callable[[int, int], Awaitable[None]] | None = None
) -> Report:
    """Compares a month with its seals and checkpoints; changes nothing.

    ``progress`` hears of seals and records done, after each page of seals.
    """
    db, signer = ctx.house.db, sealer(ctx.house).signer
    given = _checkpoints(ctx, month)  # this and the ids first: sealing goes on meanwhile
    claimed = await _claimed(ctx, month)
    faults: list[Fault] = []
    late: list[str] = []
    sealed: set[str] = set()
    values: dict[int, str] = {}
    before: Seal | None = None
    while seals := await store.page(db, month, before.n if before else 0):
        for seal in seals:
            authentic = signer.verifies(seal.key, seal.chain.encode(), seal.signature)
            records = await store.found(db, seal)
            faults += broken(before, seal, authentic) + unlike(seal, records)
            faults += [Fault("sealed_twice", seal.n, k) for k, _ in seal.entries if k in sealed]
            late += (key for key, one in records.items() if _late(seal, one))
            sealed.update(key for key, _ in seal.entries)
            values[seal.n], before = seal.chain, seal
            if seal.link:
                faults += await _link(ctx, seal)
        if progress:
            await progress(len(values), len(sealed))
    faults += [Fault("inserted", 0, key) for key in claimed if key not in sealed]
    faults += _against(given, values)
    return Report(
        month=month,
        seals=len(values),
        records=len(sealed),
        faults=faults[:MOST],
        late=late[:MOST],
        waiting=await store.records(db, month).count({"open": True}),
        checkpoints=len(given),
    )


def _late(seal: Seal, record: dict) -> bool:
    return seal.at - record["at"] > LATE


async def _link(ctx: Ctx, seal: Seal) -> list[Fault]:
    """The month before must still have the seal that this one knew as its last, unless its time to
    be kept is over.
    """
    month, number, chain = seal.link.split(":")
    found = await store.page(ctx.house.db, month, int(number) - 1, 1)
    whole = found and found[0].n == int(number) and found[0].chain == chain
    removed = not found and month_over(store.SEALS.retention, month, ctx.now())
    return [] if whole or removed else [Fault("month_broken", seal.n, month)]


async def _claimed(ctx: Ctx, month: str) -> list[str]:
    """Ids of the records that are not marked as waiting for their seal."""
    claimed: list[str] = []
    while keys := await store.ids(ctx.house.db, month, claimed[-1] if claimed else ""):
        claimed += keys
    return claimed


def _checkpoints(ctx: Ctx, month: str) -> list[Checkpoint]:
    folder = ctx.house.settings.audit_dir
    return checkpoints.read(Path(folder), month) if folder else []


def _against(given: Iterable[Checkpoint], values: dict[int, str]) -> list[Fault]:
    """What the checkpoints know and the database does not; each seal is named once."""
    faults = {}
    for one in given:
        if one.n not in values:
            faults[one.n] = Fault("truncated", one.n)
        elif values[one.n] != one.chain:
            faults[one.n] = Fault("rewritten", one.n)
    return list(faults.values())
