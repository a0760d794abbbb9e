"""A merchant that several institutions take money with: whose the lines of its bill are.

A bill is the merchant's, not the institution's. What is not in our books of the day is looked up
once in all books: numbers of attempts and refunds are unique everywhere.
"""

from collections.abc import Iterable

from booking.payments import service as payments
from booking.reconciliation.matching import Line
from wx_backend.base.context import Ctx

REASON = "bill of a shared merchant"


class Sharing:
    """One run's look into all books; audited when it is first needed."""

    def __init__(self, ctx: Ctx) -> None:
        self._ctx = ctx
        self._everywhere: Ctx | None = None

    async def others(self, merchant: str, lines: Iterable[Line]) -> set[str]:
        """Those of these numbers that another institution has tried or given back as this merchant:
        whether it all agrees is found by its own reconciliation.
        """
        numbers = [line.no for line in lines if line.no]
        if not numbers:
            return set()
        if self._everywhere is None:
            self._everywhere = await self._ctx.across(REASON)
        known = await payments.standings(self._everywhere, numbers)
        here = self._ctx.institution
        return {no for no, one in known.items() if one.inst != here and one.merchant == merchant}
