"""Nothing that a slice declares is forgotten: wiring collects it all."""

from collections.abc import Iterable

from tests.house import loaded
from tests.house.places import place
from wx_backend.base.collection import Collection
from wx_backend.base.events import EventType
from wx_backend.entrypoints import wiring


def forgotten(declared: Iterable, collected: Iterable) -> list:
    """What no process would know of."""
    known = {id(one) for one in collected}
    return [one for one in declared if id(one) not in known]


def _of_slices(name: str) -> list[tuple[str, list | dict]]:
    """(module, its list of this name) of every file of a slice."""
    return [
        (module, value)
        for module, value in loaded.listed(name).items()
        if (here := place(module)) and here.slice and isinstance(value, list | dict)
    ]


def test_every_collection_gets_its_indexes() -> None:
    declared = loaded.declared(Collection)
    assert [one.name for one in forgotten(declared, wiring.collections())] == []


def test_every_event_is_known_to_the_relay() -> None:
    declared = loaded.declared(EventType)
    assert [one.name for one in forgotten(declared, wiring.events())] == []


def test_every_route_is_served() -> None:
    declared = [route for _, routes in _of_slices("routes") for route in routes]
    assert declared
    assert [route[0] for route in forgotten(declared, wiring.routes())] == []


def test_every_sweep_runs() -> None:
    declared = {sweep.name: sweep for _, sweeps in _of_slices("sweeps") for sweep in sweeps}
    assert declared
    assert [one.name for one in forgotten(declared.values(), wiring.sweeps())] == []


def test_every_reaction_is_called_and_hears_an_event_that_exists() -> None:
    heard = wiring.reactions()
    names = {kind.name for kind in wiring.events()}
    assert [name for name in heard if name not in names] == []
    for module, declared in _of_slices("reactions"):
        for event, listed in declared.items():
            assert forgotten(listed, heard[event]) == [], f"{module} is not called for {event}"


def test_what_messages_ask_and_tell_is_about_an_event_that_exists() -> None:
    asked = wiring.STILL_TRUE.keys() | wiring.UNREACHED.keys() | wiring.ANSWERED.keys()
    assert asked <= {kind.name for kind in wiring.events()}


def test_names_are_given_once() -> None:
    names = [
        [one.name for one in wiring.sweeps()],
        [one.name for one in wiring.events()],
        [route[0] for route in loaded.routes()],
    ]
    assert [sorted(set(group)) for group in names] == [sorted(group) for group in names]


def test_what_is_not_collected_is_forgotten() -> None:
    kept, lost = ["a"], ["a"]
    assert forgotten([kept, lost], [kept]) == [lost]
    assert forgotten([kept], [kept, lost]) == []
