"""What a HIS's books are told of money, in our words (docs/his-accounts.md). Amounts are fen."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Literal, Protocol

import msgspec

from wx_backend.base.errors import GatewayRefused

Kind = Literal["PAID", "REFUNDED"]


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came or went back, as the HIS is to book it. Nothing personal.

    Args:
        no: our number of the entry; the same number is the same entry, however often it is told.
        kind: for REFUNDED, ``reverses`` is the ``no`` of the payment's entry.
        reference: our number of the attempt or refund: the platform knows it too.
        platform: ``wechat_pay``, ``alipay`` or ``cash``; with its merchant and its own number.
        purpose: what was paid for (``appointment``, ``bill``, ``deposit``) and our id of it.
        references: the HIS's own numbers, such as those of its bills.
        amounts: fen of each reference as who paid was shown it, or none.
        at: when the money moved, UTC; the HIS books it on that local day.
        insured_fen: what the insurance has paid beside all of it; the HIS has settled that itself.
    """

    no: str
    kind: Kind
    fen: int
    order: str
    reference: str
    platform: str
    merchant: str
    transaction: str
    purpose: dict[str, str]
    at: datetime
    references: tuple[str, ...] = ()
    amounts: tuple[int, ...] = ()
    reverses: str = ""
    insured_fen: int = 0


class PostState(msgspec.Struct, frozen=True, kw_only=True):
    """What the HIS knows of an entry of ours; ``entry`` is its own number of it."""

    state: Literal["POSTED", "MISSING"]
    entry: str = ""


class HisRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the HIS's books; ``no`` is its own number. What was booked twice is there twice.

    Args:
        order_reference: our number of the attempt or refund; empty where the HIS knows none.
    """

    no: str
    order_reference: str
    kind: Kind
    fen: int
    platform: str
    transaction: str
    at: datetime


class PostingRefused(GatewayRefused):
    """The HIS will not book it: a person has to decide (``platform_code``, ``platform_message``)"""

    code, message = "posting_refused", "医院系统拒绝入账"


class HisAccountsPort(Protocol):
    """The books of one HIS. Every call may be repeated.

    All raise ``GatewayUnknown`` (it may have been done: ask with ``query`` before trying again) and
    ``GatewayBusy`` (not asked).
    """

    async def post(self, posting: Posting) -> PostState:
        """It is in the books. Raises ``PostingRefused``."""

    async def query(self, no: str) -> PostState:
        """What has become of an entry; MISSING when there is none of this number."""

    def day(self, on: date) -> AsyncIterator[HisRow]:
        """Every entry of a local day, in the order of the HIS's numbers. Raises GatewayRefused."""
