"""Whatever people, the hospital, the platform and the clock do, in any order: places and money are
conserved. Nothing here knows what should happen next.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from tests.drill.machine.office import Office
from tests.drill.machine.patients import Patients
from tests.drill.machine.queue import Queue
from tests.drill.machine.rest import Rest
from tests.drill.machine.surroundings import OURS, Surroundings
from tests.drill.machine.telling import tell
from tests.drill.machine.world import World
from tests.helpers.outpatient import Outpatient
from tests.helpers.sandbox import Sandbox

FEE_FEN = 5000
SPOTS = (0, 2)
"""The two numbers of the session that is changed."""


class Story(Patients, Queue, Office, Surroundings):
    """Four people, two numbers, a colleague with two more, and next week."""

    @initialize(
        first=st.booleans(),
        batches=st.booleans(),
        free=st.integers(0, 3),
        booked=st.integers(0, 2),
        paid=st.booleans(),
        waiting=st.integers(0, 2),
    )
    def open(
        self, first: bool, batches: bool, free: int, booked: int, paid: bool, waiting: int
    ) -> None:
        """In the middle of it: two may have a number already, two others wait for one."""
        begun = self.world.begin(
            wait_list_first=int(first),
            return_most_minutes=15 * batches,
            fee_chief_fen=FEE_FEN if free else 0,
        )
        self.runner.run(begun)
        self.keys = {}
        for who, spot in list(enumerate(SPOTS))[:booked]:
            self.hold(who, spot)
            if paid:
                self.pay(who, told=True)
                self.work()
        for who, spot in list(enumerate(SPOTS, start=len(SPOTS)))[:waiting]:
            self.join(who, spot, "slot", auto=False)

    @invariant()
    def conserved(self) -> None:
        self.runner.run(self.clinic.balanced(at_rest=False))

    def teardown(self) -> None:
        self.runner.run(self.clinic.answered())
        self.runner.run(Rest(self.world).come())


def play(
    mongo_uri: str, sandbox: Sandbox, examples: int, steps: int, seed: int | None = None
) -> dict[str, Counter[str]]:
    """As ``telling.tell``; how things ended, by what they are."""
    ends: dict[str, Counter[str]] = {}

    def begin(runner: asyncio.Runner, clinic: Outpatient) -> Callable[[], Story]:
        nonlocal ends
        clinic.sweeps = OURS
        world = World(clinic)
        ends = world.ends
        return lambda: Story(runner, world)

    tell(mongo_uri, sandbox, examples, steps, seed, begin)
    return ends
