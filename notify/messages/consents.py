"""What patients agreed to be sent by the mini-program: one agreement, one message.

The mini-program reports what its user answered, and so does the platform; both tell of the same
taps, so the larger of the two counts is how often somebody agreed. Each report is counted once. An
agreement is taken before a message is sent and given back when it surely was not.
"""

from notify.messages import store
from notify.messages.model import WECHAT_MINI, Consent
from notify.messages.store import AGREED, HEARD
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, WrongState
from wx_backend.directory.institutions import service as institutions
from wx_backend.identity.accounts import service as accounts


def key(appid: str, openid: str, template_id: str) -> str:
    """Of one person's agreements to one template of one mini-program."""
    return ids.derive("cns", appid, openid, template_id)


async def mine(ctx: Ctx, account: str) -> list[Consent]:
    """The templates of the institution's mini-program and how many messages of each the account
    still takes; one read.

    Raises:
        NoChannel: the institution has no mini-program.
        WrongState: the account has never signed in there.
    """
    appid, openid, templates = await _there(ctx, account)
    keys = {key(appid, openid, one): one for one in templates}
    left = await store.consents_left(ctx, list(keys))
    return [Consent(template_id=one, left=left.get(name, 0)) for name, one in keys.items()]


async def report(ctx: Ctx, account: str, templates: list[str], tap: str) -> list[Consent]:
    """Counts what the user accepted at ``tap`` (any word of the mini-program's own); repeating it
    changes nothing. One write for each template.

    Raises:
        Invalid: a template that the mini-program does not have.
        NoChannel, WrongState: as ``mine``.
    """
    appid, openid, known = await _there(ctx, account)
    if set(templates) - known:
        raise Invalid(fields={"templates": "没有这个模板"})
    for one in templates:
        await store.agree(ctx, key(appid, openid, one), AGREED, tap)
    return await mine(ctx, account)


async def heard(ctx: Ctx, appid: str, openid: str, template: str, told: str) -> None:
    """The platform says that somebody agreed; ``told`` names its call."""
    await store.agree(ctx, key(appid, openid, template), HEARD, told)


async def none_left(ctx: Ctx, appid: str, openid: str, template: str) -> None:
    """The platform said so (43101), or the person has turned it off."""
    await store.use_up(ctx, key(appid, openid, template))


async def _there(ctx: Ctx, account: str) -> tuple[str, str, set[str]]:
    channel = await institutions.channel_for(ctx, WECHAT_MINI)
    openid = await accounts.openid(ctx, account, channel.appid)
    if openid is None:
        raise WrongState("请先在小程序登录")
    return channel.appid, openid, set(channel.templates.values())
