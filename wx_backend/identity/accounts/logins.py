"""The list of an account's sessions, which are signed claims: a record at sign-in, and from then on
a write an hour for those that are used. A session that is not in the list is in force all the same
until it is ended; ``end_others`` ends those, too.
"""

from datetime import timedelta

import msgspec

from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import NotFound
from wx_backend.base.sweeper import Sweep
from wx_backend.directory.institutions.model import Channel
from wx_backend.identity.accounts import sessions, store
from wx_backend.identity.accounts.devices import Device, Login, Used, devices, kind_of
from wx_backend.identity.accounts.model import Account, SignInExpired
from wx_backend.identity.accounts.sessions import Session

VIEW = "used_logins"
AT_ONCE = 200
"""Written down in one call: the rest waits for the next second."""


async def begin(ctx: Ctx, account: Account, channel: Channel, agent: str) -> dict:
    """The claims, to be signed, of a new session of somebody who has just proved who they are.
    One write, which those who sign in at once share.
    """
    claims = sessions.issue(account.id, channel.id, channel.inst, account.epoch)
    now = ctx.wire_now()
    login = Login(
        id=claims["id"],
        account=account.id,
        channel=channel.id,
        platform=channel.platform,
        kind=kind_of(agent),
        since=now,
        used=now,
        until=now + timedelta(days=ctx.house.settings.session_days),
        epoch=account.epoch,
    )
    await store.add_login(ctx, login)
    return claims


async def carry(ctx: Ctx, session: Session, account: Account) -> dict:
    """The claims of this session for what its account has become. One write."""
    await store.change_login(ctx, session.id, account=account.id, epoch=account.epoch)
    moved = msgspec.structs.replace(session, account=account.id, epoch=account.epoch)
    return msgspec.to_builtins(moved)


async def mine(ctx: Ctx, here: Session) -> list[Device]:
    """Where this account is signed in, this session first. One read."""
    known = [
        one
        for one in await store.logins(ctx, here.account)
        if not sessions.over(ctx.house, one.id, one.account, one.epoch)
    ]
    return devices(known, here.id)


async def end(ctx: Ctx, account: str, session: str) -> None:
    """Ends one session of the account, in all processes within a second. Audited.

    Raises:
        NotFound: it is not the account's, or has ended.
    """
    login = await store.login(ctx, session)
    if login is None or login.account != account:
        raise NotFound("没有找到这台设备，可能已经退出")
    await ctx.house.audit.record(ctx, "account:session:ended", account, session=session)
    await sign_out(ctx, session)


async def sign_out(ctx: Ctx, session: str) -> None:
    """This session is over; doing it twice is once."""
    await sessions.end(ctx, session)
    await store.forget_login(ctx, session)


async def end_others(ctx: Ctx, here: Session) -> dict:
    """Ends every session of the account but this one, whose new claims are to be signed. Audited.

    A process that dies on the way has ended this one as well.

    Raises:
        SignInExpired: the account is no more.
    """
    await ctx.house.audit.record(ctx, "account:session:others_ended", here.account)
    epoch = await end_all(ctx, here.account)
    if epoch is None:
        raise SignInExpired()
    await store.change_login(ctx, here.id, epoch=epoch)
    await store.forget_logins(ctx, here.account, epoch)
    return msgspec.to_builtins(msgspec.structs.replace(here, epoch=epoch))


async def end_all(ctx: Ctx, account_id: str) -> int | None:
    """Ends every session of the account, in all processes within a second; the epoch of those to
    come. None: there is no such account.
    """
    epoch = await store.next_epoch(ctx, account_id)
    if epoch:
        await sessions.end_account(ctx, account_id, epoch)
    return epoch


def used(house: House) -> Used:
    """What this process has seen in use."""
    if VIEW not in house.views:
        house.views[VIEW] = Used()
    return house.views[VIEW]


async def write_down(house: House) -> int:
    """What was used since the last time; how many sessions. One call, none when nothing was."""
    taken = used(house).take(AT_ONCE)
    await store.used_logins(house, taken)
    return len(taken)


sweeps = [Sweep("logins", store.forget_over, every=3600)]
