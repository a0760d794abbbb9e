"""Keeping doctors and departments at hand."""

import msgspec

from wx_backend.base.context import Ctx
from wx_backend.directory.departments import service as directory
from wx_backend.identity.favourites import store
from wx_backend.identity.favourites.model import MOST, Favourite, Kept, Kind, TooManyFavourites

FINDS = {"doctor": directory.doctor, "department": directory.department}


async def mine(ctx: Ctx) -> Kept:
    """What the signed-in account keeps; one coalesced read, none for a visitor."""
    if ctx.actor.kind != "account":
        return Kept((), ())
    newest = [one.id for one in reversed(await store.of(ctx, ctx.actor.id))]
    doctors = {one.id: one for one in await directory.doctors(ctx)}
    units = {one.id: one for one in await directory.departments(ctx)}
    return Kept(
        tuple(doctors[key] for key in newest if key in doctors),
        tuple(units[key] for key in newest if key in units),
    )


async def add(ctx: Ctx, kind: Kind, key: str) -> None:
    """Keeps it; keeping it again changes nothing. One write.

    Raises:
        NotFound: the hospital has no such doctor or department.
        TooManyFavourites.
    """
    await FINDS[kind](ctx, key)
    account = ctx.actor.id
    if await store.add(ctx, account, Favourite(kind, key, ctx.now())):
        return
    if key not in {one.id for one in await store.of(ctx, account)}:
        raise TooManyFavourites(limit=MOST)


async def remove(ctx: Ctx, key: str) -> None:
    """Keeps it no longer; nothing happens when it is not kept."""
    await store.remove(ctx, ctx.actor.id, key)


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """What a merged account kept is kept by the one that stays, as far as there is room; its own
    list stays as it is.
    """
    for inst, listed in (await store.of_everywhere(ctx, account)).items():
        for one in listed:
            came = msgspec.structs.replace(one, came_from=(*one.came_from, account))
            await store.add(ctx.within(inst), into, came)


async def give_back(ctx: Ctx, account: str, of: str) -> None:
    """An account is its own again, with the list it had: the other keeps what it kept itself."""
    await store.take_out(ctx, of, account)


async def erase(ctx: Ctx, account: str) -> None:
    """The account is being closed: it keeps nothing here any more."""
    await store.forget(ctx, account)
