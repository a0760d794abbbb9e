"""Accounts that turn out to be one person become one."""

from wx_backend.base.context import Ctx
from wx_backend.identity.accounts import sessions, store
from wx_backend.identity.accounts.model import Account, OpenId


async def join(
    ctx: Ctx, account: Account, others: list[Account], identities: list[OpenId], keys: list[str]
) -> Account | None:
    """``account`` takes over ``others``, which are retired, their sessions ended and announced.

    What moves keeps where it came from, so that people can take the accounts apart again
    (``parting.py``).

    Args:
        identities, keys: what is new about the person besides.

    Returns:
        None when somebody else changed one of them meanwhile.
    """
    named = {(one.appid, one.openid): one for one in identities}
    for other in others:
        retired = await store.retire(ctx, other, account.id)
        if retired is None:
            return None
        ctx.house.nudge()
        await sessions.end_account(ctx, other.id, retired.epoch)
        keys = [*keys, *other.keys]
        named |= {(one.appid, one.openid): one for one in other.identities}  # for longer
    added = [one for one in named.values() if not account.knows(one)]
    new_keys = sorted(set(keys) - set(account.keys))
    if not new_keys and not added:
        return account
    return await store.learn(ctx, account, added, new_keys, joins=bool(others))
