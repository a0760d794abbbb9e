"""Alipay's bills as files (pure): a zip of two GBK texts. Source: protocols.md 5.6."""

import io
import zipfile
from collections.abc import Iterable
from datetime import date, timedelta

from wx_backend.entrypoints.sandbox.alipay.rules import beijing
from wx_backend.entrypoints.sandbox.bill_entries import Entry
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.pay_views import yuan

_TRADE_HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,"
    "对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,"
    "券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,"
    "分润（元）,备注"
)
_FUND_HEAD = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,"
    "账户余额（元）,交易渠道,业务类型,备注"
)


def trade(listed: list[Entry], day: date, keys: Keys) -> tuple[str, list[str]]:
    """(name, lines of the list)."""
    name = "业务明细"
    rows = [_trade(one) for one in listed]
    sums = [
        _summed("交易", [one.fen for one in listed if not one.refund]),
        _summed("退款", [one.fen for one in listed if one.refund]),
    ]
    return name, _lines(name, "支付宝业务明细查询", day, keys, _TRADE_HEAD, rows, sums)


def funds(listed: list[Entry], since: float, day: date, keys: Keys) -> tuple[str, list[str]]:
    """(name, lines of the list); the account from its first day, shown from `since` on."""
    name, rows, balance = "账务明细", [], 0
    income, expense = [0, 0], [0, 0]
    for one in listed:
        moves = [("退款（交易退款）" if one.refund else "在线支付", _signed_fen(one))]
        for about, fen in [*moves, ("收费" if one.fee > 0 else "退费", -one.fee)]:
            balance += fen
            if one.at < since or not fen:
                continue
            total = income if fen > 0 else expense
            total[0] += 1
            total[1] += abs(fen)
            rows.append(
                (
                    f"{one.transaction}{len(rows):04d}\t", f"{one.transaction}\t",
                    f"{one.number}\t", one.about, beijing(one.at), one.payer,
                    yuan(fen) if fen > 0 else "", f"-{yuan(-fen)}" if fen < 0 else "",
                    _signed(balance), "支付宝", about, one.request_no,
                )
            )  # fmt: skip
    sums = [
        f"#支出合计：{expense[0]}笔，共-{yuan(expense[1])}元",
        f"#收入合计：{income[0]}笔，共{yuan(income[1])}元",
    ]
    return name, _lines(name, "支付宝账务明细查询", day, keys, _FUND_HEAD, rows, sums)


class _Named(zipfile.ZipInfo):
    """A member whose name is GBK, as the platform has it, and not marked as UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gb18030"), self.flag_bits


def packed(name: str, lines: list[str], day: date, keys: Keys, charset: str = "gb18030") -> bytes:
    """The zip of the list and its summary."""
    out = io.BytesIO()
    stem = f"{keys.alipay_seller_id}0156_{day:%Y%m%d}_{name}"
    with zipfile.ZipFile(out, "w") as archive:
        for title, text in ((f"{stem}.csv", lines), (f"{stem}(汇总).csv", lines[:4])):
            raw = "".join(text).encode(charset)
            archive.writestr(_Named(title), raw, zipfile.ZIP_DEFLATED, compresslevel=1)
    return out.getvalue()


def _trade(one: Entry) -> tuple[str, ...]:
    amount = _signed(_signed_fen(one))
    return (
        f"{one.transaction}\t", f"{one.number}\t", "退款" if one.refund else "交易", one.about,
        beijing(one.made), beijing(one.at), "", "", "", "", one.payer, amount, amount, "0.00",
        "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00", one.request_no, _signed(-one.fee),
        "0.00", "",
    )  # fmt: skip


def _lines(
    name: str, title: str, day: date, keys: Keys, head: str, rows: Iterable[tuple[str, ...]],
    sums: list[str],
) -> list[str]:  # fmt: skip
    after = day + timedelta(days=1)
    rule = "-" * 40
    said = [
        f"#{title}",
        f"#账号：[{keys.alipay_seller_id}0156]",
        f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{after:%Y年%m月%d日} 00:00:00]",
        f"#{rule}{name}列表{rule}",
    ]
    body = [head, *(",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)]
    ending = [f"#{rule}{name}列表结束{rule}", *sums, f"#导出时间：[{after:%Y年%m月%d日} 09:00:00]"]
    return [f"{line}\r\n" for line in (*said, *body, *ending)]


def _summed(word: str, fen: list[int]) -> str:
    if word == "退款":
        return f"#退款合计：{len(fen)}笔，商家实收退款共-{yuan(sum(fen))}元，商家优惠退款共0.00元"
    return f"#交易合计：{len(fen)}笔，商家实收共{yuan(sum(fen))}元，商家优惠共0.00元"


def _signed_fen(one: Entry) -> int:
    return -one.fen if one.refund else one.fen


def _signed(fen: int) -> str:
    return f"-{yuan(-fen)}" if fen < 0 else yuan(fen)
