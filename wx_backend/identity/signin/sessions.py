"""Sessions of staff: signed claims that end by idleness, by age, or by a change of rights."""

from datetime import timedelta

import msgspec

from wx_backend.base import ids
from wx_backend.base.context import Actor, Ctx, House
from wx_backend.identity.revocations import service as revocations
from wx_backend.identity.signin.model import StaffSession
from wx_backend.identity.staff.model import Member, bedside

SLIDE = 60
"""Seconds after which a used session is signed anew, with a later ``seen``."""


def issue(ctx: Ctx, member: Member, channel: str = "") -> StaffSession:
    """A new session; through WeCom it carries bedside roles only."""
    now = _seconds(ctx.house)
    return StaffSession(
        id=ids.new("ses"),
        member=member.id,
        name=member.name,
        inst=member.inst,
        epoch=member.epoch,
        roles=tuple(sorted(bedside(member.roles) if channel else member.roles)),
        since=now,
        seen=now,
        channel=channel,
    )


def recognise(house: House, claims: dict | None) -> StaffSession | None:
    """The session behind verified claims, unless it has ended. No round trip."""
    if claims is None:
        return None
    try:
        session = msgspec.convert(claims, StaffSession)
    except msgspec.ValidationError:
        return None
    now, settings = _seconds(house), house.settings
    idle = timedelta(minutes=settings.staff_idle_minutes).total_seconds()
    longest = timedelta(hours=settings.staff_session_hours).total_seconds()
    if now - session.seen > idle or now - session.since > longest:
        return None
    over = revocations.ended(house, (session.id, session.member), session.epoch)
    return None if over else session


def slid(house: House, session: StaffSession) -> dict | None:
    """Claims with a later ``seen``, when it is time for them."""
    now = _seconds(house)
    if now - session.seen < SLIDE:
        return None
    return claims(msgspec.structs.replace(session, seen=now))


def actor(session: StaffSession) -> Actor:
    return Actor("staff", session.member, frozenset(session.roles))


def claims(session: StaffSession) -> dict:
    """What is signed and given to the browser."""
    return msgspec.to_builtins(session)


def _seconds(house: House) -> int:
    return int(house.wire.now().timestamp())
