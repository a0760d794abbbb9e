"""A HIS's books behind ``HisAccountsPort``, over signed REST (docs/his-accounts.md)."""

from collections.abc import AsyncIterator
from datetime import date
from urllib.parse import quote

import msgspec

from wx_backend.base.bridge import Pool
from wx_backend.base.clock import Clock
from wx_backend.gateways.his_accounts.port import HisRow, Posting, PostingRefused, PostState
from wx_backend.gateways.his_rest.asking import SignedRest
from wx_backend.gateways.his_rest.port import HisRestConfig, Refusal

PLATFORM = "his_accounts"
ROOT = "/accounts/v1"
MISSING = "no_such_entry"


class _Entry(msgspec.Struct):
    entry: str


class _Page(msgspec.Struct):
    """``next``: the last number of the page, when there are more."""

    entries: list[HisRow]
    next: str = ""


class HisAccounts:
    """Implements ``HisAccountsPort``. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: HisRestConfig, pool: Pool, clock: Clock) -> None:
        self._his = SignedRest(PLATFORM, config, pool, clock, _refused)

    async def post(self, posting: Posting) -> PostState:
        path = f"{ROOT}/entries/{posting.no}"
        done = await self._his.ask("post", "PUT", path, _Entry, posting)
        return PostState(state="POSTED", entry=done.entry)

    async def query(self, no: str) -> PostState:
        try:
            known = await self._his.ask("query", "GET", f"{ROOT}/entries/{no}", _Entry)
        except PostingRefused as refused:
            if refused.data["platform_code"] != MISSING:
                raise
            return PostState(state="MISSING")
        return PostState(state="POSTED", entry=known.entry)

    async def day(self, on: date) -> AsyncIterator[HisRow]:
        path, after = f"{ROOT}/days/{on.isoformat()}", ""
        while True:
            query = f"?after={quote(after, safe='')}" if after else ""
            page = await self._his.ask("day", "GET", path + query, _Page)
            for row in page.entries:
                yield row
            if not page.next:
                return
            after = page.next

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._his.disconnect()


def _refused(said: Refusal) -> PostingRefused:
    return PostingRefused(**said.data)
