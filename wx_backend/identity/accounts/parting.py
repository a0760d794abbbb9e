"""Accounts that were made one by mistake become two again, as far as is known what was whose.

At the merge everything that moves keeps where it came from (``came_from``, ``given_up``), so that
taking the accounts apart moves just that back. What has been added since stays where it was added.
Both are remembered as two persons, so that the next sign-in does not join them again.
"""

from typing import Any

from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.identity.accounts import sessions, store
from wx_backend.identity.accounts.model import Account, Joined, Merge, NotRecorded, apart
from wx_backend.identity.patients import access


async def merges(ctx: Ctx, account_id: str) -> list[Merge]:
    """The accounts that have become this one, and those that had become them, as far as their
    people were bound here.
    """
    found = []
    for one in await store.merged_into(ctx, account_id):
        if people := await access.came_with(ctx, one.id):
            found.append(_merge(one, people))
        found += await merges(ctx, one.id)
    return found


async def merge(ctx: Ctx, retired_id: str) -> Merge:
    """One of them. Raises NotFound: no merged account, or nobody of it was bound here."""
    account, people = await _retired(ctx, retired_id)
    return _merge(account, people)


async def joined(ctx: Ctx, retired_id: str) -> Joined:
    """What an account was that is its own again, for those who hold what both did."""
    account = await store.get(ctx, retired_id)
    return Joined(account.merged_at if account else None, await ids_of(ctx, retired_id))


async def part(ctx: Ctx, retired_id: str, reason: str) -> str:
    """Takes a merged account out of the one that stays, in one change; the id of that one.

    The sessions of both end. Audited; the slices move back what they moved on
    ``account.parted``.

    Raises:
        NotFound: as ``merge``; also when the accounts are two again.
        NotRecorded: they became one before anything was written down about it.
        WrongState: somebody signed in at the same moment; ask again.
    """
    retired, _ = await _retired(ctx, retired_id)
    if not retired.given_up:
        raise NotRecorded()
    holder = await _holder(ctx, retired)
    two = apart(holder, retired)
    await ctx.house.audit.record(
        ctx, "staff:account:parted", retired.id, of=holder.id, reason=reason.strip()
    )

    async def both(transaction: Any) -> None:
        for kept in two:
            if not await store.part(ctx, kept, holder.id, transaction):
                raise WrongState()

    await ctx.house.db.together(both)
    ctx.house.nudge()
    for one in (holder, retired):
        await sessions.end_account(ctx, one.id, one.epoch + 1)
    return holder.id


async def _retired(ctx: Ctx, retired_id: str) -> tuple[Account, list[str]]:
    account = await store.get(ctx, retired_id)
    people = await access.came_with(ctx, retired_id)
    if account is None or account.state != "MERGED" or not people:
        raise NotFound("没有找到这次账号合并")
    return account, people


async def ids_of(ctx: Ctx, account_id: str) -> frozenset[str]:
    """An account, and those that have become it."""
    others = [await ids_of(ctx, one.id) for one in await store.merged_into(ctx, account_id)]
    return frozenset({account_id}).union(*others)


async def _holder(ctx: Ctx, retired: Account) -> Account:
    """The account that it lives on in."""
    holder = await store.get(ctx, retired.merged_into)
    while holder and holder.state == "MERGED":
        holder = await store.get(ctx, holder.merged_into)
    if holder is None or holder.state != "ACTIVE":
        raise NotFound("没有找到合并后的账号")
    return holder


def _merge(account: Account, people: list[str]) -> Merge:
    return Merge(
        account=account.id,
        into=account.merged_into,
        at=account.merged_at,
        platforms=tuple(dict.fromkeys(one.platform for one in account.identities)),
        people=tuple(people),
        recorded=bool(account.given_up),
    )
