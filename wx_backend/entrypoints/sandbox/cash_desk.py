"""Orders, payments and refunds of the merchant: each step kept before it is answered."""

import json
import secrets
from typing import Any

from wx_backend.entrypoints.sandbox import clock, pay_rules, pay_views
from wx_backend.entrypoints.sandbox.agenda import Agenda
from wx_backend.entrypoints.sandbox.callbacks import Callbacks
from wx_backend.entrypoints.sandbox.faults import (
    LATE_SUCCESS,
    PAY_DURING_CLOSE,
    REFUND,
    Fault,
    Faults,
)
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.pay_rules import PayError
from wx_backend.entrypoints.sandbox.people import by_mini_openid, by_openid
from wx_backend.entrypoints.sandbox.store import Row, Store

OUTCOMES = ("pay", "cancel", "wrong_password", "timeout")
REFUND_SECONDS = 60
REFUNDS_APART = 60
_REFUND_OUTCOME = {"refund_abnormal": "ABNORMAL", "refund_closed": "CLOSED"}

_ORDER_BY = {
    "out_trade_no": "SELECT * FROM orders WHERE out_trade_no = ?",
    "transaction_id": "SELECT * FROM orders WHERE transaction_id = ?",
    "prepay_id": "SELECT * FROM orders WHERE prepay_id = ?",
}


def _digits(prefix: str, length: int) -> str:
    rest = length - len(prefix)
    return f"{prefix}{secrets.randbelow(10**rest):0{rest}d}"


class CashDesk:
    """The merchant's account at WeChat Pay. Raises PayError for whatever the platform refuses."""

    def __init__(
        self, store: Store, keys: Keys, faults: Faults, callbacks: Callbacks, agenda: Agenda,
        speed: float,
    ) -> None:  # fmt: skip
        self._store, self._keys, self._faults = store, keys, faults
        self._callbacks, self._agenda, self._speed = callbacks, agenda, speed
        self.refunds_apart = REFUNDS_APART / speed

    def open(self, kind: str, body: dict[str, Any]) -> Row:
        """A new order (`kind` jsapi, h5, native), or the open one of the same identical request."""
        now = clock.now()
        kept = self._order("out_trade_no", str(body.get("out_trade_no", "")))
        if kept:
            expired = kept["state"] == "NOTPAY" and kept["expires"] <= now
            state = "CLOSED" if expired else kept["state"]
            pay_rules.check_again(state, (kept["kind"], self.request_of(kept)), (kind, body))
            return kept
        apps = {self._keys.appid: by_openid, self._keys.mini_appid: by_mini_openid}
        pay_rules.check_prepay(kind, body, apps, self._keys.mchid, now)
        order = {
            "out_trade_no": body["out_trade_no"],
            "prepay_id": f"wx{secrets.token_hex(17)}",
            "transaction_id": None,
            "kind": kind,
            "request": json.dumps(body, ensure_ascii=False),
            "total": body["amount"]["total"],
            "openid": (body.get("payer") or {}).get("openid"),
            "state": "NOTPAY",
            "created": now,
            "expires": pay_rules.expiry(body, now),
            "paid": None,
            "closed": None,
        }
        self._store.put("orders", order)
        return order

    def order(self, column: str, value: str) -> Row:
        """The order with this out_trade_no, transaction_id or prepay_id."""
        order = self._order(column, value)
        if order is None:
            raise PayError(404, "ORDER_NOT_EXIST", "订单不存在", 268512771)
        return order

    def _order(self, column: str, value: str) -> Row | None:
        return self._store.one(_ORDER_BY[column], value)

    @staticmethod
    def request_of(order: Row) -> dict[str, Any]:
        return json.loads(order["request"])

    def view(self, order: Row) -> dict[str, Any]:
        return pay_views.transaction(order, self.request_of(order))

    def pay(self, order: Row, openid: str | None = None) -> Row:
        """The payer's password was right: the money moves and the merchant will be told."""
        late = order["expires"] <= clock.now() and not self._faults.take("pay", LATE_SUCCESS)
        if order["state"] == "CLOSED" or (order["state"] == "NOTPAY" and late):
            raise PayError(400, "ORDER_CLOSED", "订单已过期或已关闭", 268447914)
        if order["state"] != "NOTPAY":
            raise PayError(400, "ORDERPAID", "该订单已支付", 268449538)
        order |= {
            "state": "SUCCESS",
            "transaction_id": _digits("42000", 28),
            "paid": clock.now(),
            "openid": order["openid"] or openid,
        }
        with self._store.change():
            self._store.put("orders", order)
            self._book("paid", order["transaction_id"], order["total"])
            self._callbacks.add(
                "pay", "TRANSACTION.SUCCESS", order["out_trade_no"],
                self.request_of(order)["notify_url"], self.view(order),
            )  # fmt: skip
        return order

    def close(self, out_trade_no: str, endpoint: str) -> None:
        """Close an unpaid order; closing twice is no error."""
        order = self.order("out_trade_no", out_trade_no)
        if order["state"] == "NOTPAY" and self._faults.take(endpoint, PAY_DURING_CLOSE):
            order = self.pay(order)
        if order["state"] in ("SUCCESS", "REFUND"):
            raise PayError(400, "ORDER_PAID", "该订单已支付", 268449538)
        if order["state"] == "NOTPAY":
            self._store.put("orders", order | {"state": "CLOSED", "closed": clock.now()})

    def refund(self, body: dict[str, Any], endpoint: str) -> dict[str, Any]:
        """Accept a refund (status PROCESSING), or tell the state of the one with this number."""
        column = "transaction_id" if body.get("transaction_id") else "out_trade_no"
        order = self._order(column, str(body.get(column, "")))
        if order is None:
            raise PayError(404, "RESOURCE_NOT_EXISTS", "订单不存在", 268512771)
        number = pay_rules.check_refund_number(body)
        kept = self._store.one("SELECT * FROM refunds WHERE out_refund_no = ?", number)
        if kept:
            asked = (body.get("amount") or {}).get("refund")
            pay_rules.check_refund_again(
                (kept["out_trade_no"], kept["amount"]), (order["out_trade_no"], asked)
            )
            return pay_views.refund(kept, order["transaction_id"])
        fault = self._faults.take(endpoint, REFUND)
        if fault and fault.kind == "refund_not_enough":
            raise PayError(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
        row = self._new_refund(order, number, body, fault)
        with self._store.change():
            self._store.put("refunds", row)
            self._book("refunded", row["refund_id"], -row["amount"])
            self._store.put("orders", order | {"state": "REFUND"})
        self._plan(row)
        return pay_views.refund(row, order["transaction_id"])

    def _new_refund(
        self, order: Row, number: str, body: dict[str, Any], fault: Fault | None
    ) -> Row:
        earlier = self._store.many(
            "SELECT status, amount, created FROM refunds WHERE out_trade_no = ?",
            order["out_trade_no"],
        )
        fen = pay_rules.check_refund(
            body, order["total"], order["state"], [(e["status"], e["amount"]) for e in earlier]
        )
        now = clock.now()
        last = max((e["created"] for e in earlier), default=0.0)
        pay_rules.check_refund_pace(last, now, self.refunds_apart)
        kind = fault.kind if fault else ""
        polls = int(fault.value or 3) if fault and kind == "refund_processing" else 0
        return {
            "out_refund_no": number,
            "refund_id": _digits("503", 28),
            "out_trade_no": order["out_trade_no"],
            "amount": fen,
            "total": order["total"],
            "reason": body.get("reason", ""),
            "notify_url": body.get("notify_url"),
            "status": "PROCESSING",
            "outcome": _REFUND_OUTCOME.get(kind, "SUCCESS"),
            "created": now,
            "settled": None,
            "settle_at": None if polls else now + REFUND_SECONDS / self._speed,
            "polls": polls,
        }

    def query_refund(self, number: str) -> dict[str, Any]:
        """State of a refund; under the fault refund_processing each question counts."""
        row = self._store.one("SELECT * FROM refunds WHERE out_refund_no = ?", number)
        if row is None:
            raise PayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        order = self.order("out_trade_no", row["out_trade_no"])
        view = pay_views.refund(row, order["transaction_id"])
        if row["polls"]:
            row["polls"] -= 1
            row["settle_at"] = None if row["polls"] else clock.now()
            self._store.put("refunds", row)
            self._plan(row)
        return view

    def resume(self) -> None:
        """After a start: refunds under way are settled in their time."""
        for row in self._store.many("SELECT * FROM refunds WHERE status = 'PROCESSING'"):
            self._plan(row)

    def _plan(self, row: Row) -> None:
        if row["settle_at"] is not None:
            self._agenda.at(row["settle_at"], self._settle, row["out_refund_no"])

    def _settle(self, number: str) -> None:
        """The bank has spoken: SUCCESS, ABNORMAL (money stays at the platform) or CLOSED (back)."""
        row = self._store.one(
            "SELECT * FROM refunds WHERE out_refund_no = ? AND status = 'PROCESSING'", number
        )
        if row is None:
            return
        row |= {"status": row["outcome"], "settled": clock.now()}
        order = self.order("out_trade_no", row["out_trade_no"])
        with self._store.change():
            self._store.put("refunds", row)
            if row["status"] == "CLOSED":
                self._book("returned", row["refund_id"], row["amount"])
            if row["notify_url"]:
                notice = pay_views.refund_notice(row, order["transaction_id"], self._keys.mchid)
                self._callbacks.add(
                    "pay", f"REFUND.{row['status']}", row["out_trade_no"], row["notify_url"], notice
                )

    def _book(self, kind: str, reference: str, fen: int) -> None:
        entry = {"at": clock.now(), "kind": kind, "reference": reference, "fen": fen}
        self._store.put("ledger", entry)
