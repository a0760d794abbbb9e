"""An appointment's history in words: what was audited of it, its money, its messages. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from booking.payments.model import Order
from wx_backend.base.money import yuan
from wx_backend.base.words import Say, as_written

ACTS = {
    "event:appointment:booked": "预约成功",
    "event:appointment:claimed": "占号，等待医院系统确认",
    "event:appointment:to_pay": "窗口占号，已发到手机支付",
    "event:appointment:reseated": "逾期付款，重新取到号",
    "event:appointment:unseated": "逾期付款，号源已满",
    "event:appointment:cancelled": "取消",
    "event:appointment:refused": "医院系统未能给号",
    "event:appointment:expired": "超时未支付，号源释放",
    "event:appointment:amended": "医生或诊室变更",
    "event:appointment:stopped": "停诊退号",
    "event:appointment:moved": "医院改约到本号",
    "event:appointment:rebooked": "患者改约到本号",
    "event:appointment:rescheduled": "改约到其他号",
    "event:appointment:released": "保留的号已释放",
    "event:appointment:missed": "爽约",
    "event:appointment:checked_in": "报到",
    "appointments:limits:passed": "超出限约办理",
    "orders:cash:returned": "退现金",
}
MONEY = {
    "attempt_paid": "收款",
    "refund_requested": "申请退款",
    "refund_succeeded": "退款完成",
    "refund_abnormal": "退款异常，待人工处理",
    "refund_closed": "退款关闭",
}
METHODS = {
    "wechat_jsapi": "微信",
    "wechat_h5": "微信",
    "wechat_native": "微信扫码",
    "alipay": "支付宝",
    "alipay_wap": "支付宝",
    "alipay_qr": "支付宝扫码",
    "desk": "现金",
}
SENT = {
    "SENT": "已发",
    "DUE": "待发",
    "SENDING": "发送中",
    "UNKNOWN": "结果未知",
    "SKIPPED": "不再需要",
    "FAILED": "失败",
    "PARKED": "搁置",
    "KEPT": "仅在消息中心",
}


class Moment(msgspec.Struct, frozen=True):
    """``kind``: 变更, 款项 or 消息."""

    at: datetime
    kind: str
    what: str
    who: str = ""


def told(records: Iterable[dict], names: Mapping[str, str], say: Say = as_written) -> list[Moment]:
    """What was audited of it and is told to staff; ``names`` by member id."""
    return [
        Moment(one["at"], say("变更"), _what(one, say), actor(one["actor"], names, say))
        for one in records
        if one["action"] in ACTS
    ]


def _what(record: dict, say: Say) -> str:
    reason = record["data"].get("reason", "")
    return say("：").join(filter(None, (say(ACTS[record["action"]]), reason)))


def actor(text: str, names: Mapping[str, str], say: Say = as_written) -> str:
    """``staff:stf1`` as the member's name, and so on."""
    kind, _, key = text.partition(":")
    if kind == "staff":
        return names.get(key) or say("工作人员")
    return say({"account": "患者", "platform": "支付平台"}.get(kind, "系统"))


def paid(order: Order | None, say: Say = as_written) -> list[Moment]:
    if order is None:
        return []
    attempts = order.ledger().attempts
    refunds = order.ledger().refunds
    moments = []
    for entry in order.entries:
        if entry.kind in MONEY:
            known = refunds.get(entry.ref)
            attempt = attempts[known.attempt if known else entry.ref]
            fen = entry.fen or attempt.fen
            way = METHODS.get(attempt.method, attempt.method)
            what = f"{say(MONEY[entry.kind])} {say(way)}"
            words = say("%(what)s %(yuan)s 元", what=what, yuan=yuan(fen))
            moments.append(Moment(entry.at, say("款项"), words))
    return moments


def messages(found: Iterable[dict], say: Say = as_written) -> list[Moment]:
    return [
        Moment(
            one["at"],
            say("消息"),
            say(
                "%(title)s（%(state)s）",
                title=one["title"],
                state=say(SENT.get(one["state"], one["state"])),
            ),
        )
        for one in found
    ]


def members(records: Iterable[dict]) -> set[str]:
    """Ids of the staff who did something."""
    actors = (one["actor"].partition(":") for one in records)
    return {key for kind, _, key in actors if kind == "staff"}
