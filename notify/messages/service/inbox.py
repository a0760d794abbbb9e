"""The message centre (我的消息): everything a person was told, sent or not."""

from datetime import datetime

from notify.messages import store
from notify.messages.model import Item, Page
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid

LOOKED_AT = 3
"""Months looked through for one page; a page may be short although older messages exist."""


async def inbox(ctx: Ctx, account: str, cursor: str | None = None, limit: int = 20) -> Page:
    """A page of messages, newest first; ``cursor`` is that of the page before.

    One call for each month looked at, usually one. Nothing older than a year is shown.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    months = store.months(ctx.wire_now(), store.MONTHS_KEPT)
    start, before = _read(cursor, months) if cursor else (0, None)
    items: list[Item] = []
    for index in range(start, len(months)):
        if index - start == LOOKED_AT:
            return Page(items=items, cursor=_name(months[index]))
        docs = await store.page(ctx, account, months[index], before, limit + 1 - len(items))
        items += map(_item, docs)
        before = None
        if len(items) > limit:
            last = docs[-2] if len(docs) > 1 else None
            return Page(items=items[:limit], cursor=_name(months[index], last))
    return Page(items=items)


async def unread(ctx: Ctx, account: str) -> int:
    """Unread messages of this and the last month; two calls."""
    return sum([await store.unread(ctx, account, month) for month in _recent(ctx)])


async def mark_read(ctx: Ctx, account: str, ids: list[str] | None = None) -> int:
    """Marks messages of this and the last two months as read: those named, or all; how many."""
    return sum([await store.read(ctx, account, month, ids) for month in _recent(ctx, 2)])


def _recent(ctx: Ctx, back: int = 1) -> list[datetime]:
    return store.months(ctx.wire_now(), back)


def _item(doc: dict) -> Item:
    fields = ("at", "title", "text", "icon", "link", "state")
    return Item(
        id=doc["_id"], read=doc["read_at"] is not None, **{name: doc[name] for name in fields}
    )


def _name(month: datetime, last: dict | None = None) -> str:
    """``202611`` or ``202611.<milliseconds>.<id>``: continue in that month, after that message."""
    name = f"{month:%Y%m}"
    return f"{name}.{int(last['at'].timestamp() * 1000)}.{last['_id']}" if last else name


def _read(cursor: str, months: list[datetime]) -> tuple[int, tuple[datetime, str] | None]:
    month, _, last = cursor.partition(".")
    names = [f"{known:%Y%m}" for known in months]
    at, _, key = last.partition(".")
    try:
        start = names.index(month)
        before = (datetime.fromtimestamp(int(at) / 1000, months[0].tzinfo), key) if last else None
    except (ValueError, OverflowError):
        raise Invalid(fields={"cursor": "无效的翻页位置"}) from None
    return start, before
