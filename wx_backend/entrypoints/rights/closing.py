"""注销账号: what stands in the way, the wish, and its steps until what is to be erased is erased.

What goes: bindings with their phone numbers, favourites, messages and wishes about them, openids,
unionids and checked numbers, personal values of the audit. What stays, by the classes of
``base/retention.py``: appointments, reports and people as records of the hospital, orders as
accounts, the chain of the audit. They keep the id of an account that nobody is known by any more.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from booking.appointments import service as appointments
from booking.bills import service as bills
from booking.payments import service as payments
from booking.waiting import service as waiting
from notify.messages import service as messages
from wx_backend.base import audit
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import Sweep, side_by_side
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints.rights.model import (
    AskToClose,
    Closing,
    Obstacle,
    StandsInTheWay,
    obstacles,
)
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.accounts.model import Account
from wx_backend.identity.accounts.model import Closing as Wish
from wx_backend.identity.favourites import service as favourites
from wx_backend.identity.patients import service as patients

ERASED = {
    *("accounts", "account_phones", "bindings", "favourites"),
    *("message_consents", "message_preferences", "reach", "texts"),
}
"""Collections of the class ``account`` (``base/retention.py``), of which nothing is left."""
DAYS = "identity.closing_days"
COUNTED: dict[str, Callable[[Ctx, str], Awaitable[int]]] = {
    "appointments": appointments.open_of,
    "waiting": waiting.open_of,
    "orders": payments.under_way_of,
    "bills": bills.under_way_of,
}
"""How many of each kind an account has in the context's institution."""


async def standing(ctx: Ctx) -> Closing:
    """Where the signed-in account stands; four counts for each institution, and a read."""
    wish = await accounts.asked_to_close(ctx, ctx.actor.id)
    found = await in_the_way(ctx, ctx.actor.id)
    days = await parameters.resolve(ctx, DAYS)
    return Closing(wish.until if wish else None, found, days)


async def ask(ctx: Ctx, form: AskToClose) -> Closing:
    """The signed-in account is to be closed. Asking again changes nothing.

    Raises:
        Invalid: not agreed to.
        StandsInTheWay: something has to come to its end first.
        NotFound, WrongState: the account is another's by now, or changed at the same moment.
    """
    form.check()
    if found := await in_the_way(ctx, ctx.actor.id):
        raise StandsInTheWay(obstacles=found)
    days = await parameters.resolve(ctx, DAYS)
    wish = await accounts.ask_to_close(ctx, ctx.actor.id, ctx.now() + timedelta(days=days))
    return Closing(wish.until, [], days)


async def withdraw(ctx: Ctx) -> None:
    """The signed-in account stays. Raises NotFound: nobody asked for it; WrongState."""
    await accounts.keep_open(ctx, ctx.actor.id)


async def in_the_way(ctx: Ctx, account: str) -> list[Obstacle]:
    """Of all institutions."""
    counts = dict.fromkeys(COUNTED, 0)
    for here in _everywhere(ctx):
        for kind, count in COUNTED.items():
            counts[kind] += await count(here, account)
    return obstacles(counts)


async def carry_on(ctx: Ctx) -> int:
    """The next step of each account whose closing is due; how many."""
    due = await accounts.closing_due(ctx)
    await side_by_side(lambda one: _step(ctx.within(one[1].inst), *one), due)
    return len(due)


async def _step(ctx: Ctx, account: Account, wish: Wish) -> None:
    if wish.step == "CLEARED":
        await _erase(ctx, account, wish)
        return
    if account.state == "LEAVING" and wish.step == "ASKED":
        await accounts.seal(ctx, account, wish)
        return
    if found := await in_the_way(ctx, account.id):
        await accounts.hold_closing(ctx, account, wish, [one.words for one in found])
    elif wish.step == "SEALED":
        await accounts.clear(ctx, account, wish)
    else:
        await accounts.leave(ctx, account, wish)


async def _erase(ctx: Ctx, account: Account, wish: Wish) -> None:
    """Each part may be repeated; what is not told yet is erased a minute later."""
    done = True
    everybody = await accounts.ids_of(ctx, account.id)
    for here in _everywhere(ctx):
        for key in sorted(everybody):
            done &= await patients.erase(here, key)
            await favourites.erase(here, key)
            await messages.erase(here, key, account.identities)
            await audit.erase(here, key)
    if not done:
        await accounts.look_again(ctx, account, wish)
        return
    await accounts.close(ctx, account, everybody)


def _everywhere(ctx: Ctx) -> list[Ctx]:
    return [ctx.within(one.id) for one in institutions.all_known(ctx.house)]


sweeps = [Sweep("closings", carry_on, every=5)]
