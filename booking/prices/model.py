"""The price catalogue: what the hospital charges for, as its HIS says. Pure. Amounts are fen."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from wx_backend.base.clock import HOSPITAL_ZONE, local_date, local_midnight
from wx_backend.base.errors import AppError
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine

IMPORT = Machine(
    name="price import",
    states=frozenset({"WAITING", "RUNNING", "DONE", "FAILED", "CANCELLED"}),
    initial="WAITING",
    transitions={
        ("WAITING", "start"): "RUNNING",
        ("RUNNING", "finish"): "DONE",
        ("RUNNING", "fail"): "FAILED",
        ("WAITING", "cancel"): "CANCELLED",
        ("RUNNING", "cancel"): "CANCELLED",
    },
    terminal=frozenset({"DONE", "FAILED", "CANCELLED"}),
)

NIGHTLY = timedelta(hours=3, minutes=10)
"""How long after midnight the catalogue is fetched by itself: the HIS has closed its day."""
KEEP_SHARE = 2
"""An import with fewer than one in so many of the items before removes none: a HIS that lost its
catalogue does not empty ours.
"""
MANY = 8
"""After so many tries that brought nothing an import has failed."""
FIRST_RETRY, LAST_RETRY = timedelta(seconds=5), timedelta(minutes=10)
CANCELLED = "取消前已收到的按新价生效，其余仍为原价，没有移除任何项目"
"""Each item is by itself what the HIS charges: what came counts, and what did not stays."""
SHRUNK = "条目数不到原来的一半：已更新的照常生效，未收到的没有删除"


class ImportRunning(AppError):
    """One at a time."""

    code, status, message = "price_import_running", 409, "正在导入，请等本次导入结束"


class ImportEnding(AppError):
    """All has come: what the HIS has no more is being removed."""

    code, status, message = "price_import_ending", 409, "目录已全部收到，正在收尾，不能取消"


class PriceQuery(Form):
    """``q``: Chinese, pinyin, initials or a code; ``after``: as the page before gave it."""

    q: Annotated[str, Text(max_length=40)] = ""
    category: Annotated[str, Text(max_length=40)] = ""
    after: Annotated[str, Text(max_length=64)] = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item. ``source``: the rule or list that the price follows."""

    code: str
    name: str
    spec: str
    unit: str
    price_fen: int
    category: str
    source: str


class Page(msgspec.Struct, frozen=True):
    """``after`` asks for what comes after ``items``; empty when that is nothing."""

    items: list[Item]
    after: str


class Import(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One fetching of the catalogue.

    Args:
        by: staff member; empty for the nightly one.
        after: where the HIS's next page begins.
        count: items received; ``removed``: those that it has no more.
        ending: all has come; it cannot be cancelled any more.
        why: of one that failed or was cancelled, or what was held back.
    """

    id: str
    inst: str
    state: str
    asked_at: datetime
    by: str = ""
    after: str = ""
    count: int = 0
    removed: int = 0
    tries: int = 0
    ending: bool = False
    version: int = 1
    finished_at: datetime | None = None
    why: str = ""

    @property
    def under_way(self) -> bool:
        return self.state not in IMPORT.terminal


def next_night(now: datetime, zone: str = HOSPITAL_ZONE) -> datetime:
    """When the next import by itself begins."""
    today = local_date(now, zone)
    nights = (local_midnight(today + timedelta(days=n), zone) + NIGHTLY for n in (0, 1))
    return next(night for night in nights if night > now)


def retry_after(tries: int) -> timedelta:
    return min(FIRST_RETRY * 2 ** min(tries, 16), LAST_RETRY)


def removes(count: int, known: int) -> bool:
    """Whether items that did not come are removed."""
    return count > 0 and count * KEEP_SHARE >= known
