"""What every rule of the machine needs: the world, and how something is done in it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.drill.machine.world import PEOPLE, World
from tests.helpers.outpatient import Patient
from wx_backend.base.errors import AppError

WHO = st.integers(0, PEOPLE - 1)
PICK = st.integers(0, 5)
SPOT = st.sampled_from((0, 0, 0, 2, 2, 1, 4))
"""Mostly the session that is changed, sometimes the colleague's or the next week's."""


class Rules(RuleBasedStateMachine):
    """The base of the rules: ``do`` something in ``world``."""

    def __init__(self, runner: asyncio.Runner, world: World):
        super().__init__()
        self.runner, self.world, self.clinic = runner, world, world.clinic

    def do(self, act: Coroutine[Any, Any, Any]) -> Any:
        """What came of it; a clear refusal is an answer like any other."""
        try:
            return self.runner.run(act)
        except AppError as refusal:
            assert refusal.status < 500 or refusal.code.startswith("gateway"), refusal
            return None

    def person(self, who: int) -> Patient:
        return self.world.people[who]

    def slot(self, spot: int) -> str:
        return self.world.slots[spot % len(self.world.slots)]
