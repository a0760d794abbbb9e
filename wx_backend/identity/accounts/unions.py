"""The unionid of who signs in silently: WeChat does not say it with the sign-in, but tells the
account itself of whoever follows it.

Source: developers.weixin.qq.com, web authorization (``unionid`` with ``snsapi_userinfo`` alone) and
``user/info`` (of followers, once the account is bound to an open platform).
"""

import logging

import msgspec

from wx_backend.base.context import Ctx
from wx_backend.base.errors import GatewayBusy, GatewayRefused, GatewayUnknown
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import store
from wx_backend.identity.accounts.model import openid_key

log = logging.getLogger(__name__)


async def with_unionid(ctx: Ctx, channel: Channel, identity: OpenIdentity) -> OpenIdentity:
    """``identity`` with the unionid, where that may make this account one with another: one read,
    and one call of WeChat until it has told it. Nobody is kept out because WeChat does not answer.
    """
    silent = channel.platform == "wechat" and not identity.unionid and not identity.snapshot
    if not silent or not await institutions.known_to(ctx, "wechat_mini"):
        return identity
    known = await store.by_keys(ctx, [openid_key(channel.appid, identity.openid)])
    if any(one.unions("wechat") for one in known):
        return identity
    wechat = await institutions.wechat(ctx, channel)
    try:
        unionid = await wechat.unionid(identity.openid)
    except (GatewayBusy, GatewayRefused, GatewayUnknown) as error:
        log.warning("no unionid", extra={"channel": channel.id, "code": error.code})
        return identity
    return msgspec.structs.replace(identity, unionid=unionid)
