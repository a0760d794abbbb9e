"""Any two things may happen to one appointment at the same moment: places and money add up.

Every pair meets once a round, at one of the moments of an appointment's life; ``script/drill
pairs`` lets each meet 200 times (``tests/drill/pairs``).
"""

from tests.drill.pairs.acts import ACTS, pairs
from tests.drill.pairs.play import Pairs
from tests.helpers.outpatient import IN_ONE_LOOP

pytestmark = IN_ONE_LOOP

ROUNDS = 1
SEED = 2611
"""Of the pauses; the drill tries others."""


async def test_two_things_at_once(clinic):
    playing = Pairs(clinic, seed=SEED)
    await playing.begin()
    for number in range(ROUNDS):
        await playing.round(number)
    assert playing.met.total() == ROUNDS * len(pairs())
    assert {(name, name) for name in ACTS} <= {(first, second) for first, second, _ in pairs()}
