import pytest

from wx_backend.base.errors import WrongState
from wx_backend.base.machine import Machine


def door(**changes):
    table = {
        "name": "door",
        "states": frozenset({"OPEN", "SHUT", "GONE"}),
        "initial": "OPEN",
        "transitions": {
            ("OPEN", "shut"): "SHUT",
            ("SHUT", "open"): "OPEN",
            ("OPEN", "remove"): "GONE",
            ("SHUT", "remove"): "GONE",
        },
        "terminal": frozenset({"GONE"}),
    }
    return Machine(**table | changes)


def test_next_follows_the_table():
    assert door().next("OPEN", "shut") == "SHUT"


@pytest.mark.parametrize(("state", "action"), [("SHUT", "shut"), ("GONE", "open"), ("OPEN", "?")])
def test_what_the_table_does_not_allow_is_a_wrong_state(state, action):
    with pytest.raises(WrongState) as refused:
        door().next(state, action)
    assert refused.value.data["state"] == state


def test_sources_are_the_states_an_action_may_start_from():
    assert door().sources("remove") == {"OPEN", "SHUT"}
    assert door().sources("paint") == frozenset()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"initial": "AJAR"}, "unknown"),
        ({"states": frozenset({"OPEN", "SHUT", "GONE", "LOST"})}, "unreachable"),
        ({"terminal": frozenset({"GONE", "SHUT"})}, "terminal but left"),
        ({"terminal": frozenset()}, "without a way out"),
    ],
)
def test_a_table_with_a_hole_is_refused_where_it_is_declared(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        door(**change)
