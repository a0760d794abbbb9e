"""``script/demo --smoke``: the stories through sockets only, step by step, each ending in a ledger.

``--break STEP`` spoils what the step relies on, and the step's own check has to notice: the run
must then fail. Nothing of the product is imported.
"""

import argparse
import sys

from wx_backend.entrypoints.demo.phone import Sandbox
from wx_backend.entrypoints.demo.smoke_booking import Booking
from wx_backend.entrypoints.demo.steps import Story

STORIES: tuple[type[Story], ...] = (Booking,)


def chosen(broken: str | None) -> list[type[Story]]:
    """All stories, or the one with the step that is to be spoilt."""
    return [story for story in STORIES if broken in (None, *story.steps)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--web", required=True)
    parser.add_argument("--phone", required=True)
    parser.add_argument("--sandbox", required=True)
    steps = [step for story in STORIES for step in story.steps]
    parser.add_argument("--break", dest="broken", choices=steps)
    args = parser.parse_args()
    told = [
        story(args.broken, args.phone, Sandbox(args.sandbox)).play()
        for story in chosen(args.broken)
    ]
    return 0 if all(told) else 1


if __name__ == "__main__":
    sys.exit(main())
