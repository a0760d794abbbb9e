"""docs/retention.md: what is stored, and for how long."""

from tests.house.pages.table import code, table
from wx_backend.base.db import Collection
from wx_backend.entrypoints import wiring

CLASSES = {
    "forever": ("while the institution runs", "what the hospital is, and how it was set"),
    "outpatient": (
        "15 years after the last visit",
        "outpatient records: 医疗机构病历管理规定 (2013), article 29",
    ),
    "inpatient": (
        "30 years after the last discharge",
        "charts, stays and results of inpatients: 医疗机构病历管理规定 (2013), article 29",
    ),
    "interface": (
        "12 months",
        "what hospital systems sent, as it came: kept to answer questions and to replay",
    ),
    "accounting": (
        "10 years",
        "accounts and vouchers: 会计档案管理办法; at least 5 years for payments",
    ),
    "audit": (
        "3 years",
        "at least 6 months: 网络安全法, article 21; "
        "3 years for processing records: 个人信息保护法, articles 55-56",
    ),
    "account": (
        "until the account is deleted",
        "个人信息保护法, article 19: no longer than needed",
    ),
    "staff": (
        "3 years after leaving",
        "as long as the audit names them: whoever did something stays known",
    ),
    "message": ("12 months", "what the message centre shows"),
    "signal": ("30 days after delivery", "deliveries are kept to answer questions"),
    "live": ("2 days", "frames for clients that come back"),
    "session": ("until it would have run out", "revocations of sessions"),
}
"""Retention class: how long, and by which rule."""

HEAD = """# Retention

Every collection declares a class; nothing is deleted by a database's TTL, whose clock is not ours.

"""


def page() -> str:
    return (
        HEAD
        + table(["class", "kept", "why"], [[code(name), *words] for name, words in CLASSES.items()])
        + "## Collections\n\n"
        + table(
            ["collection", "class", "of one institution", "events", "indexes"],
            [_row(one) for one in sorted(wiring.collections(), key=lambda one: one.name)],
        )
    )


def _row(one: Collection) -> list[str]:
    name = f"{one.name}_YYYYMM" if one.monthly else one.name
    indexes = ", ".join(
        f"{code(index.name)}{' (unique)' if index.unique else ''}" for index in one.all_indexes()
    )
    return [code(name), code(one.retention), *map(_yes, (one.scoped, one.outbox)), indexes]


def _yes(value: bool) -> str:
    return "yes" if value else ""
