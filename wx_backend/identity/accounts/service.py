"""Signing in: from what a platform says to the one account of that person."""

from datetime import datetime, timedelta

from wx_backend.base import ids
from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import (
    closing,
    logins,
    merging,
    parting,
    phones,
    sessions,
    store,
    unions,
)
from wx_backend.identity.accounts.model import (
    Account,
    AccountLeaving,
    OpenId,
    SignInExpired,
    SnapshotVisitor,
    one_person,
    openid_key,
    unionid_key,
)
from wx_backend.identity.accounts.sessions import Session

ENTRY_LIFE = timedelta(minutes=1)
ATTEMPTS = 5
"""Each lost attempt means that another sign-in of the same person got further."""


async def sign_in(ctx: Ctx, channel: Channel, identity: OpenIdentity) -> Account:
    """``account_of`` somebody who has just proved who they are; audited."""
    account = await account_of(ctx, channel, identity)
    await ctx.house.audit.record(ctx, "account:session:issued", account.id, channel=channel.id)
    return account


async def account_of(ctx: Ctx, channel: Channel, identity: OpenIdentity) -> Account:
    """The account of this person: known by openid or unionid, else new.

    Accounts that turn out to be one person (a unionid joins two openids) become one: the eldest
    stays, the others are retired and announce ``account.merged``. One read for a known person, one
    write more for a new one.

    Raises:
        SnapshotVisitor: the platform says that this openid is not a real user's.
        AccountLeaving: the account is being closed at this moment.
        WrongState: others kept changing the same accounts.
    """
    if identity.snapshot:
        raise SnapshotVisitor()
    known = OpenId(
        platform=channel.platform, appid=channel.appid, openid=identity.openid, since=ctx.now()
    )
    keys = [openid_key(channel.appid, identity.openid)]
    if identity.unionid:
        keys.append(unionid_key(channel.platform, identity.unionid))
    for _ in range(ATTEMPTS):
        if account := await _settle(ctx, known, keys):
            return account
    raise WrongState()


async def openid(ctx: Ctx, account_id: str, appid: str) -> str | None:
    """What the platform calls this person under ``appid``; also for an account since merged."""
    account = await store.final(ctx, account_id)
    return account.openid(appid) if account else None


async def known_as(ctx: Ctx, appid: str, openid: str) -> str | None:
    """The account of whom the platform calls ``openid`` under ``appid``; one call."""
    found = await store.by_keys(ctx, [openid_key(appid, openid)])
    return found[0].id if found else None


async def since(ctx: Ctx, account_id: str) -> datetime | None:
    """Since when there is this account (business time); None: there is none. One shared read."""
    account = await store.get(ctx, account_id)
    return account.created_at if account else None


async def allow_entry(ctx: Ctx, account_id: str) -> str:
    """A key that lets the account's own web-view in, once and within a minute; one write.

    Raises:
        NotFound: no such account, or it was merged.
    """
    key = ids.new("ent")
    if not await store.allow_entry(ctx, account_id, key, ctx.wire_now() + ENTRY_LIFE):
        raise NotFound
    return key


async def enter(ctx: Ctx, account_id: str, key: str, channel_id: str) -> Account:
    """Spends a key of ``allow_entry``; one write, audited.

    Raises:
        SignInExpired: used before, too old, or none.
    """
    account = await store.use_entry(ctx, account_id, key)
    if account is None:
        raise SignInExpired()
    await ctx.house.audit.record(ctx, "account:session:issued", account.id, channel=channel_id)
    return account


async def _settle(ctx: Ctx, known: OpenId, keys: list[str]) -> Account | None:
    """One attempt; None when somebody else changed these accounts meanwhile."""
    found = await store.by_keys(ctx, keys)
    if not found:
        return await store.add(ctx, known, keys)
    if any(one.state == "LEAVING" for one in found):
        raise AccountLeaving()
    account, others = one_person(keys, found)
    identities = [] if account.knows(known) else [known]
    theirs = {key for one in found if one.id in account.apart for key in one.keys}
    own = [key for key in keys if key not in theirs]
    return await merging.join(ctx, account, others, identities, own)


def recognise(house: House, claims: dict | None) -> Session | None:
    """The session behind verified claims, unless it was revoked: it is in use. No round trip."""
    session = sessions.recognise(house, claims)
    if session:
        logins.used(house).note(session.id, house.wire.now())
    return session


sign_out_everywhere, write_down_used = logins.end_all, logins.write_down
"""What is done with ``logins.py`` besides its pages."""

merges, merge, part, joined = parting.merges, parting.merge, parting.part, parting.joined
"""What staff do about a wrong merge: ``parting.py``."""

phone = phones.number_of
"""The number itself: ``phones.py``."""

with_unionid = unions.with_unionid
"""What a silent sign-in leaves out: ``unions.py``."""

claim_phone = phones.claim
"""From a number that the platform has checked: ``phones.py``."""

devices, end_session, end_other_sessions = logins.mine, logins.end, logins.end_others
asking = sessions.required
"""登录设备: ``logins.py``, and the session that asks for it."""

ids_of = parting.ids_of
asked_to_close, ask_to_close, keep_open = closing.wish, closing.ask, closing.withdraw
closing_due, leave, seal, clear = closing.due, closing.leave, closing.seal, closing.clear
hold_closing, look_again, close = closing.hold, closing.look_again, closing.close
"""注销账号: ``closing.py``; what stands in the way and what else is erased is known above."""

sweeps = logins.sweeps
