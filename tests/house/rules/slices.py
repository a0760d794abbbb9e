"""From another slice only its public files; slices form no cycles."""

from collections.abc import Iterator

from tests.house.places import place
from tests.house.rule import Rule, each
from tests.house.source import Import, Source

PUBLIC = ("service", "model", "access", "events")
COLLECTED = ("store", "handlers", "tasks", "reactions")
ASSEMBLY = {
    "wx_backend.entrypoints.wiring": COLLECTED,
    "wx_backend.entrypoints.worker": ("tasks",),
}
"""Who puts the house together, and which private files it may collect."""


def trespass(source: Source) -> Iterator[str]:
    """Imports of another slice's private files."""
    here = place(source.module)
    allowed = (*PUBLIC, *ASSEMBLY.get(source.module, ()))
    for line, target, _ in source.imports:
        there = place(target)
        if there is None or not there.slice or (here and there.slice == here.slice):
            continue
        if there.file not in allowed:
            yield (
                f"{source.path}:{line} imports {target} "
                f"({there.slice} shows only {', '.join(PUBLIC)})"
            )


def cycles(sources: list[Source]) -> Iterator[str]:
    """Slices that import each other, directly or in a ring."""
    uses: dict[str, dict[str, tuple[Source, Import]]] = {}
    for source in sources:
        here = place(source.module)
        for found in source.imports:
            there = place(found.target)
            if here and there and here.slice and there.slice not in ("", here.slice):
                uses.setdefault(here.slice, {}).setdefault(there.slice, (source, found))
    for start in sorted(uses):
        ring = _ring(uses, start)
        if ring and start == min(ring):
            source, found = uses[start][ring[1]]
            yield f"{source.path}:{found.line} closes the ring {' > '.join(ring)}"


def _ring(uses: dict[str, dict], start: str) -> list[str] | None:
    """The shortest way from ``start`` back to itself."""
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for after in uses.get(path[-1], ()):
            if after == start:
                return [*path, start]
            if after not in seen:
                seen.add(after)
                paths.append([*path, after])
    return None


rules = [
    Rule(
        "slices show only their public files",
        each(trespass),
        good={
            "booking/queue/service.py": "from booking.payments import service\n"
            "from booking.queue import store",
            "wx_backend/entrypoints/wiring.py": "import booking.queue.store",
        },
        bad={
            "booking/queue/service.py:1 imports booking.payments.ledger.fold "
            "(booking.payments shows only service, model, access, events)": {
                "booking/queue/service.py": "from booking.payments.ledger import fold",
            },
            "wx_backend/entrypoints/upkeep.py:1 imports booking.queue.store": {
                "wx_backend/entrypoints/upkeep.py": "import booking.queue.store",
            },
        },
    ),
    Rule(
        "slices form no cycles",
        cycles,
        good={
            "booking/a/service.py": "from booking.b import service",
            "booking/b/service.py": "from booking.b import model",
        },
        bad={
            "closes the ring booking.a > booking.b > booking.c > booking.a": {
                "booking/a/service.py": "from booking.b import service",
                "booking/b/service.py": "from booking.c import model",
                "booking/c/model.py": "from booking.a.model import A",
            },
        },
    ),
]
