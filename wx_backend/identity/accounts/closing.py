"""注销账号: a person wishes to close the account, has some days to think, and then it is over.

The steps, each one conditional write, so that a repeated or interrupted one does no harm:

- asked (ACTIVE): withdrawn at will until it is due;
- ``leave`` (LEAVING): nobody signs in any more, all sessions are over;
- ``seal``: the processes know that, and what was begun before has come to its end;
- ``clear``: nothing stood in the way at that moment, from which nothing new could begin;
- ``close`` (CLOSED): whatever was to be erased is.

What stands in the way, and what else is erased, is known above (``entrypoints/rights``).

Source: 个人信息保护法 (PIPL), articles 15, 47 and 50.
"""

from datetime import datetime, timedelta

import msgspec

from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.events import happened
from wx_backend.identity.accounts import sessions, store
from wx_backend.identity.accounts.events import (
    CLOSED,
    CLOSING_ASKED,
    CLOSING_HELD,
    CLOSING_WITHDRAWN,
)
from wx_backend.identity.accounts.model import PHONE_KEY, Account, Closing

SPREAD = timedelta(seconds=30)
"""In which every process hears that sessions are over, and requests under way are answered."""
AGAIN = timedelta(minutes=1)
HELD = timedelta(days=1)


async def wish(ctx: Ctx, account_id: str) -> Closing | None:
    """The wish of this account, if there is one; one read."""
    account = await store.get(ctx, account_id)
    return account.closing if account else None


async def ask(ctx: Ctx, account_id: str, until: datetime) -> Closing:
    """The person wishes it done at ``until``. Asking again changes nothing.

    Raises:
        NotFound: no such account, or it was merged.
        WrongState: the account changed at the same moment.
    """
    account = await _active(ctx, account_id)
    if account.closing:
        return account.closing
    closing = Closing(inst=ctx.institution or "", asked_at=ctx.now(), until=until)
    event = happened(
        ctx, CLOSING_ASKED, account.id, account.version + 1, account=account.id, until=until
    )
    if not await store.go_on(ctx, account, closing, until, event):
        raise WrongState()
    ctx.house.nudge()
    return closing


async def withdraw(ctx: Ctx, account_id: str) -> None:
    """The account stays. Raises NotFound: nothing to withdraw; WrongState."""
    account = await _active(ctx, account_id)
    if account.closing is None:
        raise NotFound("没有正在进行的注销申请")
    event = happened(ctx, CLOSING_WITHDRAWN, account.id, account.version + 1, account=account.id)
    if not await store.stop_closing(ctx, account, event):
        raise WrongState()
    ctx.house.nudge()


async def due(ctx: Ctx) -> list[tuple[Account, Closing]]:
    """Accounts whose next step is due, leased to the caller."""
    return [(one, one.closing) for one in await store.closing_due(ctx) if one.closing]


async def leave(ctx: Ctx, account: Account, closing: Closing) -> None:
    """Nobody signs in from now on."""
    await store.go_on(ctx, account, closing, ctx.now(), state="LEAVING")


async def seal(ctx: Ctx, account: Account, closing: Closing) -> None:
    """Ends the sessions, and waits until everybody knows."""
    await sessions.end_account(ctx, account.id, account.epoch)
    await store.go_on(ctx, account, _step(closing, "SEALED"), ctx.now() + SPREAD)


async def clear(ctx: Ctx, account: Account, closing: Closing) -> None:
    """Nothing stands in the way: erasing begins, and there is no way back."""
    await store.go_on(ctx, account, _step(closing, "CLEARED"), ctx.now())


async def hold(ctx: Ctx, account: Account, closing: Closing, reasons: list[str]) -> None:
    """Something stands in the way: the account stays as it is for another day, as often as needed;
    the person is told once.
    """
    event = None
    if not closing.held:
        told = {"account": account.id, "reasons": reasons}
        event = happened(ctx, CLOSING_HELD, account.id, account.version + 1, **told)
    held = msgspec.structs.replace(_step(closing, "ASKED"), held=True)
    if await store.go_on(ctx, account, held, ctx.now() + HELD, event, "ACTIVE") and event:
        ctx.house.nudge()


async def look_again(ctx: Ctx, account: Account, closing: Closing) -> None:
    """Something is still to be told before it can be erased."""
    await store.go_on(ctx, account, closing, ctx.now() + AGAIN)


async def close(ctx: Ctx, account: Account, account_ids: frozenset[str]) -> None:
    """The end: openids, unionids and checked numbers are erased, also those of the accounts that
    had become this one (``account_ids`` are all of them).
    """
    merged = sorted(account_ids - {account.id})
    await store.forget_account_logins(ctx, sorted(account_ids))
    await store.forget_merged(ctx, merged)
    await store.forget_phones(ctx, [one for one in account.keys if one.startswith(PHONE_KEY)])
    facts = {"account": account.id, "merged": len(merged)}
    event = happened(ctx, CLOSED, account.id, account.version + 1, **facts)
    if await store.close(ctx, account, event):
        ctx.house.nudge()


async def _active(ctx: Ctx, account_id: str) -> Account:
    account = await store.get(ctx, account_id)
    if account is None or account.state != "ACTIVE":
        raise NotFound
    return account


def _step(closing: Closing, step: str) -> Closing:
    return msgspec.structs.replace(closing, step=step)
