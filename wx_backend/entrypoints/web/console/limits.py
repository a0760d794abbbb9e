"""Critical limits as people read and type them. Pure."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from wx_backend.base.errors import Invalid
from wx_backend.records.reports.service import BANDS, OPEN, Limits, Rule

BAND_NAMES = dict(
    zip(BANDS, ("新生儿（≤28 天）", "婴儿（<1 岁）", "儿童（<14 岁）", "成人"), strict=True)
)
SHORT = dict(zip(BANDS, ("新生儿", "婴儿", "儿童", "成人"), strict=True))
SPECIMENS = {"blood": "血", "csf": "脑脊液", "any": "不限"}
SEVERITIES = {"A": "A 类 · 立即处理", "B": "B 类 · 尽快处理"}


def shown(limits: Limits, low_inclusive: bool = False, high_inclusive: bool = False) -> str:
    """``< 2.8 或 > 6.2``; ``—`` when nothing alarms."""
    low, high = limits
    sides = (
        f"{'≤' if low_inclusive else '<'} {low}" if low is not None else "",
        f"{'≥' if high_inclusive else '>'} {high}" if high is not None else "",
    )
    return " 或 ".join(filter(None, sides)) or "—"


def of_band(rule: Rule, band: str) -> str:
    return shown(rule.limits.get(band, OPEN), rule.low_inclusive, rule.high_inclusive)


CONDITIONS = {
    "anticoagulant": "抗凝治疗中",
    "chemotherapy": "化疗中",
    "dialysis": "透析患者",
    "known_haematology": "已知血液病",
}


def exceptions(rule: Rule) -> list[str]:
    """``血液：成人 < 10``, a line an exception; equal bands are said once."""
    lines = []
    for one in rule.exceptions:
        who = "、".join((*one.departments, *(CONDITIONS.get(c, c) for c in one.conditions)))
        bands: dict[str, list[str]] = {}
        for band, given in one.limits.items():
            bands.setdefault(shown(given), []).append(SHORT[band])
        said = "；".join(f"{'、'.join(names)} {words}" for words, names in bands.items())
        lines.append(f"{who}：{said}")
    return lines


def change(rule: Rule, typed: Mapping[str, str]) -> Rule:
    """The rule with what was typed: ``low_adult``, ``high_adult``, …, severity, enabled, note.

    Raises:
        Invalid: no number, outside what is plausible, or low not below high.
    """
    limits, wrong = dict(rule.limits), {}
    for band in BANDS if not rule.words else ():
        try:
            limits[band] = _pair(rule, typed.get(f"low_{band}", ""), typed.get(f"high_{band}", ""))
        except ValueError as error:
            wrong[f"low_{band}"] = f"{BAND_NAMES[band]}：{error}"
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


def _pair(rule: Rule, low: str, high: str) -> Limits:
    pair = _number(low), _number(high)
    least, most = rule.plausible
    for one in pair:
        if one is not None and (
            (least is not None and one < least) or (most is not None and one > most)
        ):
            raise ValueError(f"{one} 超出合理范围 {least} – {most}")
    if None not in pair and pair[0] >= pair[1]:
        raise ValueError("低限须小于高限")
    return pair


def _number(text: str) -> Decimal | None:
    """None for nothing. Raises ValueError."""
    if not text.strip():
        return None
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"“{text}”不是数值") from None
    if not found.is_finite():
        raise ValueError(f"“{text}”不是数值")
    return found


def differences(was: Rule | None, will: Rule | None) -> list[str]:
    """What a proposal changes about one rule, in words."""
    if was is None or will is None:
        return ["新增" if was is None else "删除"]
    found = [
        f"{BAND_NAMES[band]} {of_band(was, band)} → {of_band(will, band)}"
        for band in BANDS
        if of_band(was, band) != of_band(will, band)
    ]
    if was.severity != will.severity:
        found.append(f"{was.severity} 类 → {will.severity} 类")
    if was.enabled != will.enabled:
        found.append("启用" if will.enabled else "停用")
    return found or ["其他内容有变化"]
