"""What we ask a HIS of bills, deposits and prices, in our words (docs/bills.md).

Amounts are fen, times UTC, days local dates as text (``2026-11-24``). The HIS hears of payments by
another contract (``gateways/his_accounts``) and shows here what it has made of them.
"""

from datetime import date, datetime
from typing import Annotated, Literal, Protocol

import msgspec

from wx_backend.base.errors import GatewayRefused

Fen = Annotated[int, msgspec.Meta(ge=0)]
No = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Kind = Literal["DRUG", "LAB", "IMAGING", "TREATMENT", "OTHER"]
State = Literal["PENDING", "PAID", "CANCELLED"]


class Named(msgspec.Struct, frozen=True):
    """By what a HIS knows a person: the name and number of the identity card."""

    name: str
    id_no: str


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a bill or of a day. ``quantity`` is text, since a HIS may sell 0.5 of a box."""

    name: str
    spec: str = ""
    unit: str = ""
    quantity: str = "1"
    price_fen: Fen
    fen: Fen


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What one order of a doctor costs an outpatient.

    Args:
        no: the HIS's own number.
        expires_at: from then on it cannot be paid.
        paid_with: our id of what paid it (``purpose`` of the posting); empty when it was paid at
            the counter.
    """

    no: No
    kind: Kind
    department: str
    doctor: str
    prescribed_at: datetime
    expires_at: datetime
    fen: Fen
    items: tuple[Item, ...]
    state: State = "PENDING"
    paid_with: str = ""


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One inpatient stay. ``balance_fen`` of the deposit falls below nothing when more was spent
    than paid in.
    """

    visit_no: No
    name: str
    department: str
    admitted_on: date
    discharged_on: date | None = None
    deposit_fen: Fen
    spent_fen: Fen

    @property
    def balance_fen(self) -> int:
        return self.deposit_fen - self.spent_fen

    @property
    def open(self) -> bool:
        """Takes deposits: not discharged."""
        return self.discharged_on is None


class DayList(msgspec.Struct, frozen=True, kw_only=True):
    """一日清单: what a day of a stay cost."""

    day: date
    items: tuple[Item, ...]
    fen: Fen


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """电子票据. ``url`` leads to the finance office's own page of it, or is empty."""

    code: str
    number: No
    check_code: str
    fen: Fen
    issued_at: datetime
    url: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s]+)?$")] = ""


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the price catalogue. ``source``: the rule or list that the price follows."""

    code: No
    name: Annotated[str, msgspec.Meta(min_length=1)]
    spec: str = ""
    unit: str = ""
    price_fen: Fen
    category: str
    source: str = ""


class PricePage(msgspec.Struct, frozen=True):
    """``next`` asks for what comes after ``prices``; empty when that is nothing."""

    prices: tuple[Price, ...]
    next: str = ""


class BillsRefused(GatewayRefused):
    """A definite no of the HIS."""

    code, message = "his_bills_refused", "医院收费系统拒绝了请求"


class NotKnown(BillsRefused):
    """The HIS knows no such person, stay or day."""

    code, message = "his_bills_unknown", "医院收费系统没有这条记录"


class HisBillsPort(Protocol):
    """The cashier of one HIS, asked and never told: every call may be repeated.

    All raise ``GatewayUnknown`` (no answer to believe), ``GatewayBusy`` (not asked) and
    ``BillsRefused`` (a definite no of another kind).
    """

    async def pending(self, person: Named) -> tuple[Bill, ...]:
        """What an outpatient has not paid yet; nothing of somebody it does not know."""

    async def bills(self, nos: tuple[str, ...]) -> tuple[Bill, ...]:
        """These bills as they are now; one that it has forgotten is left out."""

    async def invoice(self, payment: str) -> Invoice | None:
        """The e-invoice of what ``payment`` (our purpose's id) has paid; None: not issued yet."""

    async def stays(self, person: Named) -> tuple[Stay, ...]:
        """The person's stays, newest first."""

    async def stay(self, visit_no: str) -> Stay:
        """Raises ``NotKnown``."""

    async def day(self, visit_no: str, on: date) -> DayList:
        """What a day cost; without items when nothing was done. Raises ``NotKnown``."""

    async def prices(self, after: str = "") -> PricePage:
        """The catalogue, page by page."""
