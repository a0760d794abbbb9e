"""What a template or a deviation may say, and which version of a template counts. Pure."""

import re
from collections.abc import Iterable
from datetime import date, time, timedelta

from booking.schedules.model import POOLS, SESSIONS
from booking.timetables.model import (
    AHEAD_MOST,
    CLINIC_TYPES,
    TITLES,
    PoolRule,
    Template,
    TemplateForm,
    TimesOverlap,
)
from wx_backend.base.errors import Invalid
from wx_backend.base.words import Filled

TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def fee_parameter(title: str) -> str:
    """The parameter that prices a title; its value may differ by clinic type, place and doctor."""
    return f"booking.fee_{TITLES.get(title, 'other')}_fen"


def in_force(versions: Iterable[Template], on: date) -> Template | None:
    """The newest version that has come into effect; None also when that one is over."""
    begun = [one for one in versions if one.effective_from <= on.isoformat()]
    newest = max(begun, key=lambda one: one.version, default=None)
    return newest if newest and newest.holds_on(on) else None


def minutes(begins: str, ends: str) -> tuple[int, int]:
    """Wall-clock times as minutes of the day; the end of a night clinic may pass 24:00."""
    first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (begins, ends))
    return first, last if last > first else last + 24 * 60


def overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    (first, last), (begin, end) = minutes(*one), minutes(*other)
    return first < end and begin < last


def clock_time(text: str) -> time:
    return time.fromisoformat(text)


def check_times(begins: str, ends: str, slot_minutes: int) -> None:
    """Raises Invalid unless at least one slot fits between two times of day."""
    wrong = {
        name: "请填写时刻，例如 08:00"
        for name, text in (("begins", begins), ("ends", ends))
        if not TIME.fullmatch(text)
    }
    if wrong:
        raise Invalid(fields=wrong)
    first, last = minutes(begins, ends)
    if not slot_minutes <= last - first <= 16 * 60:
        raise Invalid(fields={"ends": "出诊时间至少一个时段，最多 16 小时"})


def check_date(name: str, text: str) -> date:
    """Raises Invalid."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(fields={name: "请填写日期，例如 2026-11-24"}) from None


def check_choice(name: str, value: str, offered: Iterable[str]) -> None:
    """Raises Invalid."""
    if value not in offered:
        raise Invalid(fields={name: "请从给出的选项中选择"})


def check_pools(rules: tuple[PoolRule, ...], capacity: int, referral_share: int) -> None:
    """Raises Invalid: unknown or repeated pools, too small a referral pool, or nothing left.

    ``referral_share``: the least percentage of a referral pool, where a clinic has one (features.md
    B1). How much of a day is kept for referrals is seen on the console's page of pools: part of a
    number counts as one, so a clinic with one number in a slot would have none for anybody else.
    """
    names = [rule.name for rule in rules]
    if set(names) - POOLS.keys() or len(set(names)) < len(names):
        raise Invalid(fields={"pools": "请从给出的号池中选择，每个一次"})
    for rule in rules:
        if not 0 < rule.percent <= 100 or not 0 <= rule.return_days <= rule.release_days:
            raise Invalid(fields={"pools": "比例为 1 至 100，归还不得早于放号"})
        if not (TIME.fullmatch(rule.return_time) and TIME.fullmatch(rule.release_time)):
            raise Invalid(fields={"pools": "请填写时刻，例如 17:00"})
        if rule.name == "referral" and rule.percent < referral_share:
            wrong = Filled("转诊号不少于 %(least)s%%", least=referral_share)
            raise Invalid(fields={"pools": wrong})
    if sum(rule.count(capacity) for rule in rules) > capacity:
        raise Invalid(fields={"pools": "各号池之和超过了每个时段的号数"})


def check_template(form: TemplateForm, referral_share: int) -> None:
    """Raises Invalid."""
    check_choice("session", form.session, SESSIONS)
    check_choice("clinic_type", form.clinic_type, CLINIC_TYPES)
    check_times(form.begins, form.ends, form.slot_minutes)
    first = check_date("effective_from", form.effective_from)
    if form.until and check_date("until", form.until) < first:
        raise Invalid(fields={"until": "不能早于生效日期"})
    check_pools(form.pools, form.capacity, referral_share)


def check_span(first: date, last: date) -> None:
    """Raises Invalid unless the dates are in order and not too many."""
    if not timedelta(0) <= last - first <= timedelta(days=AHEAD_MOST):
        raise Invalid(fields={"until": Filled("最多一次生成 %(most)s 天", most=AHEAD_MOST)})


def check_overlap(made: Template, known: list[Template]) -> None:
    """Raises TimesOverlap: the doctor would have to be in two rooms on one weekday."""
    for line in {one.line for one in known} - {made.line}:
        mine = [one for one in known if one.line == line]
        later = max(made.effective_from, mine[-1].effective_from)
        other = in_force(mine, date.fromisoformat(later))
        if (
            other
            and (other.doctor_id, other.weekday) == (made.doctor_id, made.weekday)
            and (not made.until or other.effective_from <= made.until)
            and overlap((other.begins, other.ends), (made.begins, made.ends))
        ):
            raise TimesOverlap(doctor=made.doctor_id)
