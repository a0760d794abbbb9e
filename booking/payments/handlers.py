"""Pay platforms calling back: stored raw, then acted upon, then answered; repeats are harmless.
And what finance does about the insurance's half of an order, over JSON as on its page.
"""

import logging
from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import msgspec

from booking.payments import service, store
from booking.payments.model import (
    ALIPAY_PAY,
    WECHAT_PAY,
    InsuranceNotOffered,
    Share,
)
from wx_backend.base import handler, ids, metrics
from wx_backend.base.api import Call, calls
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import (
    AppError,
    GatewayBusy,
    GatewayUnknown,
    Invalid,
    NotFound,
    WrongState,
)
from wx_backend.base.forms import Form, Text
from wx_backend.base.handler import ApiHandler, PlatformHandler
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.paying import Notification

log = logging.getLogger(__name__)


class Notify(PlatformHandler):
    """``POST`` of one platform, to the address of one channel. A subclass says whose it is, and in
    which words that platform is answered.
    """

    platform: ClassVar[str]

    async def post(self, channel_id: str) -> None:
        ctx = self.ctx.acting_as(Actor("platform", self.platform))
        channel = await institutions.channel(ctx, channel_id)
        if channel.platform != self.platform:
            raise NotFound()
        ctx = ctx.within(channel.inst)
        pay = await institutions.merchant(ctx, channel)
        notice = pay.callbacks.parse(self.request.headers, self.request.body)
        await self._keep(ctx, channel_id, notice)
        await service.record_notice(ctx, notice)
        metrics.CALLBACKS.labels(self.platform, "ok").inc()
        self.accept()

    async def _keep(self, ctx: Ctx, channel_id: str, notice: Notification) -> None:
        """The raw body, once per fact; sealed, for it names the payer."""
        now, key = ctx.wire_now(), ids.derive("cb", channel_id, notice.kind, notice.reference)
        doc = {
            "_id": key,
            "channel": channel_id,
            "kind": notice.kind,
            "ref": notice.reference,
            "at": now,
            "raw": ctx.house.vault.seal(self.request.body.decode(), f"callback:{key}"),
        }
        try:
            await ctx.db(store.CALLBACKS).month(now).insert(doc)
        except Duplicate:
            log.info("callback repeated", extra={"kind": notice.kind})

    def refuse(self, error: AppError) -> None:
        """The platform will call again."""
        metrics.CALLBACKS.labels(self.platform, error.code).inc()
        log.warning("callback refused", extra={"code": error.code, "platform": self.platform})
        self.refused(error)

    @abstractmethod
    def accept(self) -> None:
        """What the platform wants to read when all is well."""

    @abstractmethod
    def refused(self, error: AppError) -> None:
        """What it reads otherwise; the status is that of ``error``."""


class WeChatPayNotify(Notify):
    """``POST /cb/wechat_pay/{channel}``: 204 when recorded, 4xx ``{"code": "FAIL"}`` otherwise.

    The platform allows 5 seconds and tries again up to 15 times within 24 hours.
    """

    access = handler.platform("RSA signature of WeChat Pay, known key, timestamp within 300 s")
    platform = WECHAT_PAY

    def accept(self) -> None:
        self.set_status(204)

    def refused(self, error: AppError) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode({"code": "FAIL", "message": error.message}))


class AlipayNotify(Notify):
    """``POST /cb/alipay/{channel}``: ``success`` when recorded, 4xx ``fail`` otherwise.

    The platform reads these seven characters and nothing else, and tries again up to 7 times within
    25 hours.
    """

    access = handler.platform("RSA2 signature of Alipay; application and seller are ours")
    platform = ALIPAY_PAY

    def accept(self) -> None:
        self._say("success")

    def refused(self, error: AppError) -> None:
        self._say("fail")

    def _say(self, word: str) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(word)


class FundForm(Form):
    """``ask``: the bureau is asked now, whatever we know. ``again``: it is asked for the reversal
    that it has refused once more; ``settle``: reversed at its counter; of these two, ``why``.
    """

    version: int
    act: Literal["ask", "again", "settle"]
    why: Annotated[str, Text(max_length=200)] = ""


class FundShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where both halves of an insured order are, and what has become of each payer's part in fen;
    ``version`` is of the order.
    """

    order: str
    state: str
    standing: str
    version: int
    shares: list[Share]


class Fund(ApiHandler):
    """``POST`` asks the bureau about an insured order, or decides what it would not reverse."""

    access = handler.staff("refunds:settle")
    api = calls(
        post=Call(
            does="查询医保结算，或处理受阻的医保冲正", form=FundForm, answer=FundShown,
            refuses=(NotFound, WrongState, Invalid, InsuranceNotOffered, GatewayUnknown,
                     GatewayBusy),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(FundForm)
        order = await service.decide_fund(self.ctx, key, form.act, form.version, form.why)
        told = {"state": order.state, "standing": order.standing, "version": order.version}
        self.answer(FundShown(order=order.id, shares=order.shares(), **told))


routes = [
    (r"/api/v1/orders/([a-z0-9]+)/fund", Fund),
    (r"/cb/wechat_pay/(\w+)", WeChatPayNotify),
    (r"/cb/alipay/(\w+)", AlipayNotify),
]
