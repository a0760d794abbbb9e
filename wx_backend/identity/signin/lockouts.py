"""Every try is counted before it is judged, so that a thousand at once are a thousand tries."""

import msgspec

from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.identity.signin import store
from wx_backend.identity.signin.lockout import ADDRESS_TRIES, FORGOTTEN, MEMBER_TRIES, lock_for
from wx_backend.identity.signin.model import SignInLocked

ATTEMPTS = 20
"""Each lost attempt means that another try of the same number or address was counted."""


class Try(msgspec.Struct, frozen=True):
    """One counted try: the keys of the staff number and of the address."""

    member: str
    address: str


async def take(ctx: Ctx, number: str, address: str) -> Try:
    """Counts a try of ``number`` from ``address``; four calls.

    Raises:
        SignInLocked: the number or the address has to wait; nothing was counted for the number.
    """
    taken = Try(
        ids.derive("lock", "number", ctx.institution or "", number.lower()),
        ids.derive("lock", "address", address),
    )
    await _count(ctx, taken.address, ADDRESS_TRIES)
    try:
        await _count(ctx, taken.member, MEMBER_TRIES)
    except SignInLocked:
        await store.give_back(ctx, taken.address)
        raise
    return taken


async def passed(ctx: Ctx, taken: Try) -> None:
    """This step was right, the sign-in is not finished: the failures so far still count."""
    await store.give_back(ctx, taken.member)
    await store.give_back(ctx, taken.address)


async def finished(ctx: Ctx, taken: Try) -> None:
    """Signed in: the number's failures are forgotten; those of the address were other people's."""
    await store.clear_tries(ctx, taken.member)
    await store.give_back(ctx, taken.address)


async def forget(ctx: Ctx) -> int:
    return await store.forget_tries(ctx, ctx.wire_now() - FORGOTTEN)


async def _count(ctx: Ctx, key: str, limit: int) -> None:
    for _ in range(ATTEMPTS):
        now, known = ctx.wire_now(), await store.tries(ctx, key)
        if known and known["locked_until"] > now:
            raise SignInLocked(retry_after=(known["locked_until"] - now).total_seconds())
        counted = known["tries"] + 1 if known and now - known["at"] < FORGOTTEN else 1
        if await store.count_try(ctx, key, known, counted, now + lock_for(counted, limit)):
            return
    raise SignInLocked(retry_after=1)
