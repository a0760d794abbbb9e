"""Critical limits as people read and type them. Pure."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from wx_backend.base.errors import Invalid
from wx_backend.base.words import Say, as_written
from wx_backend.records.reports.service import BANDS, OPEN, Limits, Rule

BAND_NAMES = dict(
    zip(BANDS, ("新生儿（≤28 天）", "婴儿（<1 岁）", "儿童（<14 岁）", "成人"), strict=True)
)
SHORT = dict(zip(BANDS, ("新生儿", "婴儿", "儿童", "成人"), strict=True))
SPECIMENS = {"blood": "血", "csf": "脑脊液", "any": "不限"}
SEVERITIES = {"A": "A 类 · 立即处理", "B": "B 类 · 尽快处理"}


def shown(
    limits: Limits, low_inclusive: bool = False, high_inclusive: bool = False, say: Say = as_written
) -> str:
    """``< 2.8 或 > 6.2``; ``—`` when nothing alarms."""
    low, high = limits
    sides = (
        f"{'≤' if low_inclusive else '<'} {low}" if low is not None else "",
        f"{'≥' if high_inclusive else '>'} {high}" if high is not None else "",
    )
    return say(" 或 ").join(filter(None, sides)) or "—"


def of_band(rule: Rule, band: str, say: Say = as_written) -> str:
    return shown(rule.limits.get(band, OPEN), rule.low_inclusive, rule.high_inclusive, say)


CONDITIONS = {
    "anticoagulant": "抗凝治疗中",
    "chemotherapy": "化疗中",
    "dialysis": "透析患者",
    "known_haematology": "已知血液病",
}


def exceptions(rule: Rule, say: Say = as_written) -> list[str]:
    """``血液：成人 < 10``, a line an exception; equal bands are said once."""
    lines = []
    for one in rule.exceptions:
        conditions = (say(CONDITIONS.get(c, c)) for c in one.conditions)
        who = say("、").join((*one.departments, *conditions))
        bands: dict[str, list[str]] = {}
        for band, given in one.limits.items():
            bands.setdefault(shown(given, say=say), []).append(say(SHORT[band]))
        said = say("；").join(f"{say('、').join(names)} {words}" for words, names in bands.items())
        lines.append(f"{who}{say('：')}{said}")
    return lines


def change(rule: Rule, typed: Mapping[str, str], say: Say = as_written) -> Rule:
    """The rule with what was typed: ``low_adult``, ``high_adult``, …, severity, enabled, note.

    Raises:
        Invalid: no number, outside what is plausible, or low not below high.
    """
    limits, wrong = dict(rule.limits), {}
    for band in BANDS if not rule.words else ():
        try:
            limits[band] = _pair(
                rule, typed.get(f"low_{band}", ""), typed.get(f"high_{band}", ""), say
            )
        except ValueError as error:
            wrong[f"low_{band}"] = f"{say(BAND_NAMES[band])}{say('：')}{error}"
    severity = typed.get("severity", rule.severity)
    if severity not in SEVERITIES:
        wrong["severity"] = "请从给出的选项中选择"
    if wrong:
        raise Invalid(fields=wrong)
    return msgspec.structs.replace(
        rule,
        limits={band: given for band, given in limits.items() if given != OPEN},
        severity=severity,
        enabled=bool(typed.get("enabled")),
        note=typed.get("note", "")[:200].strip(),
    )


def _pair(rule: Rule, low: str, high: str, say: Say) -> Limits:
    pair = _number(low, say), _number(high, say)
    least, most = rule.plausible
    for one in pair:
        if one is not None and (
            (least is not None and one < least) or (most is not None and one > most)
        ):
            raise ValueError(
                say(
                    "%(value)s 超出合理范围 %(least)s – %(most)s", value=one, least=least, most=most
                )
            )
    if None not in pair and pair[0] >= pair[1]:
        raise ValueError(say("低限须小于高限"))
    return pair


def _number(text: str, say: Say) -> Decimal | None:
    """None for nothing. Raises ValueError."""
    if not text.strip():
        return None
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(say("“%(text)s”不是数值", text=text)) from None
    if not found.is_finite():
        raise ValueError(say("“%(text)s”不是数值", text=text))
    return found


def differences(was: Rule | None, will: Rule | None, say: Say = as_written) -> list[str]:
    """What a proposal changes about one rule, in words."""
    if was is None or will is None:
        return [say("新增") if was is None else say("删除")]
    found = [
        f"{say(BAND_NAMES[band])} {of_band(was, band, say)} → {of_band(will, band, say)}"
        for band in BANDS
        if of_band(was, band) != of_band(will, band)
    ]
    if was.severity != will.severity:
        found.append(say("%(was)s 类 → %(will)s 类", was=was.severity, will=will.severity))
    if was.enabled != will.enabled:
        found.append(say("启用") if will.enabled else say("停用"))
    return found or [say("其他内容有变化")]
