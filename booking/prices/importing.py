"""Fetching the catalogue page by page; whoever finds a begun import goes on where it was left."""

import logging
from datetime import timedelta

from booking.prices import store
from booking.prices.model import (
    CANCELLED,
    IMPORT,
    MANY,
    SHRUNK,
    Import,
    ImportEnding,
    next_night,
    removes,
    retry_after,
)
from wx_backend.base import ids
from wx_backend.base.clock import local_date
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, NotFound
from wx_backend.base.sweeper import side_by_side
from wx_backend.directory.institutions import service as institutions

log = logging.getLogger(__name__)

WAIT = timedelta(minutes=1)
"""One at a time: the next one looks again after this."""


async def ask(ctx: Ctx, key: str, by: str = "") -> Import:
    """An import that begins at once; ``key`` makes a second press the same one."""
    now, inst = ctx.now(), ctx.institution or ""
    asked = Import(id=ids.derive("imp", inst, key), inst=inst, state="WAITING", asked_at=now, by=by)
    await store.add(ctx, asked, now)
    return asked


async def tonight(ctx: Ctx) -> None:
    """The next import by itself: one a night, whoever asks for it and however often."""
    at = next_night(ctx.now())
    key = ids.derive("imp", ctx.institution or "", "night", local_date(at).isoformat())
    planned = Import(id=key, inst=ctx.institution or "", state="WAITING", asked_at=at)
    await store.add(ctx, planned, at)


async def work(ctx: Ctx) -> int:
    """Imports that are due, of all institutions; how many."""
    found = await store.due(ctx, 5)
    await side_by_side(lambda one: _work(ctx.within(one.inst), one), found)
    return len(found)


async def _work(ctx: Ctx, one: Import) -> None:
    try:
        now: Import | None = await store.change(ctx, one, state="RUNNING")
    except Duplicate:
        await store.change(ctx, one, due_at=ctx.now() + WAIT)
        return
    while now and now.state == "RUNNING":
        try:
            now = await _page(ctx, now)
        except AppError as trouble:
            await _later(ctx, now, trouble)
            return


async def _page(ctx: Ctx, one: Import) -> Import | None:
    """One page more; None: somebody else has taken it over. Raises what the HIS raises."""
    page = await (await institutions.his_bills(ctx)).prices(one.after)
    await store.put(ctx, list(page.prices), one.id)
    done = {"count": one.count + len(page.prices), "after": page.next, "tries": 0}
    if page.next:
        return await store.change(ctx, one, **done)
    ending = await store.change(ctx, one, ending=True)
    if ending is None:
        return None
    removed, why = 0, SHRUNK
    if removes(done["count"], await store.count(ctx)):
        removed, why = await store.remove_others(ctx, one.id), ""
    return await _end(ctx, ending, "DONE", why, removed=removed, **done)


async def cancel(ctx: Ctx, key: str) -> Import:
    """See ``service.cancel``."""
    while True:
        one = await store.get(ctx, key)
        if one is None or one.asked_at > ctx.now():
            raise NotFound("没有找到这次导入")
        if one.ending and one.under_way:
            raise ImportEnding()
        state = IMPORT.next(one.state, "cancel")
        if ended := await _end(ctx, one, state, CANCELLED):
            return ended


async def _later(ctx: Ctx, one: Import, trouble: AppError) -> None:
    told = {"price_import": one.id, "code": trouble.code}
    log.warning("price import not finished", extra=told)
    if one.tries + 1 >= MANY:
        await _end(ctx, one, "FAILED", trouble.message)
        return
    again = ctx.now() + retry_after(one.tries)
    await store.change(ctx, one, due_at=again, tries=one.tries + 1)


async def _end(ctx: Ctx, one: Import, state: str, why: str, **known: object) -> Import | None:
    """The next night's is there before this one is over: a crash between them loses none."""
    await tonight(ctx)
    return await store.change(ctx, one, state=state, why=why, finished_at=ctx.now(), **known)
