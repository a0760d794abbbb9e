"""Small files, and packages that say nothing."""

from collections.abc import Iterator

from tests.house.rule import Rule, each
from tests.house.source import Source

AIM = 250
STOP = 400


def too_long(source: Source) -> Iterator[str]:
    if source.lines > STOP:
        yield f"{source.path}:{STOP} is {source.lines} lines long (aim {AIM}, stop at {STOP})"


def talking_package(source: Source) -> Iterator[str]:
    if source.path.endswith("__init__.py") and source.text:
        yield f"{source.path}:1 is not empty"


rules = [
    Rule(
        f"no file is longer than {STOP} lines",
        each(too_long),
        good={"booking/queue/model.py": "x = 1\n" * STOP},
        bad={"is 401 lines long": {"booking/queue/model.py": "x = 1\n" * (STOP + 1)}},
        everywhere=True,
    ),
    Rule(
        "packages are empty",
        each(talking_package),
        good={"booking/queue/__init__.py": "", "booking/queue/model.py": "x = 1"},
        bad={
            "booking/queue/__init__.py:1 is not empty": {
                "booking/queue/__init__.py": "from booking.queue.service import call\n",
            },
        },
        everywhere=True,
    ),
]
