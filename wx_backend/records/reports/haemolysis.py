"""Whether a specimen is haemolysed, which raises its potassium. Pure."""

from collections.abc import Iterable

from wx_backend.records.reports.model import WITHDRAWN, Item
from wx_backend.records.reports.quantity import quantity, spelled
from wx_backend.records.reports.rules import Index, Rulebook, Subject
from wx_backend.records.reports.wording import judge

HAEMOLYSED = "HEM"
"""Table 0493."""


def says_so(items: Iterable[Item], subject: Subject, book: Rulebook) -> bool:
    """The laboratory has said so: of the specimen (SPM-24), or by an index among its results."""
    if HAEMOLYSED in subject.state:
        return True
    index = book.haemolysis
    return index is not None and any(is_index(one, book) and _beyond(one, index) for one in items)


def is_index(item: Item, book: Rulebook) -> bool:
    index = book.haemolysis
    if index is None or item.status in WITHDRAWN:
        return False
    return item.code.strip().upper() in index.codes or item.name.strip() in index.names


def _beyond(item: Item, index: Index) -> bool:
    """Doubt is no haemolysis: then the rule fires as ever."""
    value = quantity(item.value)
    if value is None:
        return judge(item.value, index.words) == "CRITICAL"
    limit = {spelled(unit): most for unit, most in index.above.items()}.get(spelled(item.unit))
    return limit is not None and not value.relation.startswith("<") and value.amount > limit
