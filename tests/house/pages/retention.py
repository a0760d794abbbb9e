"""docs/retention.md: what is stored, and for how long."""

from tests.house.pages.table import code, table
from wx_backend.base.collection import Collection
from wx_backend.base.retention import CLASSES, Keep
from wx_backend.entrypoints import wiring

HEAD = """# Retention

Every collection declares a class; nothing is deleted by a database's TTL, whose clock is not ours.

`wx-backend retention --dry-run` prints what is over, `--apply` removes it: whole months of monthly
collections, and of the others what ended (column *ages by*) so long ago. With
`WX_RETENTION_DAILY=true`, once the hospital has agreed, it is done by itself once a day. A month in
which something still waits is kept. Every removal is audited, with the number of documents, in the
institution that they belonged to. Where no number of days is given, age alone does not decide: a
person's last visit does, or the slice clears up by itself.

When a patient closes the account (注销账号, `wx_backend/entrypoints/rights/closing.py`) the class
`account` and its messages are erased. The other classes stay as they are, under the id of an
account by which nobody is known any more: records, orders, the audit's chain. What platforms called
back (`wechat_callbacks`) and deliveries run out by themselves.

"""


def page() -> str:
    return (
        HEAD
        + table(
            ["class", "kept", "why", "removed by age"],
            [[code(name), one.kept, one.why, _removed(one)] for name, one in CLASSES.items()],
        )
        + "## Collections\n\n"
        + table(
            ["collection", "class", "of one institution", "events", "ages by", "indexes"],
            [_row(one) for one in sorted(wiring.collections(), key=lambda one: one.name)],
        )
    )


def _removed(one: Keep) -> str:
    return f"after {one.days} days" if one.days else ""


def _row(one: Collection) -> list[str]:
    name = f"{one.name}_YYYYMM" if one.monthly else one.name
    indexes = ", ".join(
        f"{code(index.name)}{' (unique)' if index.unique else ''}" for index in one.all_indexes()
    )
    return [
        code(name),
        code(one.retention),
        *map(_yes, (one.scoped, one.outbox)),
        _ages(one),
        indexes,
    ]


def _ages(one: Collection) -> str:
    return "month" if one.monthly else code(one.ages) if one.ages else ""


def _yes(value: bool) -> str:
    return "yes" if value else ""
