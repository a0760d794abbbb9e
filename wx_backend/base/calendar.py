"""Public holidays of mainland China, as the State Council announces them year by year.

The home of ``chinese_calendar`` (MIT, a release each November when the next year is announced). A
year that has not been announced, or that this release does not know yet, is unknown: whoever asks
has to have a person decide.
"""

from datetime import date

import chinese_calendar
import msgspec


class PublicDay(msgspec.Struct, frozen=True):
    """What a date is.

    Args:
        known: the year has been announced; else nothing below is known.
        holiday: a public holiday or a day off for one; plain weekends are not.
        made_up: a weekend day that is worked for a holiday elsewhere (调休上班).
        name: of the holiday, in Chinese; empty for other days.
    """

    known: bool = True
    holiday: bool = False
    made_up: bool = False
    name: str = ""


ANNOUNCED = frozenset(day.year for day in chinese_calendar.holidays)

NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


def public_day(day: date) -> PublicDay:
    """What ``day`` is, as far as it has been announced."""
    if day.year not in ANNOUNCED:
        return PublicDay(known=False)
    off, name = chinese_calendar.get_holiday_detail(day)
    if name is None:
        return PublicDay()
    return PublicDay(holiday=off, made_up=not off, name=NAMES.get(name, name))
