"""How long what is stored is kept: a class for each collection. Pure.

Nothing is deleted by a database's TTL, whose clock is not ours. What is over is removed by
``entrypoints/retention.py``, once the hospital has agreed to it.
"""

from datetime import UTC, datetime, timedelta

import msgspec

YEAR = 366
"""Days: never one too few."""


class Keep(msgspec.Struct, frozen=True):
    """A class: how long, by which rule.

    ``days`` is after how many days it may go; None where age alone does not say so (a person's last
    visit does, or the slice itself clears up).
    """

    kept: str
    why: str
    days: int | None = None


CLASSES: dict[str, Keep] = {
    "forever": Keep(
        "while the institution runs",
        "what the hospital is, and how it was set",
    ),
    "outpatient": Keep(
        "15 years after the last visit",
        "outpatient records: 医疗机构病历管理规定 (2013), article 29",
    ),
    "inpatient": Keep(
        "30 years after the last discharge",
        "charts, stays and results of inpatients: 医疗机构病历管理规定 (2013), article 29",
    ),
    "interface": Keep(
        "12 months",
        "what hospital systems sent, as it came: kept to answer questions and to replay",
        days=YEAR,
    ),
    "accounting": Keep(
        "10 years",
        "accounts and vouchers: 会计档案管理办法; at least 5 years for payments",
        days=10 * YEAR,
    ),
    "audit": Keep(
        "3 years",
        "at least 6 months: 网络安全法, article 21; "
        "3 years for processing records: 个人信息保护法, articles 55-56",
        days=3 * YEAR,
    ),
    "account": Keep(
        "until the account is deleted",
        "个人信息保护法, article 19: no longer than needed",
    ),
    "staff": Keep(
        "3 years after leaving",
        "as long as the audit names them: whoever did something stays known",
    ),
    "message": Keep(
        "12 months",
        "what the message centre shows",
        days=YEAR,
    ),
    "signal": Keep(
        "30 days after delivery",
        "deliveries are kept to answer questions",
    ),
    "live": Keep(
        "2 days",
        "frames for clients that come back",
    ),
    "session": Keep(
        "until it would have run out",
        "revocations of sessions",
    ),
}


def edge(retention: str, now: datetime) -> datetime | None:
    """What ended before this moment is over; None when age does not decide."""
    days = CLASSES[retention].days
    return None if days is None else now - timedelta(days=days)


def month_over(retention: str, month: str, now: datetime) -> bool:
    """Whether all of a month (``202611``, UTC) is over."""
    last, year, number = edge(retention, now), int(month[:4]), int(month[4:])
    following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return last is not None and following <= last
