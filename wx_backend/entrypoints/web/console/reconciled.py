"""How the console words reconciliation: a month as weeks, a day's sums, what differs. Pure."""

from calendar import Calendar, monthrange
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec

from booking.payments.model import ALIPAY_PAY, CASH, WECHAT_PAY
from booking.reconciliation.model import LATE, REFUNDED, Difference, Repair, Run, Sum
from wx_backend.base.words import Say, as_written

RUNS = {
    "WAITING": "等待对账", "RUNNING": "对账中", "DONE": "已对账", "FAILED": "对账失败",
    "CANCELLED": "已取消", "CLOSED": "已日结",
}  # fmt: skip
RUN_TONES = {"WAITING": "warn", "RUNNING": "", "DONE": "ok", "FAILED": "danger", "CLOSED": "mute"}
OVER = ("DONE", "CLOSED")
STATES = {"OPEN": "待处理", "REPAIRED": "已修复", "EXPLAINED": "已说明", "GONE": "已一致"}
TONES = {"OPEN": "danger", "REPAIRED": "ok", "GONE": "ok"}
PLATFORMS = {WECHAT_PAY: "微信支付", ALIPAY_PAY: "支付宝", CASH: "现金"}
MONEY = {"PAID": "收款", REFUNDED: "退款"}
KINDS = {
    "platform missing_here": "平台有，本院无",
    "platform missing_there": "本院有，平台无",
    "platform amount": "与平台金额不符",
    "platform refund": "与平台退款金额不符",
    "platform state": "与平台状态不符",
    "platform duplicate": "平台重复",
    "platform late": "与平台跨日",
    "his missing_here": "医院系统有，本院无",
    "his missing_there": "医院系统未入账",
    "his amount": "与医院系统金额不符",
    "his refund": "与医院系统退款金额不符",
    "his state": "与医院系统单号不符",
    "his duplicate": "医院系统重复入账",
    "his late": "与医院系统跨日",
}
LINE_STATES = {"SUCCESS": "成功", "PROCESSING": "处理中", "ABNORMAL": "异常", "CLOSED": "已关闭"}
REMEDIES = {
    "ask": "向平台查询并补记",
    "refund_again": "用原退款单号重新提交退款",
    "post_again": "重新提交医院入账",
    "explain": "说明原因，不作修复",
}
ACTS = {"ask": "对账", "cancel": "取消对账", "close": "日结", "reopen": "反结账"}
OUTCOMES = {"repaired": "两边已一致", "explained": "已记录说明", "open": "仍不一致"}
STEPS = {
    "ours": "读取本院订单", WECHAT_PAY: "核对微信支付账单", ALIPAY_PAY: "核对支付宝账单",
    "his": "核对医院系统", "around": "查找前后日", "write": "写入结果",
}  # fmt: skip
REASONS = {
    "bill_not_ready": "平台账单尚未生成，稍后自动再试",
    "bill_broken": "平台账单不完整或校验不符，稍后自动再试",
    "gateway_unknown": "平台或医院系统暂未答复，稍后自动再试",
    "gateway_busy": "当前任务较多，稍后自动再试",
    "platform_limited": "平台限流，稍后自动再试",
    "gateway_refused": "平台或医院系统拒绝了请求，请检查渠道设置",
    "reconciliation_too_many": "差异过多：请先确认平台账单和医院系统是否完整",
}


class Cell(msgspec.Struct, frozen=True):
    """A day of the calendar; ``run`` None: not reconciled, though it ``may`` be."""

    on: date
    inside: bool
    run: Run | None
    may: bool


class Row(msgspec.Struct, frozen=True):
    """One line of the table of sums; fen, by who says so. ``his`` is only in the total."""

    label: str
    theirs: Sum | None
    ours: Sum
    his: Sum | None = None

    @property
    def agrees(self) -> bool:
        said = [one for one in (self.theirs, self.his) if one]
        return all(one.net_fen == self.ours.net_fen for one in said)


def weeks(month: date, runs: Iterable[Run], today: date) -> list[list[Cell]]:
    """The month as rows of seven days, Monday first."""
    known = {one.day: one for one in runs}
    return [
        [Cell(on, on.month == month.month, known.get(on.isoformat()), on < today) for on in week]
        for week in Calendar().monthdatescalendar(month.year, month.month)
    ]


def income_chart(month: date, runs: Iterable[Run], say: Say = as_written) -> dict[str, Any]:
    """Each day's net income by platform in yuan, and the share of lines that agree, as ``chart.js``
    draws them; every day of the month, so that what is missing is seen.
    """
    days = _days(month, runs)
    known = [run for run in days.values() if run]
    bars = [
        {
            "name": say("%(platform)s（元）", platform=say(words)),
            "data": [run and _net(run, name) / 100 for run in days.values()],
        }
        for name, words in PLATFORMS.items()
        if any(name in run.theirs for run in known)
    ]
    line = {"name": say("一致率 %"), "data": [run and agreeing(run) for run in days.values()]}
    return {"x": [*days], "bars": bars, "line": line}


def difference_chart(month: date, runs: Iterable[Run], say: Say = as_written) -> dict[str, Any]:
    """Each day's differences: those that need somebody, and what only crossed midnight."""
    days = _days(month, runs)
    late = [run and run.counts.get(LATE, 0) for run in days.values()]
    found = [run and sum(run.counts.values()) - run.counts.get(LATE, 0) for run in days.values()]
    wrong = {"name": say("须处理的差异"), "data": found, "grave": True}
    return {"x": [*days], "bars": [{"name": say("仅跨日"), "data": late}, wrong]}


def _days(month: date, runs: Iterable[Run]) -> dict[str, Run | None]:
    over = {one.day: one for one in runs if one.state in OVER}
    last = monthrange(month.year, month.month)[1]
    return {f"{n}": over.get(month.replace(day=n).isoformat()) for n in range(1, last + 1)}


def _net(run: Run, platform: str) -> int:
    found = run.theirs.get(platform)
    return found.net_fen if found else 0


def state(one: Difference) -> str:
    """What has crossed midnight needs nobody."""
    return "无需处理" if one.needless else STATES[one.state]


def rows(run: Run) -> list[Row]:
    """Sums by platform, and all together against the HIS."""
    names = [name for name in PLATFORMS if name in run.ours or name in run.theirs]
    empty = Sum()
    listed = [
        Row(PLATFORMS[name], run.theirs.get(name), run.ours.get(name, empty)) for name in names
    ]
    if run.his is not None:
        listed.append(Row("医院系统", None, total(run.ours.values()), run.his))
    return listed


def total(sums: Iterable[Sum]) -> Sum:
    made = Sum()
    for one in sums:
        for name in Sum.__struct_fields__:
            setattr(made, name, getattr(made, name) + getattr(one, name))
    return made


def income(run: Run) -> int:
    """Fen that came in that day by the platforms' word, less what went back."""
    return sum(one.net_fen for one in run.theirs.values())


def agreeing(run: Run) -> float | None:
    """Per cent of our lines about which nothing is open; None on a day without any."""
    lines = sum(one.lines for one in run.ours.values())
    return round(100 * max(lines - run.open, 0) / lines, 2) if lines else None


class Deed(msgspec.Struct, frozen=True):
    """What a member of staff did about a day, or about one of its differences."""

    at: datetime
    by: str
    what: str
    why: str
    outcome: str = ""
    difference: str = ""


def deeds(run: Run, found: Iterable[Difference], say: Say = as_written) -> list[Deed]:
    """Who did what and why, oldest first."""
    made = [Deed(act.at, act.by, say(ACTS[act.what]), act.why) for act in run.acts]
    for one in found:
        kind = KINDS[f"{one.side} {one.kind}"]
        made += [
            Deed(
                act.at,
                act.by,
                f"{say(kind)}{say('：')}{say(REMEDIES[act.action])}",
                act.why,
                say(came(act)),
                one.id,
            )
            for act in one.repairs
        ]
    return sorted(made, key=lambda deed: deed.at)


def came(act: Repair) -> str:
    """What came of a repair."""
    return OUTCOMES.get(act.outcome, REASONS.get(act.outcome, act.outcome))


def by_kind(found: Iterable[Difference]) -> dict[str, list[Difference]]:
    """By words for what differs, those first that need somebody."""
    made: dict[str, list[Difference]] = {}
    for one in found:
        made.setdefault(KINDS[f"{one.side} {one.kind}"], []).append(one)
    return made
