"""The text of Alipay's bills, read by the names of its columns. Pure; source: protocols.md 5.6.

Comment lines begin with ``#``; those after the list say how many rows there were and their sums.
Cells may end with a tab, so that spreadsheets leave long numbers alone.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from wx_backend.gateways.alipay.answers import BEIJING
from wx_backend.gateways.amounts import fen, rounded
from wx_backend.gateways.billing import BillBroken, BillRow, FundRow

R = TypeVar("R", BillRow, FundRow)

_TRADE = (
    "支付宝交易号", "商户订单号", "业务类型", "完成时间", "订单金额（元）", "退款批次号/请求号",
    "服务费（元）",
)  # fmt: skip
_FUND = (
    "账务流水号", "业务流水号", "发生时间", "收入金额（+元）", "支出金额（-元）", "账户余额（元）",
    "业务类型",
)  # fmt: skip
_TRADE_SAID = re.compile(r"#(交易|退款)合计：(\d+)笔，商家实收(?:退款)?共(-?[\d.]+)元")
_FUND_SAID = re.compile(r"#(收入|支出)合计：(\d+)笔，共(-?[\d.]+)元")
_WORDS = {"交易": False, "退款": True, "收入": False, "支出": True}
"""By the word of a summary: whether it sums what went out."""

Sums = dict[bool, list[int]]


def trades(lines: Iterable[str]) -> Iterator[BillRow]:
    """The rows of a `trade` bill. Raises BillBroken: columns, row, no_totals, totals."""
    return _read(lines, _TRADE, _TRADE_SAID, _trade, _gone_back)


def funds(lines: Iterable[str]) -> Iterator[FundRow]:
    """The rows of a `signcustomer` bill. Raises BillBroken."""
    return _read(lines, _FUND, _FUND_SAID, _fund, _left)


def _read(
    lines: Iterable[str],
    names: tuple[str, ...],
    said: re.Pattern[str],
    make: Callable[[list[str]], R],
    out: Callable[[R], bool],
) -> Iterator[R]:
    summed: Sums = {False: [0, 0], True: [0, 0]}
    told: Sums = {}
    reader = csv.reader(_listed(lines, said, told))
    head = [cell.strip() for cell in next(reader, [])]
    if missing := set(names) - set(head):
        raise BillBroken(f"columns: {', '.join(sorted(missing))}")
    at = [head.index(name) for name in names]
    for given in reader:
        try:
            row = make([given[n].strip() for n in at])
        except (ValueError, IndexError) as error:
            raise BillBroken("row") from error
        total = summed[out(row)]
        total[0] += 1
        total[1] += abs(row.fen)
        yield row
    if len(told) < len(summed):
        raise BillBroken("no_totals")
    if told != summed:
        raise BillBroken("totals")


def _listed(lines: Iterable[str], said: re.Pattern[str], told: Sums) -> Iterator[str]:
    """Lines that are no comments; what the comments sum up goes into ``told``."""
    for line in lines:
        if not line.startswith("#"):
            yield line
        elif found := said.match(line):
            try:
                told[_WORDS[found[1]]] = [int(found[2]), abs(fen(found[3]))]
            except ValueError as error:
                raise BillBroken("no_totals") from error


def _gone_back(row: BillRow) -> bool:
    return row.kind == "REFUNDED"


def _left(row: FundRow) -> bool:
    return row.fen < 0


def _trade(cells: list[str]) -> BillRow:
    transaction, attempt, about, at, amount, request, fee = cells
    refund = about == "退款"
    if not refund and about != "交易":
        raise ValueError(about)
    value = fen(amount)
    return BillRow(
        kind="REFUNDED" if refund else "PAID",
        no=(request or attempt) if refund else attempt,
        attempt=attempt,
        transaction=transaction,
        refund_id=f"{transaction}/{request}" if refund else "",
        fen=-value if refund else value,
        fee_fen=-rounded(fee),
        at=_moment(at),
    )


def _fund(cells: list[str]) -> FundRow:
    flow, business, at, income, expense, balance, about = cells
    return FundRow(
        flow=flow,
        business=business,
        about=about,
        fen=(fen(income) if income else 0) + (fen(expense) if expense else 0),
        balance_fen=fen(balance),
        at=_moment(at),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
