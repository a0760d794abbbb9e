"""WeChat Pay calling back. Stored raw, then acted upon, then answered; repeats are harmless."""

import logging

import msgspec

from booking.payments import service, store
from wx_backend.base import ids, metrics
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import AppError, NotFound
from wx_backend.base.handler import PlatformHandler, platform
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.paying import Notification

log = logging.getLogger(__name__)

PLATFORM = "wechat_pay"


class WeChatPayNotify(PlatformHandler):
    """``POST /cb/wechat_pay/{channel}``: 204 when recorded, 4xx ``{"code": "FAIL"}`` otherwise.

    The platform allows 5 seconds and tries again up to 15 times within 24 hours.
    """

    access = platform("RSA signature of WeChat Pay, known key, timestamp within 300 s")

    async def post(self, channel_id: str) -> None:
        ctx = self.ctx.acting_as(Actor("platform", PLATFORM))
        channel = await institutions.channel(ctx, channel_id)
        if channel.platform != PLATFORM:
            raise NotFound()
        ctx = ctx.within(channel.inst)
        pay = await institutions.wechat_pay(ctx, channel)
        notice = pay.callbacks.parse(self.request.headers, self.request.body)
        await self._keep(ctx, channel_id, notice)
        await service.record_notice(ctx, notice)
        metrics.CALLBACKS.labels(PLATFORM, "ok").inc()
        self.set_status(204)

    async def _keep(self, ctx: Ctx, channel_id: str, notice: Notification) -> None:
        """The raw body (its resource is encrypted with the merchant's key), once per fact."""
        now = ctx.wire_now()
        doc = {
            "_id": ids.derive("cb", channel_id, notice.kind, notice.reference),
            "channel": channel_id,
            "kind": notice.kind,
            "ref": notice.reference,
            "at": now,
            "raw": self.request.body.decode(),
        }
        try:
            await ctx.db(store.CALLBACKS).month(now).insert(doc)
        except Duplicate:
            log.info("callback repeated", extra={"kind": notice.kind})

    def refuse(self, error: AppError) -> None:
        """The platform's own failure answer; it will call again."""
        metrics.CALLBACKS.labels(PLATFORM, error.code).inc()
        log.warning("callback refused", extra={"code": error.code})
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode({"code": "FAIL", "message": error.message}))


routes = [(r"/cb/wechat_pay/(\w+)", WeChatPayNotify)]
