"""``script/demo --smoke``: the stories through sockets only, step by step, each ending in a ledger.

``--break STEP`` spoils what the step relies on, and the step's own check has to notice: the run
must then fail. Nothing of the product is imported but its clock.
"""

import argparse
import sys

from wx_backend.entrypoints.demo.phone import Sandbox
from wx_backend.entrypoints.demo.smoke_booking import Booking
from wx_backend.entrypoints.demo.smoke_critical import Critical
from wx_backend.entrypoints.demo.steps import Story

STORIES: tuple[type[Story], ...] = (Booking, Critical)


def stories(args: argparse.Namespace) -> list[Story]:
    """All, or the one with the step that is to be spoilt."""
    common = (args.broken, args.phone, Sandbox(args.sandbox))
    told = (Booking(*common), Critical(*common, args.gateway))
    return [story for story in told if args.broken in (None, *story.steps)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("web", "phone", "sandbox", "gateway"):
        parser.add_argument(f"--{name}", required=True)
    steps = [step for story in STORIES for step in story.steps]
    parser.add_argument("--break", dest="broken", choices=steps)
    told = [story.play() for story in stories(parser.parse_args())]
    return 0 if all(told) else 1


if __name__ == "__main__":
    sys.exit(main())
