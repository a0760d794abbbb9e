"""Words of orders, attempts, refunds and postings, and an order's history. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from booking.payments import model
from booking.payments.model import Order
from booking.postings.model import Posting
from booking.refunding.model import Request
from wx_backend.base.money import yuan
from wx_backend.base.words import Say, as_written
from wx_backend.entrypoints.web.console import timeline
from wx_backend.entrypoints.web.console.timeline import Moment

ORDERS = {
    "OPEN": "待支付",
    "PAID": "已支付",
    "REFUNDING": "退款中",
    "REFUNDED": "已退款",
    "LAPSED": "超时未支付",
    "CLOSED": "未支付，已关闭",
}
ORDER_TONES = {"OPEN": "warn", "PAID": "ok", "REFUNDING": "warn"}
ATTEMPTS = {"OPENING": "下单中", "OPEN": "待支付", "PAID": "已支付", "CLOSED": "已关闭"}
REFUNDS = {
    "REQUESTED": "待提交",
    "PROCESSING": "处理中",
    "SUCCEEDED": "已到账",
    "ABNORMAL": "异常待人工",
    "CLOSED": "已关闭",
}
REFUND_TONES = {"SUCCEEDED": "ok", "ABNORMAL": "danger", "CLOSED": "danger"}
ADVICE = {
    "ABNORMAL": "平台退不到原账户：请在商户平台改退到其他账户或补足余额，再查询结果",
    "CLOSED": "平台已关闭这笔退款，钱没有退出：核对后重新退款，或线下退还并登记",
}
"""What a person does about a refund that does not arrive."""
POSTINGS = {
    "WAITING": "待入账",
    "POSTING": "入账中",
    "UNKNOWN": "结果未知",
    "POSTED": "已入账",
    "REFUSED": "医院拒绝入账",
    "RETURNING": "退回中",
    "RETURNED": "已退回",
    "SETTLED": "人工处理",
    "NEEDLESS": "无需入账",
}
POSTING_TONES = {"POSTED": "ok", "UNKNOWN": "warn", "REFUSED": "danger", "RETURNING": "warn"}
KINDS = {"PAID": "收款", "REFUNDED": "退款"}
REQUESTS = {
    "WAITING": "待复核",
    "APPROVED": "已同意",
    "DONE": "已受理",
    "DECLINED": "未同意",
    "FAILED": "未能退款",
}
REQUEST_TONES = {"WAITING": "warn", "DONE": "ok", "DECLINED": "mute", "FAILED": "danger"}
DECIDED = {
    "REFUSED": {"again": "再次入账", "settle": "已人工处理（补录或另行入账）"},
    "UNKNOWN": {"settle": "已人工处理（补录或另行入账）"},
}
"""What may be decided of a posting in this state."""
ACTS = {"again": "再次入账", "give_back": "退回患者", "settle": "人工处理"}
PURPOSES = {"appointment": "挂号", "bill": "门诊缴费", "deposit": "住院预交金"}
PAYERS = {
    "fund": "统筹基金",
    "account": "个人账户",
    "self": "自费",
    "other": "其他支付",
    "reduction": "减免",
}
STANDINGS = model.STANDINGS
STANDING_TONES = {"SETTLED": "ok", "STUCK": "danger", "UNDONE": "mute"}
FUND_DECIDED = {"again": "再次请求医保冲正", "settle": "已在医保柜台冲正"}
"""What may be decided of a reversal that the bureau has refused."""
FUND = {
    "fund_uploaded": "医保费用已分解",
    "fund_asked": "请求医保结算",
    "fund_doubted": "医保结算结果未知",
    "fund_settled": "医保已结算",
    "fund_failed": "医保未结算",
    "fund_reversing": "请求医保冲正",
    "fund_reversal_doubted": "医保冲正结果未知",
    "fund_reversal_missed": "医保未收到冲正请求",
    "fund_reversal_refused": "医保拒绝冲正",
    "fund_reversed": "医保已冲正",
    "fund_again": "再次请求医保冲正",
    "fund_by_hand": "已在医保柜台冲正",
}
WORST = (
    *("REFUSED", "UNKNOWN", "RETURNING", "POSTING", "WAITING"),
    *("SETTLED", "RETURNED", "POSTED", "NEEDLESS"),
)


def standing(found: Sequence[Posting]) -> str:
    """The state that needs a person most; empty where nothing is posted."""
    return min((one.state for one in found), key=WORST.index, default="")


def parts(order: Order) -> list[tuple[str, int]]:
    """(who, fen) of those who pay something."""
    given = msgspec.to_builtins(order.split)
    return [(words, given[name]) for name, words in PAYERS.items() if given[name]]


def history(
    order: Order,
    posted: Iterable[Posting],
    requests: Iterable[Request],
    names: Mapping[str, str],
    say: Say = as_written,
) -> list[Moment]:
    """Everything that became of an order's money, oldest first."""
    moments = [*timeline.paid(order, say), *_of_fund(order, names, say)]
    somebody = say("工作人员")
    for one in requests:
        words = say("申请退款 %(yuan)s 元：%(why)s", yuan=yuan(one.fen), why=one.why)
        asker = names.get(one.asked_by, somebody)
        moments.append(Moment(one.asked_at, say("申请"), words, asker))
        if one.decided_at:
            verdict = say("不同意") if one.state == "DECLINED" else say("同意退款")
            words = say("：").join(filter(None, (verdict, one.words)))
            who = names.get(one.decided_by, somebody)
            moments.append(Moment(one.decided_at, say("申请"), words, who))
    for one in posted:
        words = say("%(kind)s %(yuan)s 元交医院入账", kind=say(KINDS[one.kind]), yuan=yuan(one.fen))
        moments.append(Moment(one.made_at, say("入账"), words))
        for act in one.acts:
            who = names.get(act.by, somebody)
            words = f"{say(ACTS[act.what])}{say('：')}{act.why}"
            moments.append(Moment(act.at, say("入账"), words, who))
    return sorted(moments, key=lambda moment: moment.at)


def _of_fund(order: Order, names: Mapping[str, str], say: Say) -> Iterator[Moment]:
    """What became of the insurance's half."""
    for one in order.entries:
        if one.kind in FUND:
            why, by = one.data.get("words", ""), one.data.get("by", "")
            did = say("%(what)s %(yuan)s 元", what=say(FUND[one.kind]), yuan=yuan(one.fen))
            words = say("：").join(filter(None, (did, why)))
            who = names.get(by) or say("工作人员") if by else ""
            yield Moment(one.at, say("医保"), words, who)


def people(order: Order, posted: Iterable[Posting], requests: Iterable[Request]) -> set[str]:
    """Ids of the staff who did something."""
    asked = {key for one in requests for key in (one.asked_by, one.decided_by)}
    decided = {one.data.get("by", "") for one in order.entries}
    return (asked | decided | {act.by for one in posted for act in one.acts}) - {""}
