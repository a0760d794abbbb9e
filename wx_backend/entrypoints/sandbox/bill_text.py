"""WeChat Pay's bills as text (pure): back-quoted cells, totals at the end (protocols.md 4.8)."""

from collections.abc import Iterable

from wx_backend.entrypoints.sandbox.alipay.rules import beijing
from wx_backend.entrypoints.sandbox.bill_entries import Entry
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.pay_views import TRADE_TYPE, yuan

TRADE_HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TRADE_TOTALS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
FUND_HEAD = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FUND_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
_REFUND_WORDS = {"CLOSED": "FAIL", "ABNORMAL": "CHANGE"}


def trade(listed: list[Entry], kind: str, keys: Keys) -> str:
    """`kind`: ALL, SUCCESS or REFUND."""
    shown = [one for one in listed if kind == "ALL" or one.refund == (kind == "REFUND")]
    paid = yuan(sum(one.fen for one in shown if not one.refund))
    back = yuan(sum(one.fen for one in shown if one.refund))
    fees = _fee(sum(one.fee for one in shown))
    totals = (str(len(shown)), paid, back, "0.00", fees, paid, back)
    return _text(TRADE_HEAD, (_trade(one, keys) for one in shown), TRADE_TOTALS, totals)


def _trade(one: Entry, keys: Keys) -> tuple[str, ...]:
    paid, back = ("0.00", yuan(one.fen)) if one.refund else (yuan(one.fen), "0.00")
    return (
        beijing(one.at), keys.appid, keys.mchid, "0", "", one.transaction, one.number, one.payer,
        TRADE_TYPE[one.way], "REFUND" if one.refund else "SUCCESS", "OTHERS", "CNY", paid, "0.00",
        one.refund_id or "0", one.request_no or "0", back, "0.00",
        "ORIGINAL" if one.refund else "", _REFUND_WORDS.get(one.state, one.state), one.about, "",
        _fee(one.fee), "0.60%", paid, back, "",
    )  # fmt: skip


def funds(listed: list[Entry], since: float, keys: Keys) -> str:
    """The account from its first day; shown from `since` on."""
    rows, balance = [], 0
    income, expense = [0, 0], [0, 0]
    for one in listed:
        moves = [("交易", one.fen), ("扣除交易手续费", -one.fee)]
        if one.refund:
            moves = [("退款", -one.fen), ("退还交易手续费", -one.fee)]
        for about, fen in moves:
            balance += fen
            if one.at < since or not fen:
                continue
            total = income if fen > 0 else expense
            total[0] += 1
            total[1] += abs(fen)
            number = one.refund_id or one.transaction
            rows.append(
                (
                    beijing(one.at), number, f"{number}{len(rows):04d}", about, about,
                    "收入" if fen > 0 else "支出", yuan(abs(fen)), _signed(balance), keys.mchid,
                    "", one.request_no or one.number,
                )
            )  # fmt: skip
    counts = (str(len(rows)), str(income[0]), yuan(income[1]), str(expense[0]), yuan(expense[1]))
    return _text(FUND_HEAD, rows, FUND_TOTALS, counts)


def _text(head: str, rows: Iterable[tuple[str, ...]], last: str, totals: tuple[str, ...]) -> str:
    lines = [head, *(_line(row) for row in rows), last, _line(totals)]
    return "\ufeff" + "".join(f"{line}\r\n" for line in lines)


def _line(cells: tuple[str, ...]) -> str:
    return "`" + ",`".join(cells)


def _fee(fen: int) -> str:
    return f"{_signed(fen)}000"


def _signed(fen: int) -> str:
    return f"-{yuan(-fen)}" if fen < 0 else yuan(fen)
