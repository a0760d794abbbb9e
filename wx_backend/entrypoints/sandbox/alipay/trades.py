"""Trades and refunds of the merchant at Alipay: each step kept before it is answered."""

import json
import secrets
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.alipay import notices, payers, rules
from wx_backend.entrypoints.sandbox.callbacks import Callbacks
from wx_backend.entrypoints.sandbox.faults import (
    LATE_SUCCESS,
    PAY_DURING_CLOSE,
    REFUND,
    Faults,
)
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.people import PEOPLE
from wx_backend.entrypoints.sandbox.store import Row, Store

UNSCANNED, OPEN, PAID, CLOSED = "UNSCANNED", "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_CLOSED"
ANYBODY = payers.open_id(PEOPLE[0])


class Trades:
    """The merchant's account at Alipay. Raises AlipayError for whatever the platform refuses."""

    def __init__(self, store: Store, keys: Keys, faults: Faults, callbacks: Callbacks) -> None:
        self._store, self._keys, self._faults = store, keys, faults
        self._callbacks = callbacks

    def open(self, kind: str, content: rules.Content, notify_url: str) -> Row:
        """A new trade (`kind` mini, wap, qr), or the open one of the same identical request."""
        now = clock.now()
        asked = {"kind": kind, **content}
        kept = self.find("out_trade_no", str(content.get("out_trade_no", "")))
        if kept:
            state = CLOSED if over(kept) else kept["state"]
            rules.check_again(state, json.loads(kept["request"]), asked)
            return kept
        total, expires = rules.check_trade(content, now)
        trade = {
            "out_trade_no": content["out_trade_no"],
            "trade_no": f"20{secrets.randbelow(10**26):026d}",
            "token": secrets.token_urlsafe(16),
            "request": json.dumps(asked, ensure_ascii=False),
            "notify_url": notify_url,
            "total": total,
            "refunded": 0,
            "buyer": content.get("buyer_open_id") or content.get("buyer_id"),
            "state": UNSCANNED if kind == "qr" else OPEN,
            "created": now,
            "expires": expires,
            "paid": None,
            "closed": None,
        }
        self._store.put("alipay_trades", trade)
        return trade

    def find(self, column: str, value: str) -> Row | None:
        """By out_trade_no, trade_no or token."""
        return self._store.one(f"SELECT * FROM alipay_trades WHERE {column} = ?", value)  # noqa: S608 ours

    def known(self, content: rules.Content) -> Row:
        """The trade of a request; one that nobody has scanned is not there."""
        column = "trade_no" if content.get("trade_no") else "out_trade_no"
        trade = self.find(column, str(content.get(column, "")))
        if trade is None or trade["state"] == UNSCANNED:
            raise rules.not_there()
        return trade

    def scan(self, trade: Row) -> Row:
        """Somebody looks at the code: from now on the trade exists."""
        if trade["state"] == UNSCANNED:
            trade |= {"state": OPEN}
            self._store.put("alipay_trades", trade)
        return trade

    def pay(self, trade: Row, buyer: str | None = None) -> Row:
        """The payer's password was right: the money moves and the merchant will be told. A trade
        made for nobody is `buyer`'s, or the first demo person's."""
        late = over(trade) and not self._faults.take("pay", LATE_SUCCESS)
        if trade["state"] == CLOSED or (trade["state"] != PAID and late):
            raise rules.business("TRADE_HAS_CLOSE", "交易已经关闭")
        if trade["state"] == PAID:
            raise rules.business("TRADE_HAS_SUCCESS", "交易已被支付")
        trade |= {"state": PAID, "paid": clock.now(), "buyer": trade["buyer"] or buyer or ANYBODY}
        with self._store.change():
            self._store.put("alipay_trades", trade)
            self._book("paid", trade["trade_no"], trade["total"])
            self._tell(PAID, trade, notices.trade(trade, self._keys))
        return trade

    def close(self, content: rules.Content, endpoint: str) -> Row:
        """Close what is not paid; closing twice is no error."""
        trade = self.known(content)
        if trade["state"] == OPEN and self._faults.take(endpoint, PAY_DURING_CLOSE):
            trade = self.pay(trade)
        if trade["state"] == PAID:
            raise rules.business("TRADE_STATUS_ERROR", "交易状态不合法")
        return self._closed(trade)

    def cancel(self, content: rules.Content) -> tuple[Row | None, str]:
        """Undo a payment in person: what is open is closed, what is paid goes back. Returns the
        action that was taken; nothing is there to undo before the code was scanned."""
        trade = self.find("out_trade_no", str(content.get("out_trade_no", "")))
        if trade is None or trade["state"] == CLOSED:
            return trade, ""
        if trade["state"] != PAID:
            return self._closed(trade), "close"
        left = trade["total"] - trade["refunded"]
        return self._give_back(trade, f"cancel-{trade['out_trade_no']}", left, "撤销"), "refund"

    def refund(self, content: rules.Content, endpoint: str) -> tuple[Row, bool]:
        """Give money back; True when it has moved by this very call."""
        trade = self.known(content)
        number = str(content.get("out_request_no") or trade["out_trade_no"])
        amount = rules.fen(content.get("refund_amount"))
        if kept := self.refund_of(trade, number):
            if kept["amount"] != amount:
                raise rules.business("REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额与原请求不一致")
            return trade, False
        if not trade["paid"]:
            raise rules.business("TRADE_NOT_ALLOW_REFUND", "当前交易不允许退款")
        rules.check_refund(trade["total"], trade["refunded"], amount)
        fault = self._faults.take(endpoint, REFUND)
        if fault and fault.kind == "refund_not_enough":
            raise rules.business("SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足")
        if fault and fault.kind == "refund_abnormal":
            raise rules.business("TRADE_NOT_ALLOW_REFUND", "买家账户异常，请线下退款")
        if fault and fault.kind == "refund_closed":  # taken, and dropped before any money moved
            return trade, False
        if fault and fault.kind == "refund_processing":
            self._put_refund(trade, number, amount, polls=int(fault.value or 3))
            return trade, False
        reason = str(content.get("refund_reason", ""))
        return self._give_back(trade, number, amount, reason), True

    def refund_of(self, trade: Row, number: str) -> Row | None:
        return self._store.one(
            "SELECT * FROM alipay_refunds WHERE out_trade_no = ? AND out_request_no = ?",
            trade["out_trade_no"], number,
        )  # fmt: skip

    def asked(self, content: rules.Content) -> tuple[Row, Row | None]:
        """The trade and its refund when that has arrived; under the fault refund_processing each
        question counts, and the last one finds it done."""
        trade = self.known(content)
        row = self.refund_of(trade, str(content.get("out_request_no", "")))
        if row and row["polls"]:
            self._store.put("alipay_refunds", row | {"polls": row["polls"] - 1})
            if row["polls"] == 1:
                self._give_back(trade, row["out_request_no"], row["amount"], "")
            return trade, None
        return trade, row

    def _give_back(self, trade: Row, number: str, amount: int, reason: str) -> Row:
        refunded = trade["refunded"] + amount
        whole = refunded == trade["total"]
        trade |= {"refunded": refunded, "state": CLOSED if whole else PAID}
        trade["closed"] = clock.now() if whole else None
        with self._store.change():
            self._put_refund(trade, number, amount, polls=0, reason=reason)
            self._store.put("alipay_trades", trade)
            self._book("refunded", f"{trade['trade_no']}/{number}", -amount)
            self._tell("REFUND", trade, notices.refund(trade, number, self._keys))
        return trade

    def _put_refund(
        self, trade: Row, number: str, amount: int, polls: int, reason: str = ""
    ) -> None:
        row = {
            "out_trade_no": trade["out_trade_no"],
            "out_request_no": number,
            "amount": amount,
            "reason": reason,
            "at": clock.now(),
            "polls": polls,
        }
        self._store.put("alipay_refunds", row)

    def _closed(self, trade: Row) -> Row:
        if trade["state"] != CLOSED:
            trade |= {"state": CLOSED, "closed": clock.now()}
            self._store.put("alipay_trades", trade)
        return trade

    def _tell(self, kind: str, trade: Row, fields: dict[str, str]) -> None:
        if trade["notify_url"]:
            self._callbacks.add("alipay", kind, trade["out_trade_no"], trade["notify_url"], fields)

    def _book(self, kind: str, reference: str, fen: int) -> None:
        entry = {"at": clock.now(), "kind": kind, "reference": reference, "fen": fen}
        self._store.put("alipay_ledger", entry)


def over(trade: Row) -> bool:
    """Whether its time to be paid has run out."""
    return trade["state"] in (UNSCANNED, OPEN) and trade["expires"] <= clock.now()


def books(store: Store) -> dict[str, Any]:
    """Trades, refunds, sums in fen and `conserved`: the balance is what the rows say."""
    trades = store.many("SELECT * FROM alipay_trades ORDER BY created")
    refunds = store.many("SELECT * FROM alipay_refunds ORDER BY at")
    for one in refunds:
        one["status"] = "PROCESSING" if one["polls"] else "SUCCESS"
    paid = sum(one["total"] for one in trades if one["paid"])
    refunded = sum(one["amount"] for one in refunds if not one["polls"])
    (entries,) = store.many("SELECT coalesce(sum(fen), 0) AS balance FROM alipay_ledger")
    within = all(one["refunded"] <= (one["total"] if one["paid"] else 0) for one in trades)
    return {
        "trades": trades,
        "refunds": refunds,
        "sums": {"paid": paid, "refunded": refunded, "balance": entries["balance"]},
        "conserved": entries["balance"] == paid - refunded and within,
    }
