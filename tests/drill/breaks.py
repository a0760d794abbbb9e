"""``breaks``: ``script/demo --smoke --break STEP`` for every step of both stories, on one hospital:
each run has to fail, and at that step. A whole run comes first and last, which must not.
"""

import subprocess
import sys
import time

from tests.drill.rig import Rig
from wx_backend.entrypoints.demo.smoke import STORIES

ABOUT = "what a step of the smoke run relies on is spoilt: that step notices"
STEPS = [step for story in STORIES for step in story.steps]
LONGEST = 180.0
"""Seconds after which a run is an error by itself."""


def every_step() -> list[str]:
    problems = []
    with Rig() as rig:
        for step in ("", *STEPS, ""):
            began = time.monotonic()
            code, failed = _smoke(rig, step)
            said = f"exit {code}, failed at {', '.join(failed) or 'nothing'}"
            print(f"  {step or 'whole':14} {said}; {time.monotonic() - began:.0f} s", flush=True)
            if failed != ([step] if step else []) or bool(code) != bool(step):
                problems.append(f"{step or 'whole'}: {said}")
    return problems


def _smoke(rig: Rig, step: str) -> tuple[int, list[str]]:
    """Exit code, and the steps that were said to have failed."""
    where = [f"--{name}={address}" for name, address in rig.addresses.items()]
    command = [sys.executable, "-m", "wx_backend.entrypoints.demo.smoke", *where]
    done = subprocess.run(
        [*command, *([f"--break={step}"] if step else [])],
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    lines = (line.split() for line in done.stdout.splitlines())
    return done.returncode, [words[1] for words in lines if words[:1] == ["✗"]]
