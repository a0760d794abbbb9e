"""A rule of the house: a check over source files, with code it accepts and code it refuses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.house.source import Source

Check = Callable[[list[Source]], Iterable[str]]
Files = dict[str, str]
"""Made-up files for a rule to read: path -> text."""


@dataclass(frozen=True)
class Rule:
    """``check`` gives violations as ``path:line what is wrong``.

    Args:
        good: files without a violation.
        bad: words of a violation -> files with just this one; so no rule is unable to fail.
        everywhere: tests and scripts keep it too, not only the product.
    """

    name: str
    check: Check
    good: Files
    bad: dict[str, Files]
    everywhere: bool = False


def each(check: Callable[[Source], Iterable[str]]) -> Check:
    """A check of many files from a check of one."""
    return lambda sources: [problem for source in sources for problem in check(source)]


def snippet(files: Files) -> list[Source]:
    return [Source(path, text) for path, text in files.items()]
