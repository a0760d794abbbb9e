"""What did not agree within its day, with what is known of it on other days and in our orders."""

from collections.abc import AsyncIterator, Iterable
from datetime import date, timedelta

import msgspec

from booking.payments import service as payments
from booking.payments.model import Standing
from booking.postings import service as postings
from booking.postings.model import posting_id
from booking.reconciliation import reading
from booking.reconciliation.matching import (
    HIS,
    MISSING_THERE,
    PLATFORM,
    SETTLED,
    UNDER_WAY,
    Finding,
    Known,
    Line,
    with_around,
    with_known,
)
from booking.reconciliation.model import line_of
from wx_backend.base.clock import local_date
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.billing import BillNotReady

AT_ONCE = 500
"""Numbers that are looked up in one call."""

STATES = {"REQUESTED": UNDER_WAY, "SUCCEEDED": SETTLED, "PAID": SETTLED}
"""Our words for an attempt or refund, as a bill has them."""

NEVER_BOOKED = frozenset({"RETURNED", "NEEDLESS", "SETTLED"})
"""States of a posting of which it is known why the HIS has not booked it."""


class Explained(msgspec.Struct, frozen=True):
    """``order``: ours, when the number is known here."""

    finding: Finding
    order: str


async def explained(
    ctx: Ctx, day: date, channels: list[Channel], findings: list[Finding]
) -> list[Explained]:
    """Without what is no difference after all."""
    standing = await _standings(ctx, [one.line.no for one in findings])
    known = {no: _known(one) for no, one in standing.items()}
    seen = [one for raw in findings if (one := with_known(raw, known.get(raw.line.no)))]
    around = {
        PLATFORM: await _on_bills(ctx, channels, _elsewhere(day, PLATFORM, seen, standing)),
        HIS: await _at_his(ctx, _elsewhere(day, HIS, seen, standing)),
    }
    judged = [with_around(one, around[one.side].get(one.line.key)) for one in seen]
    return [
        Explained(one, standing[one.line.no].order if one.line.no in standing else "")
        for one in judged
        if not await _never_booked(ctx, one)
    ]


async def _standings(ctx: Ctx, numbers: list[str]) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    for n in range(0, len(numbers), AT_ONCE):
        found |= await payments.standings(ctx, numbers[n : n + AT_ONCE])
    return found


def _known(one: Standing) -> Known:
    line = line_of(one.move) if one.move else None
    return Known(one.order, STATES.get(one.state, one.state), line)


Wanted = dict[date, set[str]]
"""Keys of lines by the day on which they may be found."""


def _elsewhere(
    day: date, side: str, findings: Iterable[Finding], standing: dict[str, Standing]
) -> Wanted:
    """The days around, and that on which it was asked for: a refund is billed on that one, however
    long the bank takes.
    """
    wanted: Wanted = {}
    for one in findings:
        if one.side != side or one.kind != MISSING_THERE:
            continue
        days = {day - timedelta(days=1), day + timedelta(days=1)}
        if one.line.no in standing:
            days.add(local_date(standing[one.line.no].began))
        for other in days - {day}:
            wanted.setdefault(other, set()).add(one.line.key)
    return wanted


async def _on_bills(ctx: Ctx, channels: list[Channel], wanted: Wanted) -> dict[str, Line]:
    found: dict[str, Line] = {}
    for day, keys in wanted.items():
        for channel in channels:
            found |= await _among(keys, _lines(ctx, channel, day))
    return found


async def _lines(ctx: Ctx, channel: Channel, day: date) -> AsyncIterator[list[Line]]:
    """Nothing of a bill that is still to come."""
    try:
        async for portion in reading.billed(ctx, channel, day):
            yield [one.line for one in portion]
    except BillNotReady:
        return


async def _at_his(ctx: Ctx, wanted: Wanted) -> dict[str, Line]:
    found: dict[str, Line] = {}
    for day, keys in wanted.items():
        found |= await _among(keys, reading.booked(ctx, day))
    return found


async def _among(keys: set[str], portions: AsyncIterator[list[Line]]) -> dict[str, Line]:
    return {line.key: line async for portion in portions for line in portion if line.key in keys}


async def _never_booked(ctx: Ctx, one: Finding) -> bool:
    """Whether we know why the HIS has not booked it: it went back, or somebody saw to it."""
    if one.side != HIS or one.kind != MISSING_THERE:
        return False
    try:
        return (await postings.posting(ctx, posting_id(one.line.no))).state in NEVER_BOOKED
    except NotFound:
        return False
