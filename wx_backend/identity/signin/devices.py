"""Browsers that a member signs in from with password and code: of a new one they are told.

A browser has the name of its own signed cookie (``ctx.origin``), kept as keyed hashes only. The app
is set up in the first one. One without a name, which keeps no cookies, is a new one each time.
"""

from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.base.events import happened
from wx_backend.identity.signin import store
from wx_backend.identity.signin.events import NEW_DEVICE

ATTEMPTS = 5
"""Each lost one means that another change of the same member's came between."""


def named(ctx: Ctx, member_id: str) -> list[str]:
    """The present browser as it is kept, by every key, the newest first; empty without a name."""
    device = ctx.origin.device
    return ctx.house.vault.blind(device, f"staff.device:{member_id}") if device else []


async def meet(ctx: Ctx, member_id: str) -> None:
    """Remembers the present browser, and tells the member unless it is known or the first; one
    read, and a write for a new one.

    Raises:
        WrongState: the member's sign-in was changed again and again meanwhile.
    """
    mine = named(ctx, member_id)
    for _ in range(ATTEMPTS):
        known = await store.get(ctx, member_id)
        if known is None or set(mine) & set(known.devices):
            return
        told = None
        if known.devices or not mine:
            told = happened(ctx, NEW_DEVICE, known.subject, known.version + 1, members=[known.id])
        if await store.met(ctx, known, mine[:1], told):
            ctx.house.nudge()
            return
    raise WrongState()
