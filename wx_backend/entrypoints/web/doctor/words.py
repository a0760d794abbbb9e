"""What alerts are called at the bedside: states, clocks, limits, lines of the timeline. Pure.

All is written in Chinese. ``say`` puts it into the reader's language (templates hand over ``_``);
``locale/en_US/LC_MESSAGES/bedside.po`` has the English.
"""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import msgspec

from notify.critical.model import HOWS, MEASURES, OUTCOMES, SEATS, Act, Alert, Step
from wx_backend.base.words import Say, as_written

TONES: dict[str, str] = {
    "RAISED": "danger",
    "RECEIVED": "warn",
    "PHYSICIAN_NOTIFIED": "warn",
    "HANDLED": "ok",
}
"""Colour of a state that is not an end; always beside its words."""

NEXT: dict[str, str] = {
    "RAISED": "待接收",
    "RECEIVED": "待通知医生",
    "PHYSICIAN_NOTIFIED": "待处置",
    "HANDLED": "待记录",
}
"""What the alert waits for."""

LIMITS: dict[str, str] = {
    "RAISED": "无人接收将升级",
    "RECEIVED": "通知医生时限",
    "PHYSICIAN_NOTIFIED": "处置时限",
    "HANDLED": "病程记录时限",
}
"""What happens at ``due_at``."""

ARROWS = {"HIGH": "↑", "LOW": "↓"}
DIRECTIONS = {"HIGH": "偏高", "LOW": "偏低"}
SEXES = {"M": "男", "F": "女"}
DRAFT = "DRAFT"
WHY = {
    "FLAG": "检验科标记为危急",
    "RULE": "超过本院危急界值",
    "DISAGREES": "标记与界值不一致",
    "AGE_UNKNOWN": "年龄未知",
}
SEVERITIES = {"A": "A 类 · 立即处理", "B": "B 类 · 尽快处理"}

DONE: dict[str, tuple[tuple[str, ...], str]] = {
    "receive": (("receive", "receive_as_physician"), "复述接收"),
    "notify": (("notify",), "登记通知医生"),
    "handle": (("handle",), "登记处置"),
    "close": (("close",), "登记病程记录"),
    "refute": (("refute",), "登记误报"),
}
"""By act: the lines of the timeline that say it was done, and what it is called."""


class Clock(msgspec.Struct, frozen=True):
    """Time to a limit, in whole minutes, as words that are right without JavaScript."""

    words: str
    late: bool


def clock(due: datetime, now: datetime, say: Say = as_written) -> Clock:
    """``还有 3 分钟``: minutes begun count, as in what people say."""
    seconds = (due - now).total_seconds()
    if -60 < seconds <= 0:
        return Clock(say("已到时限"), late=True)
    late = seconds < 0
    minutes = int(-seconds // 60) if late else math.ceil(seconds / 60)
    if minutes >= 60:
        length = say("%(hours)s 小时 %(minutes)s 分", hours=minutes // 60, minutes=minutes % 60)
    else:
        length = say("%(minutes)s 分钟", minutes=minutes)
    return Clock(say("已超时 %(time)s" if late else "还有 %(time)s", time=length), late)


def tone(alert: Alert) -> str:
    return TONES.get(alert.state, "mute")


def waits(alert: Alert, say: Say = as_written) -> str:
    """``危急值 · 待接收``'s second half; an end says itself."""
    return say(NEXT.get(alert.state, alert.state_name))


def person(alert: Alert, today: date, say: Say = as_written) -> str:
    """``男 67 岁``, as far as it is known."""
    years = ""
    if alert.born:
        born = date.fromisoformat(alert.born)
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        years = say("%(years)s 岁", years=age) if age else say("不满 1 岁")
    return " ".join(filter(None, (say(SEXES.get(alert.sex, "")), years)))


def place(alert: Alert, wards: Mapping[str, str], say: Say = as_written) -> str:
    """``心内一病区 12 床``, or the area and department of somebody without a bed."""
    if alert.ward:
        ward = wards.get(alert.ward, alert.ward)
        return say("%(ward)s %(bed)s 床", ward=ward, bed=alert.bed) if alert.bed else ward
    return " ".join(filter(None, (say(alert.area_name), alert.department)))


def limits(alert: Alert, say: Say = as_written) -> str:
    """The threshold that fired: ``危急 < 2.8 或 > 6.2``, ``≥`` where the limit itself has fired."""
    sides = (("<≤", alert.low), (">≥", alert.high))
    given = [f"{signs[_equal(alert.value, at)]} {at}" for signs, at in sides if at]
    return say("危急 %(limits)s", limits=say(" 或 ").join(given)) if given else ""


def _equal(value: str, limit: str) -> bool:
    try:
        return Decimal(value) == Decimal(limit)
    except InvalidOperation:
        return False


def rules(alert: Alert) -> tuple[str, bool]:
    """The version of the rules that fired, and whether it is a draft nobody has approved yet."""
    version, _, state = alert.rules.partition(" ")
    return (version, True) if state == DRAFT else (alert.rules, False)


def why(alert: Alert, say: Say = as_written) -> str:
    """``检验科标记为危急、超过本院危急界值``"""
    return say("、").join(say(WHY.get(one, one)) for one in alert.why)


def masked(number: str) -> str:
    """``****3318``: enough to tell two people apart, not enough to look one up."""
    return f"****{number[-4:]}" if len(number) > 4 else number


def did(act: Act, say: Say = as_written) -> str:
    """An act's own words: how, what was done, and the note. What somebody typed stays as it is; a
    reason without a name is the program's.
    """
    parts = [
        say(HOWS.get(act.how, act.how)),
        say("、").join(say(MEASURES.get(one, one)) for one in act.measures),
        act.note,
        act.reason if act.name else say(act.reason),
        say("检验科确认：%(who)s", who=act.word) if act.word else "",
    ]
    return say("；").join(filter(None, parts))


def first(alert: Alert, act: str) -> Step | None:
    """The line of the timeline that says who has done ``act`` already."""
    actions = DONE[act][0] if act in DONE else ()
    return next((one for one in alert.steps if one.action in actions), None)


def gap(text: str, say: Say = as_written) -> str:
    """``值班护士：无人值班`` of ``duty_nurse:nobody_on_duty``."""
    seat, _, reason = text.partition(":")
    who, what = SEATS.get(seat, ABOUT.get(seat, seat)), GAPS.get(reason, UNDELIVERED)
    return say("%(who)s：%(what)s", who=say(who), what=say(what))


def note(alert: Alert, step: Step, say: Say = as_written) -> str:
    """What was written with a step: the act's own words, outcomes and places by their names."""
    act = getattr(alert, ACTS[step.action]) if step.action in ACTS else None
    if act:
        return did(act, say)
    if step.action == "misread":
        return say("复述为 %(value)s", value=step.note)
    if step.action == "decline" and not step.name:
        return say(UNDELIVERED)
    if step.note.startswith("first_only:"):
        return say("同一患者同一项目近期已在处置，仅通知原处置医生")
    return say(OUTCOMES[step.note]) if step.note in OUTCOMES else step.note


ACTS: dict[str, str] = {
    "notify": "physician",
    "handle": "handled",
    "close": "closed",
    "recall": "recalled",
    "refute": "refuted",
}
"""By action: the act whose words belong to the line."""


def unit(text: str) -> str:
    """A UCUM unit as people write it: ``10⁹/L``, ``μmol/L``."""
    raised = POWER.sub(lambda found: "10" + found[1].translate(RAISED), text)
    return raised.replace("umol", "μmol").replace("ug/", "μg/")


POWER = re.compile(r"10\*(\d+)")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def flag(flags: tuple[str, ...]) -> str:
    """``↑↑`` of the laboratory's flags (HL7 table 0078), most serious first."""
    return next((FLAGS[one] for one in FLAGS if one in flags), "")


FLAGS = {"HH": "↑↑", "LL": "↓↓", "AA": "!!", "H": "↑", "L": "↓", "A": "!"}

UNDELIVERED = "消息未送达"
ABOUT: dict[str, str] = {"patient": "患者身份", "encounter": "就诊记录", "receiver": "接收人"}

GAPS: dict[str, str] = {
    "nobody_on_duty": "无人值班",
    "no_wecom": "企业微信联系不上",
    "left": "已离职",
    "unknown": "查无记录",
    "misread": "复述错误次数过多",
    "no_role": "没有接收危急值的权限",
}


def line(step: Step, say: Say = as_written) -> str:
    """What a step of the timeline says."""
    said = STEPS.get(step.action, step.action)
    if step.action == "decline" and not step.name:
        said = "交班请求未能送达，仍由原负责人负责"
    return say(said, name=step.name, rung=step.rung + 1, note=step.note)


TROUBLE = frozenset({"misread", "escalate", "note_missing", "recall", "recall_unheard", "decline"})
"""Lines of the timeline that did not go as they should."""

STEPS: dict[str, str] = {
    "raise": "检出危急值，开始通知",
    "escalate": "升级到第 %(rung)s 级",
    "transfer": "患者转科，改通知新病区",
    "receive": "%(name)s 复述正确，已接收",
    "receive_as_physician": "%(name)s（医生）复述正确，已接收",
    "misread": "%(name)s 复述与结果不符",
    "notify": "%(name)s 登记已通知医生",
    "handle": "%(name)s 登记处置",
    "contact": "%(name)s 登记联系患者",
    "close": "%(name)s 登记病程记录，已闭环",
    "note_missing": "超过时限仍未记录病程",
    "recall": "检验科更正，警报撤回",
    "recall_unheard": "%(note)s 未收到撤回通知，已请他人转告",
    "hand_over": "%(name)s 请 %(note)s 接班",
    "take_over": "%(name)s 已接班，由其负责",
    "decline": "%(name)s 未接班，仍由原负责人负责",
    "refute": "%(name)s 登记误报",
}
