"""Every collection has a name of its own, named indexes and a known time to be kept."""

from collections import Counter

from tests.house import loaded
from tests.house.pages.retention import CLASSES
from wx_backend.base.collection import Collection, Index
from wx_backend.entrypoints import wiring


def problems(collections: list[Collection]) -> list[str]:
    found = [
        f"{name} is declared {times} times"
        for name, times in Counter(one.name for one in collections).items()
        if times > 1
    ]
    for one in collections:
        if one.retention not in CLASSES:
            found.append(f"{one.name} is kept as {one.retention!r}, which no class describes")
        for name, times in Counter(index.name for index in one.all_indexes()).items():
            if not name or times > 1:
                found.append(f"{one.name} has {times} indexes named {name!r}")
        for index in one.all_indexes():
            if index.partial is not None and index.sparse:
                found.append(f"{one.name}.{index.name} is both sparse and partial")
    return found


def test_every_collection() -> None:
    assert problems(loaded.declared(Collection)) == []


def test_every_class_of_retention_is_used() -> None:
    assert CLASSES.keys() - {one.retention for one in wiring.collections()} == set()


def test_what_the_rule_refuses() -> None:
    day = Index("day", (("day", 1),))
    assert problems([Collection("slots", "outpatient", (day,))]) == []
    assert problems([Collection("slots", "a while")]) == [
        "slots is kept as 'a while', which no class describes"
    ]
    assert problems([Collection("slots", "outpatient", (day, day))]) == [
        "slots has 2 indexes named 'day'"
    ]
    assert problems([Collection("slots", "outpatient")] * 2) == ["slots is declared 2 times"]
    both = Index("open", (("open", 1),), sparse=True, partial={"open": True})
    assert problems([Collection("slots", "outpatient", (both,))]) == [
        "slots.open is both sparse and partial"
    ]
