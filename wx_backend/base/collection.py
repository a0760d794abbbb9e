"""What a slice declares of a collection: its indexes, its retention, what its documents carry."""

from typing import Any

import msgspec
from pymongo import IndexModel


class Index(msgspec.Struct, frozen=True):
    """An index: ``keys`` as (field, 1 or -1); ``partial`` is a filter expression."""

    name: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    sparse: bool = False
    partial: dict[str, Any] | None = None

    def model(self) -> IndexModel:
        options: dict[str, Any] = {"name": self.name}
        if self.unique:
            options["unique"] = True
        if self.sparse:
            options["sparse"] = True
        if self.partial is not None:
            options["partialFilterExpression"] = self.partial
        return IndexModel(list(self.keys), **options)

    def fits(self, stored: dict[str, Any] | None) -> bool:
        """Whether the database has it so; ``stored`` is its own description, None without any."""
        return stored is not None and self == Index(
            self.name,
            tuple((field, int(way)) for field, way in stored["key"]),
            bool(stored.get("unique")),
            bool(stored.get("sparse")),
            stored.get("partialFilterExpression"),
        )


OUTBOX_INDEX = Index("outbox", (("outbox.at", 1),), sparse=True)
CRITICAL_INDEX = Index("outbox_critical", (("outbox.critical", 1),), sparse=True)
DUE_INDEX = Index("due", (("due_at", 1),), sparse=True)


class Collection(msgspec.Struct, frozen=True):
    """A collection as its slice declares it.

    Args:
        scoped: documents belong to one institution (``inst``); queries see only the context's.
        outbox: documents carry events for the relay.
        critical: some are critical: found before all others, not (if forgotten) among them.
        monthly: one collection a month, named ``name_202611``.
        retention: how long documents are kept; see docs/retention.md.
        ages: the field with the moment from which a document's age counts; "" when it does not go
            by its age (a monthly collection goes by its month).
    """

    name: str
    retention: str
    indexes: tuple[Index, ...] = ()
    scoped: bool = True
    outbox: bool = False
    critical: bool = False
    monthly: bool = False
    ages: str = ""

    def all_indexes(self) -> list[Index]:
        wanted = ((OUTBOX_INDEX, self.outbox), (CRITICAL_INDEX, self.critical))
        return [*self.indexes, *(index for index, here in wanted if here)]


META = Collection("meta", retention="forever", scoped=False)


class Duplicate(Exception):
    """A unique index refused the write: ``field`` and ``value`` say which key was taken."""

    def __init__(self, field: str, value: Any):
        self.field, self.value = field, value
        super().__init__(f"{field} is taken")


def duplicate_of(details: dict) -> Duplicate:
    """From what the driver says of a refused write."""
    values = details.get("keyValue") or {"_id": None}
    if len(values) > 1:
        return Duplicate("+".join(values), tuple(values.values()))
    return Duplicate(*next(iter(values.items())))
