"""The text of WeChat Pay's bills, read by the names of its columns. Pure; source: protocols.md 4.8.

A line of cells that begin with a back-quote, so that spreadsheets leave long numbers alone and a
comma inside a name divides nothing; in the end a head and a line of totals.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from wx_backend.gateways.amounts import fen, grains, rounded
from wx_backend.gateways.billing import BillBroken, BillRow, FundRow

BEIJING = ZoneInfo("Asia/Shanghai")
R = TypeVar("R")
Cells = list[str]

_TRADE = (
    "交易时间", "微信订单号", "商户订单号", "交易状态", "微信退款单号", "商户退款单号",
    "退款状态", "手续费", "订单金额", "申请退款金额",
)  # fmt: skip
_TRADE_TOTALS = {"订单总金额": "订单金额", "申请退款总金额": "申请退款金额"}
_FUND = (
    "记账时间", "微信支付业务单号", "资金流水单号", "业务类型", "收支类型", "收支金额(元)",
    "账户结余(元)",
)  # fmt: skip
_REFUND_STATES = {"SUCCESS": "SUCCESS", "FAIL": "CLOSED", "CHANGE": "ABNORMAL"}


def trades(lines: Iterable[str]) -> Iterator[BillRow]:
    """The rows of a trade bill of any kind. Raises BillBroken: columns, row, no_totals, totals."""
    return _read(lines, _TRADE, "总交易单数", _TRADE_TOTALS, _trade)


def funds(lines: Iterable[str]) -> Iterator[FundRow]:
    """The rows of a bill of the merchant's account. Raises BillBroken."""
    return _read(lines, _FUND, "资金流水总笔数", {}, _fund)


def _read(
    lines: Iterable[str],
    names: tuple[str, ...],
    counted: str,
    summed: dict[str, str],
    make: Callable[[Cells], R],
) -> Iterator[R]:
    """``counted`` is the total of rows, ``summed`` the columns by the total that they add up to."""
    left = iter(lines)
    head = next(left, "").lstrip("\ufeff").rstrip("\r\n").split(",")
    if missing := set(names) - set(head):
        raise BillBroken(f"columns: {', '.join(sorted(missing))}")
    at = [head.index(name) for name in names]
    summing = [names.index(column) for column in summed.values()]
    sums, rows, said = [0] * len(summing), 0, ""
    for line in left:
        said = line.rstrip("\r\n")
        if not said.startswith("`"):
            break
        given = _cells(said)
        try:
            cells = [given[n] for n in at]
            for n, column in enumerate(summing):
                sums[n] += grains(cells[column])
            row = make(cells)
        except (ValueError, IndexError) as error:
            raise BillBroken("row") from error
        rows += 1
        yield row
    else:
        raise BillBroken("no_totals")
    _check(said, next(left, ""), {counted: rows}, dict(zip(summed, sums, strict=True)))


def _check(head: str, line: str, counts: dict[str, int], sums: dict[str, int]) -> None:
    """Fees are not held against their total: each row's was rounded for itself."""
    said = dict(zip(head.split(","), _cells(line.rstrip("\r\n")), strict=False))
    try:
        right = all(int(said[name]) == value for name, value in counts.items())
        right = right and all(grains(said[name]) == value for name, value in sums.items())
    except (KeyError, ValueError) as error:
        raise BillBroken("no_totals") from error
    if not right:
        raise BillBroken("totals")


def _cells(line: str) -> Cells:
    return line.removeprefix("`").split(",`")


def _trade(cells: Cells) -> BillRow:
    at, transaction, attempt, state, refund_id, refund_no, refund_state, fee, paid, back = cells
    refund = state in ("REFUND", "REVOKED")
    return BillRow(
        kind="REFUNDED" if refund else "PAID",
        no=refund_no if refund else attempt,
        attempt=attempt,
        transaction=transaction,
        refund_id=refund_id if refund else "",
        fen=fen(back if refund else paid),
        fee_fen=rounded(fee),
        at=_moment(at),
        state=_REFUND_STATES.get(refund_state, "PROCESSING") if refund else "SUCCESS",
    )


def _fund(cells: Cells) -> FundRow:
    at, business, flow, about, direction, amount, balance = cells
    if direction not in ("收入", "支出"):
        raise ValueError(direction)
    value = fen(amount)
    return FundRow(
        flow=flow,
        business=business,
        about=about,
        fen=value if direction == "收入" else -value,
        balance_fen=fen(balance),
        at=_moment(at),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
