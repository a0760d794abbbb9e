"""Every state is reachable, and is written in the glossary before it is coded."""

import re

import pytest

from tests.house import loaded
from tests.house.source import ROOT
from wx_backend.base.machine import Machine

GLOSSARY = ROOT / "docs" / "glossary.md"


def unwritten(machines: list[Machine], glossary: str) -> list[str]:
    words = set(re.findall(r"`([A-Z_]+)`", glossary))
    return [
        f"{machine.name}: {state} is not in docs/glossary.md"
        for machine in machines
        for state in sorted(machine.states - words)
    ]


def test_every_state_is_in_the_glossary() -> None:
    assert unwritten(loaded.declared(Machine), GLOSSARY.read_text("utf-8")) == []


def test_every_machine_is_whole_and_has_a_name_of_its_own() -> None:
    machines = loaded.declared(Machine)
    assert machines
    for machine in machines:
        machine.check()
    names = [machine.name for machine in machines]
    assert sorted(set(names)) == sorted(names)


def test_what_the_rules_refuse() -> None:
    call = Machine("call", frozenset({"A", "B"}), "A", {("A", "go"): "B"}, frozenset({"B"}))
    assert unwritten([call], "`A` 甲 `B` 乙") == []
    assert unwritten([call], "`A` 甲, B") == ["call: B is not in docs/glossary.md"]
    with pytest.raises(ValueError, match="unreachable"):
        Machine("call", frozenset({"A", "B"}), "A", {("B", "go"): "A"})
