"""A HIS behind ``HisBillsPort``, over signed REST (docs/bills.md).

Who is asked about travels in the body, never in an address that a proxy writes to its log.
"""

from datetime import date
from urllib.parse import quote

import msgspec

from wx_backend.base.bridge import Pool
from wx_backend.base.clock import Clock
from wx_backend.gateways.his_bills.port import (
    Bill,
    BillsRefused,
    DayList,
    Invoice,
    Named,
    NotKnown,
    PricePage,
    Stay,
)
from wx_backend.gateways.his_rest.asking import SignedRest
from wx_backend.gateways.his_rest.port import HisRestConfig, Refusal

PLATFORM = "his_bills"
ROOT = "/bills/v1"
UNKNOWN = frozenset({"no_such_person", "no_such_stay"})


class _Bills(msgspec.Struct):
    bills: tuple[Bill, ...]


class _Invoice(msgspec.Struct):
    invoice: Invoice | None


class _Stays(msgspec.Struct):
    stays: tuple[Stay, ...]


class HisBills:
    """Implements ``HisBillsPort``. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: HisRestConfig, pool: Pool, clock: Clock) -> None:
        self._his = SignedRest(PLATFORM, config, pool, clock, _refused)

    async def pending(self, person: Named) -> tuple[Bill, ...]:
        found = await self._his.ask("pending", "POST", f"{ROOT}/pending", _Bills, person)
        return tuple(bill for bill in found.bills if bill.state == "PENDING")

    async def bills(self, nos: tuple[str, ...]) -> tuple[Bill, ...]:
        asked = {"bills": nos}
        found = await self._his.ask("bills", "POST", f"{ROOT}/states", _Bills, asked)
        return tuple(bill for bill in found.bills if bill.no in nos)

    async def invoice(self, payment: str) -> Invoice | None:
        path = f"{ROOT}/invoices/{quote(payment, safe='')}"
        return (await self._his.ask("invoice", "GET", path, _Invoice)).invoice

    async def stays(self, person: Named) -> tuple[Stay, ...]:
        return (await self._his.ask("stays", "POST", f"{ROOT}/stays", _Stays, person)).stays

    async def stay(self, visit_no: str) -> Stay:
        return await self._his.ask("stay", "GET", _stay(visit_no), Stay)

    async def day(self, visit_no: str, on: date) -> DayList:
        path = f"{_stay(visit_no)}/days/{on.isoformat()}"
        return await self._his.ask("day", "GET", path, DayList)

    async def prices(self, after: str = "") -> PricePage:
        query = f"?after={quote(after, safe='')}" if after else ""
        return await self._his.ask("prices", "GET", f"{ROOT}/prices{query}", PricePage)

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._his.disconnect()


def _stay(visit_no: str) -> str:
    return f"{ROOT}/stays/{quote(visit_no, safe='')}"


def _refused(said: Refusal) -> BillsRefused:
    kind = NotKnown if said.code in UNKNOWN else BillsRefused
    return kind(**said.data)
