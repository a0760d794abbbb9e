"""A number the platform has checked: whose it is now, whether it makes two accounts one, and what
it is. The account knows it by a blind key; the number itself is sealed beside, for text messages.
"""

from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.gateways.phone import VerifiedPhone
from wx_backend.identity.accounts import merging, store
from wx_backend.identity.accounts.model import (
    PHONE_KEY,
    Account,
    joins_by_phone,
    phone_key,
    survivor,
)
from wx_backend.identity.patients import access

ATTEMPTS = 5
PURPOSE = "accounts.phone"


async def claim(ctx: Ctx, account_id: str, phone: VerifiedPhone) -> Account:
    """The account's person has this number now, says the platform. Audited, without the number.

    Another account that had it becomes one with this account when ``joins_by_phone`` says so
    (the eldest stays); else it loses the number, and nothing else happens to it: the number went
    to somebody else. Claiming again changes nothing.

    Raises:
        NotFound: no such account, or it was merged.
        WrongState: others kept changing the same accounts.
    """
    blind = ctx.house.vault.blind(f"+{phone.country}{phone.number}", PURPOSE)
    keys = [phone_key(one) for one in blind]
    for _ in range(ATTEMPTS):
        account = await store.get(ctx, account_id)
        if account is None or account.state != "ACTIVE":
            raise NotFound
        if settled := await _settle(ctx, account, keys):
            await _keep(ctx, keys, phone, [one for one in _phone_keys(account) if one not in keys])
            return settled
    raise WrongState()


async def number_of(ctx: Ctx, account_id: str) -> VerifiedPhone | None:
    """The account's checked number, opened; also of an account since merged. None: there is none,
    or it was checked before numbers were kept. Two coalesced reads.
    """
    account = await store.final(ctx, account_id)
    keys = _phone_keys(account) if account else []
    doc = await store.phone(ctx, keys) if keys else None
    if doc is None:
        return None
    return VerifiedPhone(ctx.house.vault.open(doc["number"], _aad(doc["_id"])), doc["country"])


async def _keep(ctx: Ctx, keys: list[str], phone: VerifiedPhone, old: list[str]) -> None:
    """Repeating it changes nothing, so a claim that was cut short is claimed again."""
    sealed = ctx.house.vault.seal(phone.number, _aad(keys[0]))
    await store.put_phone(ctx, keys[0], sealed, phone.country)
    await store.forget_phones(ctx, [*keys[1:], *old])


def _phone_keys(account: Account) -> list[str]:
    return [one for one in account.keys if one.startswith(PHONE_KEY)]


def _aad(key: str) -> str:
    return f"account_phones.number:{key}"


async def _settle(ctx: Ctx, account: Account, keys: list[str]) -> Account | None:
    """One attempt; None when somebody else changed these accounts meanwhile."""
    holders = [one for one in await store.by_keys(ctx, keys) if one.id != account.id]
    for holder in holders:
        selves = [await access.verified_selves(ctx, one.id) for one in (holder, account)]
        if holder.id in account.apart or not joins_by_phone(*selves):
            if not await store.give_up_phone(ctx, holder, keys):
                return None
            await _audit(ctx, "taken", holder.id, by=account.id)
            continue
        eldest, others = survivor([holder, account])
        joined = await merging.join(ctx, eldest, others, [], keys)
        if joined is None:
            return None
        await _audit(ctx, "joined", joined.id, retired=others[0].id)
        return joined
    old = _phone_keys(account)
    if set(keys) == set(old):
        return account
    changed = await store.replace_phone(ctx, account, keys, old)
    if changed:
        await _audit(ctx, "checked", account.id)
    return changed


async def _audit(ctx: Ctx, what: str, account: str, **data: str) -> None:
    await ctx.house.audit.record(ctx, f"account:phone:{what}", account, **data)
