"""What is left of the messages of an account that is being closed."""

from collections.abc import Iterable

from notify.messages import store
from notify.messages.consents import key as consent_key
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.identity.accounts.model import OpenId


async def erase(ctx: Ctx, account: str, identities: Iterable[OpenId]) -> None:
    """Deletes an account's messages here, its wishes about them, what its openids agreed to or
    could not be sent, and when it was texted. May be repeated.
    """
    for month in store.months(ctx.wire_now(), store.MONTHS_KEPT):
        await store.forget(ctx, month, account)
    agreed, reached = [], []
    for channel in await institutions.channels(ctx):
        reached.append(ids.derive("rch", channel.appid, account))
        for openid in (one.openid for one in identities if one.appid == channel.appid):
            reached.append(ids.derive("rch", channel.appid, openid))
            for template in set(channel.templates.values()):
                agreed.append(consent_key(channel.appid, openid, template))
                reached.append(ids.derive("rch", channel.appid, openid, template))
    await store.forget_wishes(ctx, account, agreed, reached)
