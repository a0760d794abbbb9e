"""Use cases of the price catalogue: look things up, and have it fetched from the HIS."""

from booking.prices import importing, store
from booking.prices.model import Import, ImportRunning, Page, PriceQuery
from wx_backend.base.cache import recent
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import Sweep

PAGE = 30


async def search(ctx: Ctx, asked: PriceQuery) -> Page:
    """Items by Chinese name, pinyin, initials or code, in the order of their codes."""
    found = await store.find(ctx, asked.q.strip(), asked.category, asked.after, PAGE + 1)
    return Page(found[:PAGE], found[PAGE - 1].code if len(found) > PAGE else "")


async def categories(ctx: Ctx) -> list[str]:
    """At most a second old."""
    kept = recent(ctx.house, "price_categories")
    return await kept.get(ctx.institution, lambda: store.categories(ctx))


async def count(ctx: Ctx) -> int:
    return await store.count(ctx)


async def import_now(ctx: Ctx, key: str) -> Import:
    """Fetches the catalogue as soon as a worker looks; a repeat is the same import.

    Raises:
        ImportRunning.
    """
    if await store.running(ctx):
        raise ImportRunning()
    return await begin(ctx, key)


async def begin(ctx: Ctx, key: str) -> Import:
    """As ``import_now``, for who does not mind another one under way."""
    by = ctx.actor.id if ctx.actor.kind == "staff" else ""
    asked = await importing.ask(ctx, key, by)
    await ctx.house.audit.record(ctx, "prices:import:asked", asked.id)
    return asked


async def cancel(ctx: Ctx, key: str) -> Import:
    """Stops one that waits or is under way, before its next page; audited. What came before stays:
    each item is by itself what the HIS charges. Nothing is removed.

    Raises:
        NotFound.
        ImportEnding: all has come already.
        WrongState: it is over.
    """
    ended = await importing.cancel(ctx, key)
    await ctx.house.audit.record(ctx, "prices:import:cancelled", ended.id, count=ended.count)
    return ended


async def reindex(ctx: Ctx) -> int:
    """Search tokens are made anew where an older tokenizer made them; how many."""
    return await store.reindex(ctx)


async def imports(ctx: Ctx, limit: int = 10) -> list[Import]:
    """The last ones, newest first."""
    return await store.newest(ctx, limit)


sweeps = [Sweep("price imports", importing.work)]
