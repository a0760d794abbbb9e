"""Booking and money left to chance: long stories, and every two commands at once."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis.errors import Flaky

from tests.drill import money
from tests.drill.machine import story
from tests.drill.pairs.acts import pairs
from tests.drill.pairs.play import Pairs
from tests.helpers.outpatient import outpatient
from tests.helpers.sandbox import Sandbox
from tests.helpers.servers import Servers

STEPS = 60
TOLD_EVERY = 20

Play = Callable[[str, Sandbox], None]


def machine(seed: int, rounds: int) -> list[str]:
    """So many stories of numbers and money; what does not balance."""
    return _stories(story.play, seed, rounds)


def orders(seed: int, rounds: int) -> list[str]:
    """So many stories of money alone; what does not balance."""
    return _stories(money.play, seed, rounds)


def _stories(play: Callable[..., dict[str, Counter[str]]], seed: int, rounds: int) -> list[str]:
    def tell(mongo_uri: str, sandbox: Sandbox) -> None:
        ends = play(mongo_uri, sandbox, rounds, STEPS, seed)
        for what, counted in sorted(ends.items()):
            print(f"  {what:<14}{_list(counted)}")

    return _balanced(tell)


def meetings(seed: int, rounds: int) -> list[str]:
    """So many rounds of every pair; what does not balance."""

    async def meet(mongo_uri: str, sandbox: Sandbox) -> None:
        async with outpatient(mongo_uri, sandbox) as clinic:
            playing = Pairs(clinic, seed)
            await playing.begin()
            for number in range(rounds):
                await playing.round(number)
                if (number + 1) % TOLD_EVERY == 0:
                    print(f"  {number + 1} rounds of {len(pairs())} pairs", flush=True)
            for moment, ends in playing.ends.items():
                print(f"  {moment:<10}{playing.met[moment]:>7} met: {_list(ends)}")
            print(f"  refused: {_list(playing.refused)}")

    return _balanced(lambda mongo_uri, sandbox: asyncio.run(meet(mongo_uri, sandbox)))


def _balanced(play: Play) -> list[str]:
    """On servers of its own; what was found out, in words."""
    began, servers = time.monotonic(), Servers()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="wx-chance-") as folder,
            Sandbox(Path(folder)) as sandbox,
        ):
            play(servers.addresses.mongo_uri, sandbox)
    except (AssertionError, Flaky) as error:
        return [str(error), *getattr(error, "__notes__", ())]
    finally:
        servers.close()
        print(f"  {time.monotonic() - began:.0f} s", flush=True)
    return []


def _list(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or "none"
