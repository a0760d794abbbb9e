"""Transition tables: which action leads from which state to which, written once and checked when
the program starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wx_backend.base.errors import WrongState


@dataclass(frozen=True)
class Machine:
    """The life of one kind of document. A table with a hole in it raises `ValueError` where it is
    declared.
    """

    name: str
    states: frozenset[str]
    initial: str
    transitions: Mapping[tuple[str, str], str]
    terminal: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        self.check()

    def next(self, state: str, action: str) -> str:
        """The state after `action`. Raises `WrongState` when this state does not allow it."""
        try:
            return self.transitions[state, action]
        except KeyError:
            raise WrongState(machine=self.name, state=state, action=action) from None

    def sources(self, action: str) -> frozenset[str]:
        """The states in which `action` is allowed: the condition of the one conditional write."""
        return frozenset(state for state, known in self.transitions if known == action)

    def check(self) -> None:
        """Raise `ValueError` unless every state is known, reachable, and ends exactly where it is
        declared terminal.
        """
        sources = {state for state, _ in self.transitions}
        mentioned = sources | set(self.transitions.values()) | self.terminal | {self.initial}
        problems = {
            "unknown": mentioned - self.states,
            "unreachable": self.states - self._reachable(),
            "terminal but left": self.terminal & sources,
            "without a way out": self.states - sources - self.terminal,
        }
        found = [f"{what} {sorted(which)}" for what, which in problems.items() if which]
        if found:
            raise ValueError(f"machine {self.name}: {'; '.join(found)}")

    def _reachable(self) -> set[str]:
        seen, queue = {self.initial}, [self.initial]
        while queue:
            here = queue.pop()
            onward = {after for (before, _), after in self.transitions.items() if before == here}
            queue.extend(onward - seen)
            seen |= onward
        return seen
