"""One order: its attempts, refunds and postings, and what finance may do about them."""

from booking.payments import service as payments
from booking.payments.model import UNSETTLED, cash_owed
from booking.postings import service as postings
from booking.refunding import service as refunding
from booking.refunding.model import PENDING
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.handler import staff
from wx_backend.base.money import parse_yuan, yuan
from wx_backend.entrypoints.web.console import money
from wx_backend.entrypoints.web.console.pages.act import Act
from wx_backend.entrypoints.web.console.pages.orders import PATH
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.entrypoints.web.console.timeline import METHODS
from wx_backend.identity.staff import service as members


class OneOrder(ConsolePage):
    """``GET``: four calls, audited."""

    here = "orders"
    access = staff("orders:read")

    async def get(self, key: str) -> None:
        await self.show_one(key)

    async def show_one(self, key: str, error: AppError | None = None) -> None:
        one = await payments.order(self.ctx, key)
        posted = await postings.of_order(self.ctx, key)
        requests = await refunding.of_order(self.ctx, key)
        acted = money.people(one, posted, requests)
        found = await members.members(self.ctx, acted) if acted else {}
        names = {member: known.name for member, known in found.items()}
        await self.house.audit.record(self.ctx, "orders:order:shown", key)
        ledger, fields = one.ledger(), error.data.get("fields", {}) if error else {}
        owed = cash_owed(ledger)
        pending = sum(asked.fen for asked in requests if asked.state in PENDING)
        await self.show(
            "order.html",
            error.status if error else 200,
            one=one,
            ledger=ledger,
            posted=posted,
            requests=requests,
            words=money,
            methods=METHODS,
            names=names,
            moments=money.history(one, posted, requests, names, self.translate),
            left=ledger.returnable_fen - pending,
            cash=sum(each.fen for each in owed),
            owed={each.no for each in owed},
            unsettled=UNSETTLED,
            error=error.message if error and not fields else "",
            fields=fields,
            sent={name: self.get_body_argument(name, "") for name in ("amount", "why")},
            key=self.new_key(),
            path=f"{PATH}/{one.id}",
            before=PATH,
            zone=self.zone,
            me=self.ctx.actor.id,
            refunds=self.may("orders:refund"),
            settles=self.may("refunds:settle"),
        )


class _Act(Act, OneOrder):
    path = PATH
    tasks = True


class AskRefund(_Act):
    """``POST amount= why= idempotency_key=``: a part goes back, or all."""

    access = staff("orders:refund")

    async def act(self, key: str) -> str:
        fen = parse_yuan(self.get_body_argument("amount", ""))
        why = self.get_body_argument("why", "")
        asked = await refunding.ask(self.ctx, key, fen, why, self.idempotency_key())
        if asked.state == "WAITING":
            return self.translate("退款 %(yuan)s 元已提交，须另一位同事复核后退出", yuan=yuan(fen))
        return self.translate("退款 %(yuan)s 元已受理，原路退回", yuan=yuan(fen))


class CashBack(_Act):
    """``POST fen=``: the cash that was asked back is in the payer's hand."""

    access = staff("orders:refund")

    async def act(self, key: str) -> str:
        fen = self.get_body_argument("fen", "")
        handed = int(fen) if fen.isdecimal() else 0
        await refunding.cash_handed_over(self.ctx, key, handed)
        return "退现金已登记"


class Decide(_Act):
    """``POST version= verdict=approve|decline words=``: somebody else's request."""

    access = staff("orders:refund")

    async def act(self, request: str) -> str:
        version = self.sent_version()
        if self.get_body_argument("verdict", "") == "approve":
            done = await refunding.approve(self.ctx, request, version)
            return done.words or self.translate(
                "已同意，退款 %(yuan)s 元原路退回", yuan=yuan(done.fen)
            )
        await refunding.decline(self.ctx, request, version, self.get_body_argument("words", ""))
        return "已记录为不同意，没有退款"


class AskPlatform(_Act):
    """``POST``: what has become of an attempt or refund, now."""

    access = staff("refunds:settle")

    async def act(self, ref: str) -> str:
        await payments.recheck(self.ctx, ref)
        return "已向支付平台查询，结果如下"


class Fund(_Act):
    """``POST act=again|ask|settle version= fund_note=``: the insurance's half."""

    access = staff("refunds:settle")

    async def act(self, key: str) -> str:
        act, why = self.get_body_argument("act", ""), self.get_body_argument("fund_note", "")
        done = await payments.decide_fund(self.ctx, key, act, self.sent_version(), why)
        return self.translate(
            "医保订单：%(state)s", state=self.translate(money.STANDINGS[done.standing])
        )


class Posted(_Act):
    """``POST act=again|ask|settle version= note=``: what the HIS would not book."""

    access = staff("refunds:settle")

    async def act(self, posting: str) -> str:
        act, why = self.get_body_argument("act", ""), self.get_body_argument("note", "")
        if act == "ask":
            done = await postings.ask(self.ctx, posting)
        elif act in ("again", "settle"):
            do = {"again": postings.again, "settle": postings.settle}[act]
            done = await do(self.ctx, posting, self.sent_version(), why)
        else:
            raise Invalid(fields={"act": "请选择处理方式"})
        return self.translate(
            "医院账务：%(state)s", state=self.translate(money.POSTINGS[done.state])
        )


class GiveBack(_Act):
    """``POST version= back_note=``: what the HIS will not book goes back to who paid."""

    access = staff("orders:refund")

    async def act(self, posting: str) -> str:
        why = self.get_body_argument("back_note", "")
        await postings.give_back(self.ctx, posting, self.sent_version(), why)
        return "已安排原路退回，对应的预约或账单同时取消"
