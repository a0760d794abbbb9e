"""Stories by chance: so many, each of so many steps, in a clinic of their own."""

import asyncio
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.helpers.outpatient import Outpatient, outpatient
from tests.helpers.sandbox import Sandbox

Begin = Callable[[asyncio.Runner, Outpatient], Callable[[], RuleBasedStateMachine]]
"""Prepares what the stories share, once; what it returns makes one story."""


def tell(
    mongo_uri: str,
    sandbox: Sandbox,
    examples: int,
    steps: int,
    seed: int | None,
    begin: Begin,
) -> None:
    """So many stories, each of so many steps at most; with a seed always the same ones.

    Raises:
        AssertionError: something is not conserved; the story that shows it is among its notes.
    """
    limits = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    with asyncio.Runner() as runner:
        running = outpatient(mongo_uri, sandbox)
        story = begin(runner, runner.run(running.__aenter__()))

        def one() -> RuleBasedStateMachine:
            return story()

        try:
            run_state_machine_as_test(one if seed is None else seeded(seed)(one), settings=limits)
        finally:
            runner.run(running.__aexit__(None, None, None))
