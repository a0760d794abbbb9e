"""A visit that is over takes no place among those still to come (clinical.md 3.2: so many *open*
ones), whatever became of it: in a hospital without check-in nobody ends it.

It is found by who needs its place, so that nothing has to run when a visit is over.
"""

from booking.appointments import store
from booking.appointments.limits import OF_ACCOUNT, Limits
from booking.appointments.model import LimitReached
from wx_backend.base.context import Ctx


async def advance(ctx: Ctx, limits: Limits, taken: str) -> None:
    """As ``limits.advance``; but a row that visits which are over have used up begins again. No
    call before a row is used up.

    Raises:
        SameKeyOtherBody, LimitReached.
    """
    try:
        limits.advance(taken)
    except LimitReached:
        row = limits.begin_again(taken)
        if not row or not await _let_go(ctx, row):
            raise


async def _let_go(ctx: Ctx, row: list[str]) -> int:
    """How many of these keys were of visits that are over. An account's may be of any hospital."""
    found = await store.let_go_over(ctx, row)
    if found or not row[0].startswith(f"{OF_ACCOUNT}:"):
        return found
    return await store.let_go_over(await ctx.across("visits of an account that are over"), row)
