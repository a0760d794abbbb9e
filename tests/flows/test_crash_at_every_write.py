"""The product is killed right after a database write, started again, and everything balances.

Every 25th write of the critical value and of one booking story, another story and other writes
with each day, fewer of the long ones; one write of a story of money, another with each day.
`script/drill crash` takes every write of them all.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.drill import list_stories, repair_story
from tests.drill.crash import PLOTS, Drill
from tests.helpers.sandbox import Sandbox

STEP, LONG_STEP = 25, 35
CRITICAL = "critical value"
OF_MONEY = {"by Alipay": (20, 60), "repair": (28, 56), "posted again": (40, 70)}
"""Writes of each, from … to: payment and refund, the run and the repairs; more come after."""


@pytest.fixture(scope="module")
def drill(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """With a sandbox of its own: the drill clears its books for each telling."""
    home = tmp_path_factory.mktemp("crash")
    with Sandbox(home / "sandbox") as sandbox:
        running = Drill(mongo_uri, sandbox, home / "product.log")
        yield running
        running.close()


@pytest.mark.parametrize("kind", ["booking", CRITICAL])
def test_a_story_killed_after_a_write_balances(drill: Drill, kind: str) -> None:
    day = datetime.now(UTC).toordinal()
    bookings = [plot for plot in PLOTS if plot not in (CRITICAL, *repair_story.PLOTS)]
    name = CRITICAL if kind == CRITICAL else bookings[day % len(bookings)]
    step = LONG_STEP if name in list_stories.PLOTS else STEP
    offset = day // len(bookings) % step
    died = []
    for n, outcome in drill.every(name, step, offset):
        assert not outcome.problems, f"{name}, killed after write {n} in {outcome.died_in}"
        died.append(outcome.died_in)
    print(f"{name}: every {step}th write from {offset + 1} on, died in {died}")
    assert died[-1] is None, "the last telling survives: no write is left to die after"
    assert len(died) > 1, "the story was never killed"


def test_money_killed_after_a_write_balances(drill: Drill) -> None:
    """Paid and given back by Alipay one day, a day put right by finance, or posted again, the
    next."""
    day = datetime.now(UTC).toordinal()
    name = sorted(OF_MONEY)[day % len(OF_MONEY)]
    first, last = OF_MONEY[name]
    n = first + day // len(OF_MONEY) % (last - first)
    outcome = drill.tell(PLOTS[name], n)
    assert not outcome.problems, f"{name}, killed after write {n} in {outcome.died_in}"
    assert outcome.died_in, f"{name} has no write {n} to die after"
