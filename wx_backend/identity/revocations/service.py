"""Ending sessions before their time: at once here, within a second in every process.

A session is signed claims that need no look-up; every process holds the list of those that are
over in memory and follows it (``follow``).
"""

from datetime import timedelta

from wx_backend.base.context import Ctx, House
from wx_backend.base.sweeper import Sweep
from wx_backend.identity.revocations import store
from wx_backend.identity.revocations.model import ALL, Revoked

VIEW = "revoked_sessions"
OVERLAP = timedelta(seconds=60)
"""Revocations are re-read this far back, so that clocks of two machines may differ by as much."""


async def end(ctx: Ctx, key: str, below: int = ALL) -> None:
    """Sessions known by ``key`` are over; with ``below`` only those of an older epoch."""
    until = ctx.wire_now() + _longest(ctx.house)
    await store.revoke(ctx, key, below, until)
    revoked(ctx.house).mark(key, below, until)


def ended(house: House, keys: tuple[str, ...], epoch: int) -> bool:
    """Whether a session known by ``keys`` is over. No round trip."""
    return revoked(house).ended(keys, epoch)


async def follow(house: House) -> None:
    """Takes over new revocations: one call, each second in every process, and before the first
    request.
    """
    known, now = revoked(house), house.wire.now()
    for doc in await store.since(house, (known.seen or now - _longest(house)) - OVERLAP):
        known.mark(doc["_id"], doc["below"], doc["until"])
    known.seen = now
    known.forget(now)


def revoked(house: House) -> Revoked:
    """This process's list."""
    if VIEW not in house.views:
        house.views[VIEW] = Revoked()
    return house.views[VIEW]


def _longest(house: House) -> timedelta:
    """No session of anybody lasts longer."""
    return timedelta(days=house.settings.session_days)


sweeps = [Sweep("revocations", store.forget, every=3600)]
