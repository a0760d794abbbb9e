"""The account of a platform that sends a patient something, and the patient's id there."""

from notify.messages import limits
from notify.messages.model import NoRoute
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel, NoChannel
from wx_backend.identity.accounts import service as accounts


async def addressed(
    ctx: Ctx, doc: dict, platform: str, prefix: str = ""
) -> tuple[Channel, str, str]:
    """The channel, the id of the message's template there, and the receiver's openid; two coalesced
    reads. ``prefix``: of our names of templates, where one account has two kinds of them.

    Raises:
        Later: today's messages of the account are used up.
        NoRoute: it is not there, has no such template, or the person is not known to it.
    """
    try:
        channel = await institutions.channel_for(ctx, platform)
    except NoChannel as error:
        raise NoRoute(error.code) from None
    await limits.check(ctx, platform, channel.appid)
    template = channel.templates.get(prefix + doc["wechat"]["template"])
    if template is None:
        raise NoRoute("no_template")
    openid = await accounts.openid(ctx, doc["account"], channel.appid)
    if openid is None:
        raise NoRoute("no_openid")
    return channel, template, openid
