"""``python -m tests.drill [NAME…] [--seconds S] [--rounds N] [--seed N] [--step N] [--keep]``: all
without a name. ``crash:STORY`` is one story of ``crash``, with ``-`` for its blanks; several may
run side by side, each in a process of its own.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from tests.drill import breaks, chance, critical, money, reconciliation, stops, waiting
from tests.drill.crash import PLOTS, Drill
from tests.drill.plan import PLANS
from tests.drill.rig import Rig
from tests.drill.run import Run
from tests.helpers.sandbox import Sandbox
from tests.helpers.servers import Servers

CRASH, BREAKS = "crash", "breaks"
STORIES = {"critical": critical, "waiting": waiting, "stops": stops}
"""Drills that are told in a file of their own."""

CHANCE = {
    "machine": chance.machine,
    "money": chance.orders,
    "pairs": chance.meetings,
    "reconciliation": reconciliation.days,
}
ABOUT = {
    CRASH: "kill after every write",
    BREAKS: breaks.ABOUT,
    "machine": "any order of what people, hospital, platform and clock do",
    "reconciliation": reconciliation.ABOUT,
    "money": money.ABOUT,
    "pairs": "every two commands at the same moment on one appointment",
    **{name: story.ABOUT for name, story in STORIES.items()},
    **{name: plan.about for name, plan in PLANS.items()},
}
"""Drills that run without a name."""


def crash(story: str, step: int) -> list[str]:
    """A story, or all without a name, killed after each ``step``-th of its writes."""
    problems = []
    servers = Servers()
    with tempfile.TemporaryDirectory(prefix="wx-crash-") as folder:
        home = Path(folder)
        with Sandbox(home / "sandbox") as sandbox:
            drill = Drill(servers.addresses.mongo_uri, sandbox, home / "product.log")
            for name in PLOTS:
                if story in ("", _typed(name)):
                    problems += _every_write(drill, name, step)
            drill.close()
    servers.close()
    return problems


def _typed(story: str) -> str:
    """The name of a story as an argument."""
    return story.replace(",", "").replace(" ", "-")


def _every_write(drill: Drill, name: str, step: int) -> list[str]:
    began, problems = time.monotonic(), []
    died: Counter[str] = Counter()
    unknown = 0
    for n, outcome in drill.every(name, step, step - 1):
        if outcome.died_in:
            died[outcome.died_in] += 1
        unknown += outcome.unknown
        problems += [f"{name}, write {n}: {problem}" for problem in outcome.problems]
    if step == 1 and not PLOTS[name].heart & died.keys():
        problems.append(f"{name}: never killed where it matters")
    steps = ", ".join(f"{step} {count}" for step, count in died.items())
    print(f"  {name}: killed after {died.total()} writes: {steps}")
    took = time.monotonic() - began
    each = took / (died.total() + 1)
    print(f"    {unknown} sends unknown; {took:.0f} s, {each:.1f} s each", flush=True)
    return problems


def rig(name: str, seconds: float, seed: int, keep: bool) -> list[str]:
    with Rig(keep, name in PLANS and PLANS[name].members) as running:
        run = (
            STORIES[name].Run(running, seed)
            if name in STORIES
            else Run(running, PLANS[name], seconds, seed)
        )
        problems = run.play()
        if keep:
            print(f"  kept: {running.path}")
    return problems


def left_behind() -> list[str]:
    """Command lines of our children, but for multiprocessing's own helpers, which end with us."""
    lines = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    return [line for line in lines if "multiprocessing." not in line]


def main() -> int:
    names = list(ABOUT)
    told = {f"{CRASH}:{_typed(story)}": f"kill after every write of “{story}”" for story in PLOTS}
    parser = argparse.ArgumentParser(prog="drill", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*names, *told]))
    parser.add_argument("--seconds", type=float, default=30.0, help="how long patients come")
    parser.add_argument("--rounds", type=int, default=200, help="of chance, and days")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--step", type=int, default=1, help="crash: after each N-th write")
    parser.add_argument("--keep", action="store_true", help="leave data and logs behind")
    args = parser.parse_args()
    if unknown := set(args.names) - {*names, *told}:
        parser.error(f"no such drill: {', '.join(sorted(unknown))}")
    failed = 0
    for name in args.names or names:
        print(f"\n{name}: {(ABOUT | told)[name]} (seed {args.seed})", flush=True)
        if name == CRASH or name in told:
            problems = crash(name.partition(":")[2], args.step)
        elif name == BREAKS:
            problems = breaks.every_step()
        elif name in CHANCE:
            problems = CHANCE[name](args.seed, args.rounds)
        else:
            problems = rig(name, args.seconds, args.seed, args.keep)
        if left := left_behind():
            problems.append(f"processes left behind: {left}")
        print(f"  {'✗' if problems else '✓ the ledger balances'}", *problems, sep="\n    ")
        failed += bool(problems)
    return failed


if __name__ == "__main__":
    sys.exit(main())
