"""Events keep their shape for ever, and each is told to somebody or explicitly to nobody."""

from collections.abc import Iterable

import pytest

from notify.messages.catalogue import CATALOGUE, Silent, Told
from tests.house import frozen
from wx_backend.base.events import EventType
from wx_backend.entrypoints import wiring


def untold(events: Iterable[EventType], rows: Iterable[Told | Silent]) -> list[str]:
    """What the catalogue leaves open; the words are checked in tests/unit/notify/test_words.py."""
    names, told = [kind.name for kind in events], [row.event for row in rows]
    return [
        *(
            f"{name} has no row in notify/messages/catalogue.py"
            for name in names
            if name not in told
        ),
        *(f"{name} is in the catalogue but is no event" for name in told if name not in names),
        *(f"{name} has two rows" for name in sorted({n for n in told if told.count(n) > 1})),
        *(
            f"{r.event} is silent without a reason"
            for r in rows
            if isinstance(r, Silent) and not r.reason
        ),
    ]


@pytest.mark.parametrize("kind", wiring.events(), ids=lambda kind: kind.name)
def test_an_event_keeps_its_shape(kind: EventType) -> None:
    assert frozen.problems(kind, frozen.examples(kind)) == []


def test_an_event_that_is_gone_was_never_released() -> None:
    """Stored events outlive the code: a type is retired by silence, not by deletion."""
    names = {kind.name for kind in wiring.events()}
    kept = {path.stem.rpartition(".v")[0] for path in frozen.FOLDER.glob("*.json")}
    assert kept - names == set()


def test_every_event_is_told_or_silent() -> None:
    assert untold(wiring.events(), CATALOGUE) == []


def test_what_the_catalogue_rule_refuses() -> None:
    booked = EventType("a.booked", 1, {})
    assert untold([booked], [Told("a.booked", "words")]) == []
    assert untold([booked], []) == ["a.booked has no row in notify/messages/catalogue.py"]
    assert untold([], [Told("a.booked", "words")]) == [
        "a.booked is in the catalogue but is no event"
    ]
    assert untold([booked], [Silent("a.booked", "")]) == ["a.booked is silent without a reason"]
    assert untold([booked], [Silent("a.booked", "why"), Told("a.booked", "words")]) == [
        "a.booked has two rows"
    ]


def test_what_freezing_refuses() -> None:
    first = EventType("a.booked", 1, {"id": "apt", "fee": 5})
    assert frozen.problems(first, {1: {"id": "apt1", "fee": 7}}) == []
    assert "is not frozen" in frozen.problems(first, {})[0]
    assert "another shape" in frozen.problems(first, {1: {"id": "apt"}})[0]
    assert "another shape" in frozen.problems(first, {1: {"id": "apt", "fee": "5"}})[0]
    assert "knows v1" in frozen.problems(first, {1: first.example, 2: {}})[0]


def test_an_old_version_is_read_through_its_upcaster() -> None:
    old, new = {"fee": 5}, {"fee_fen": 500}
    renamed = EventType("a.booked", 2, new, {1: lambda data: {"fee_fen": data["fee"] * 100}})
    assert frozen.problems(renamed, {1: old, 2: new}) == []
    stuck = EventType("a.booked", 2, new)
    assert "has no upcaster" in frozen.problems(stuck, {1: old, 2: new})[0]


def test_an_example_is_kept_as_the_database_would(tmp_path) -> None:
    kind = next(one for one in wiring.events() if one.name == "appointment.booked")
    path = tmp_path / "example.json"
    path.write_text(frozen.dump(kind.example), "utf-8")
    assert frozen.read(path) == kind.example
    with pytest.raises(TypeError):
        frozen.dump({"slot": object()})
