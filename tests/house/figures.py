"""The house in figures."""

import statistics
from collections.abc import Iterator

from tests.house import loaded
from tests.house.pages import book as pages
from tests.house.pages.routes import public_handlers
from tests.house.places import place
from tests.house.rules import purity, size
from tests.house.rules.book import RULES, violations
from tests.house.source import Source, product, python
from wx_backend.base.errors import AppError
from wx_backend.base.machine import Machine
from wx_backend.entrypoints import wiring


def lengths(sources: list[Source]) -> str:
    """``files, median and longest`` of files that are not empty."""
    full = [source for source in sources if source.text]
    longest = max(full, key=lambda source: source.lines)
    middle = statistics.median(source.lines for source in full)
    above = sum(source.lines > size.AIM for source in full)
    return (
        f"{len(full)} files, {sum(source.lines for source in full)} lines; median {middle:.0f}, "
        f"longest {longest.lines} ({longest.path}), {above} above {size.AIM}"
    )


def report() -> Iterator[str]:
    """The lines that script/house prints."""
    yield f"product     {lengths(product())}"
    for source in product():
        if source.lines > size.AIM:
            yield f"  {source.path:<46} {source.lines} lines"
    yield f"tests       {lengths([one for one in python() if one.path.startswith('tests/')])}"
    slices = {here.slice for one in product() if (here := place(one.module)) and here.slice}
    yield f"slices      {len(slices)} with {len(wiring.collections())} collections"
    yield f"events      {len(wiring.events())}, {len(wiring.sweeps())} sweeps"
    yield f"states      {len(loaded.declared(Machine))} transition tables"
    coded = [kind for kind in loaded.errors() if kind is AppError or "code" in vars(kind)]
    yield f"errors      {len(coded)} codes"
    yield f"exceptions  {len(purity.NAMED) + len(purity.PARTS)} files beside the usual names"
    yield f"pages       {len(pages.PAGES)}, stale: {', '.join(pages.stale()) or 'none'}"
    found = broken()
    yield f"rules       {len(RULES)}, violations: {len(found)}"
    yield from (f"  {problem}" for problem in found)
    public = public_handlers()
    yield f"routes      {len(loaded.routes())}, of them open to anybody: {len(public)}"
    yield from (f"  {address:<46} {reason}" for address, reason in public)


def broken() -> list[str]:
    return [problem for rule in RULES for problem in violations(rule)]
