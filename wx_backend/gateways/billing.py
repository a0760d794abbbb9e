"""The daily bills of pay platforms in the same words, and how they can be wrong.

A bill lies on disk once it has been fetched and checked; its rows are read in portions in a thread,
so that a day of 200,000 rows needs neither much memory nor the event loop.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from itertools import islice
from typing import Generic, Literal, Protocol, TypeVar

import msgspec

from wx_backend.base.bridge import Pool
from wx_backend.base.errors import AppError

PORTION = 2000
"""Rows that are read at once: some milliseconds of work."""

R = TypeVar("R")


class BillRow(msgspec.Struct, frozen=True, gc=False):
    """One payment or refund as the platform has it. Amounts are fen, moments aware.

    Args:
        no: our number of it: the attempt's of a payment, the refund's of a refund.
        attempt: our number of the attempt that was paid.
        transaction: the platform's own number of the payment, ``refund_id`` of the refund.
        fee_fen: what the platform keeps, rounded; negative when it gives a fee back.
        state: SUCCESS, or PROCESSING, ABNORMAL, CLOSED of a refund that has not arrived.
    """

    kind: Literal["PAID", "REFUNDED"]
    no: str
    attempt: str
    transaction: str
    refund_id: str
    fen: int
    fee_fen: int
    at: datetime
    state: str = "SUCCESS"


class FundRow(msgspec.Struct, frozen=True, gc=False):
    """One movement of the merchant's account: fen are negative when money leaves it.

    Args:
        flow: the platform's number of the movement.
        business: its number of the payment or refund behind it.
        about: the platform's word for the kind of movement.
        balance_fen: the account's balance afterwards.
    """

    flow: str
    business: str
    about: str
    fen: int
    balance_fen: int
    at: datetime


class BillNotReady(AppError):
    """The platform is still making it: ask again later."""

    code, status, message = "bill_not_ready", 409, "平台账单尚未生成，请稍后再对账"


class NoBill(AppError):
    """The platform has none of that day: nothing happened, or it is too early or too long ago."""

    code, status, message = "no_bill", 404, "平台没有这一天的账单"


class BillBroken(AppError):
    """It came, and is not what the platform vouches for; ``reason`` is a short fixed word."""

    code, status, message = "bill_broken", 502, "平台账单不完整或校验不符，请稍后重新下载"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class Bill(Generic[R]):
    """A checked bill; use it as a context manager, which forgets the file."""

    def __init__(self, pool: Pool, rows: Callable[[], Iterator[R]], forget: Callable[[], None]):
        self._pool, self._rows, self._forget = pool, rows, forget

    def __enter__(self) -> "Bill[R]":
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()

    async def portions(self) -> AsyncIterator[list[R]]:
        """All rows in the order of the file. Raises BillBroken, after the last of them too: only
        who has read to the end has read a whole bill.
        """
        rows = self._rows()
        with closing(rows):
            while portion := await self._pool.call(lambda: list(islice(rows, PORTION))):
                yield portion


class BillsPort(Protocol):
    """The bills of one merchant, by day of the platform's own (real) calendar in Beijing.

    Every call raises ``NoBill``, ``BillNotReady``, ``BillBroken``, and as any other call of the
    platform ``GatewayUnknown``, ``GatewayRefused``, ``PlatformLimited`` and ``GatewayBusy``.
    """

    async def trade(self, day: date) -> Bill[BillRow]:
        """Payments and refunds."""

    async def funds(self, day: date) -> Bill[FundRow]:
        """Movements of the merchant's account, fees and payouts among them."""
