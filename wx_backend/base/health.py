"""Named checks behind the two questions a load balancer asks: is the process alive, may it get
work?
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

Check = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)


class Report(msgspec.Struct, frozen=True):
    """`checks` maps each name to "ok" or to the kind of failure; details are in the log only."""

    ok: bool
    checks: dict[str, str]


class Health:
    """A check is an async function that raises when something is wrong, or is given up after
    `timeout` seconds.
    """

    def __init__(self, timeout: float = 2.0) -> None:
        self._timeout = timeout
        self._checks: dict[str, tuple[Check, bool]] = {}
        self._told: set[str] = set()

    def add(self, name: str, check: Check, *, vital: bool = False, told_only: bool = False) -> None:
        """Register a check. A `vital` one also counts for `live`: failing, the process should be
        restarted. One that is `told_only` is in the report, and takes no work from the process:
        every other would fail it, too.
        """
        if name in self._checks:
            raise ValueError(f"there is already a health check {name!r}")
        self._checks[name] = (check, vital)
        if told_only:
            self._told.add(name)

    async def live(self) -> Report:
        """Only the vital checks."""
        return await self._run([name for name, (_, vital) in self._checks.items() if vital])

    async def ready(self) -> Report:
        """All checks."""
        return await self._run(list(self._checks))

    async def _run(self, names: list[str]) -> Report:
        results = await asyncio.gather(*(self._outcome(name) for name in names))
        checks = dict(zip(names, results, strict=True))
        return Report(all(checks[name] == "ok" for name in names if name not in self._told), checks)

    async def _outcome(self, name: str) -> str:
        check, _ = self._checks[name]
        try:
            await asyncio.wait_for(check(), self._timeout)
        except Exception as failure:
            logger.warning("health.failed", extra={"check": name}, exc_info=failure)
            return type(failure).__name__
        return "ok"
