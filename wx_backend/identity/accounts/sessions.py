"""Sessions: signed claims that need no look-up, and the list of those that ended early.

A session is what the signature vouches for; it is checked against an in-memory list of revocations
that every process refreshes each second (``refresh``).
"""

from datetime import datetime, timedelta

import msgspec

from wx_backend.base import ids
from wx_backend.base.context import Actor, Ctx, House
from wx_backend.base.sweeper import Sweep
from wx_backend.identity.accounts import store

VIEW = "revoked_sessions"
OVERLAP = timedelta(seconds=60)
"""Revocations are re-read this far back, so that clocks of two machines may differ by as much."""

ALL = 2**31


class Session(msgspec.Struct, frozen=True):
    """Who signed in, through which channel, at which institution."""

    id: str
    account: str
    channel: str
    inst: str
    epoch: int

    @property
    def actor(self) -> Actor:
        return Actor("account", self.account)


class Revoked:
    """Sessions that ended before their time, by session id or by account and epoch."""

    def __init__(self) -> None:
        self._below: dict[str, tuple[int, datetime]] = {}
        self.seen: datetime | None = None

    def mark(self, key: str, below: int, until: datetime) -> None:
        """Sessions of ``key`` with an epoch under ``below`` are over; kept until ``until``."""
        self._below[key] = (max(below, self._below.get(key, (0, until))[0]), until)

    def ended(self, session: Session) -> bool:
        return any(
            session.epoch < self._below[key][0]
            for key in (session.id, session.account)
            if key in self._below
        )

    def forget(self, now: datetime) -> None:
        """Drops what has run out by itself."""
        self._below = {key: entry for key, entry in self._below.items() if entry[1] > now}


def issue(account_id: str, channel_id: str, institution: str, epoch: int) -> dict:
    """The claims of a new session, to be signed."""
    return msgspec.to_builtins(Session(ids.new("ses"), account_id, channel_id, institution, epoch))


def recognise(house: House, claims: dict | None) -> Session | None:
    """The session behind verified claims, unless it was revoked. No round trip."""
    if claims is None:
        return None
    try:
        session = msgspec.convert(claims, Session)
    except msgspec.ValidationError:
        return None
    return None if _revoked(house).ended(session) else session


async def end(ctx: Ctx, session: Session) -> None:
    """Signs out: this session is over here at once and everywhere within a second."""
    await _end(ctx, session.id, ALL)


async def end_account(ctx: Ctx, account_id: str, epoch: int) -> None:
    """Every session of the account with an older epoch is over."""
    await _end(ctx, account_id, epoch)


async def refresh(house: House) -> None:
    """Takes over new revocations: one call, each second in every process, and before the first
    request.
    """
    revoked, now = _revoked(house), house.wire.now()
    since = revoked.seen or now - timedelta(days=house.settings.session_days)
    for doc in await store.revoked_since(house, since - OVERLAP):
        revoked.mark(doc["_id"], doc["below"], doc["until"])
    revoked.seen = now
    revoked.forget(now)


async def _end(ctx: Ctx, key: str, below: int) -> None:
    until = ctx.wire_now() + timedelta(days=ctx.house.settings.session_days)
    await store.revoke(ctx, key, below, until)
    _revoked(ctx.house).mark(key, below, until)


def _revoked(house: House) -> Revoked:
    if VIEW not in house.views:
        house.views[VIEW] = Revoked()
    return house.views[VIEW]


sweeps = [Sweep("revocations", store.forget_revocations, every=3600)]
