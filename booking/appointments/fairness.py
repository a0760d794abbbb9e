"""Rules against who takes numbers to sell them, each a parameter that may be switched off
(clinical.md 3.4).

All are judged in memory. Only an account that wants a hot number with a person added in the last
hours costs a round trip more: then it is asked how old it is.
"""

from datetime import timedelta

from booking.appointments.given_up import GivenUp
from booking.appointments.model import AccountTooNew, Appointment
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import TooMany
from wx_backend.base.ratelimit import Buckets
from wx_backend.directory.settings import service as parameters
from wx_backend.directory.settings.model import resolved
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.patients.model import Binding

VIEW = "given_up"
TRACE_LENGTH = 24
"""Of the keyed hash of an address or device: enough to tell them apart, for nothing else."""


async def pace(ctx: Ctx) -> None:
    """How often a minute an account, a browser or an address may try, in this process.

    Raises:
        TooMany.
    """
    if ctx.actor.kind != "account":
        return
    known = await parameters.values(ctx)
    asking = {"account": ctx.actor.id, "device": ctx.origin.device, "address": ctx.origin.address}
    for name, key in asking.items():
        tries = int(resolved(known, f"booking.tries_per_{name}", {}))
        if key and tries:
            buckets = _buckets(ctx.house, name, tries)
            if not buckets.take(key):
                raise TooMany(retry_after=buckets.retry_after(key))


def _buckets(house: House, name: str, tries: int) -> Buckets:
    """Made anew, and full, when the hospital changes the parameter."""
    kept, buckets = house.views.get(f"tries_per_{name}", (0, None))
    if kept != tries or buckets is None:
        buckets = Buckets(tries / 60, tries, house.wire)
        house.views[f"tries_per_{name}"] = tries, buckets
    return buckets


async def is_hot(ctx: Ctx, slot: Slot) -> bool:
    """Whether the hospital calls the numbers of this slot sought after. No round trip."""
    return bool(await parameters.resolve(ctx, "booking.hot", **slot.scopes))


async def check_account(ctx: Ctx, slot: Slot, binding: Binding) -> None:
    """Hot numbers are not for accounts that were made to get one.

    An account is at least as old as any person of it, so that hardly anybody is looked up.

    Raises:
        AccountTooNew.
    """
    if not await is_hot(ctx, slot):
        return
    age = timedelta(
        hours=int(await parameters.resolve(ctx, "booking.new_account_hours", **slot.scopes))
    )
    if not age or binding.added_at <= ctx.now() - age:
        return
    since = await accounts.since(ctx, ctx.actor.id)
    if since is not None and since > ctx.now() - age:
        raise AccountTooNew(until=since + age)


async def traces(ctx: Ctx) -> tuple[str, ...]:
    """Keyed hashes of the patient's browser, and of the address where the hospital wants that;
    nobody can tell them from these. The desk's own leave none. No round trip.
    """
    if ctx.actor.kind != "account":
        return ()
    given = {"device": ctx.origin.device}
    if await parameters.resolve(ctx, "booking.guard_by_address"):
        given["address"] = ctx.origin.address
    return tuple(
        ctx.house.vault.blind(value, f"appointments.{name}")[0][:TRACE_LENGTH]
        for name, value in given.items()
        if value
    )


def given_up(house: House) -> GivenUp:
    """What this process knows of numbers that were given up; it follows them with the places."""
    if VIEW not in house.views:
        house.views[VIEW] = GivenUp()
    return house.views[VIEW]


async def barred(ctx: Ctx, draft: Appointment) -> int:
    """Bit mask of the numbers that this claim may not have yet. No round trip."""
    minutes = await parameters.resolve(ctx, "booking.rebook_guard_minutes", **draft.scopes)
    return given_up(ctx.house).barred(draft, ctx.now(), int(minutes)) if minutes else 0
