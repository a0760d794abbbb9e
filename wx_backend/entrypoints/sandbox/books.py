"""The merchant's books as a ledger can use them: every order and refund, and their sums in fen."""

import json
from typing import Any

from wx_backend.entrypoints.sandbox.store import Store

_FIRST_MSGID = 200_228_332


def books(store: Store) -> dict[str, Any]:
    """Orders, refunds, sums and `conserved`: the running balance equals what the rows say.

    `balance` = paid - refunded - refunding - abnormal; refunds CLOSED gave their money back.
    """
    orders = store.many(
        "SELECT out_trade_no, transaction_id, prepay_id, kind, state, total, openid, created,"
        " paid, closed FROM orders ORDER BY created"
    )
    refunds = store.many(
        "SELECT out_refund_no, refund_id, out_trade_no, amount, status, created, settled"
        " FROM refunds ORDER BY created"
    )
    paid = sum(order["total"] for order in orders if order["transaction_id"])
    by_status = {
        status: sum(row["amount"] for row in refunds if row["status"] == status)
        for status in ("SUCCESS", "PROCESSING", "ABNORMAL", "CLOSED")
    }
    taken = sum(fen for status, fen in by_status.items() if status != "CLOSED")
    (entries,) = store.many("SELECT coalesce(sum(fen), 0) AS balance FROM ledger")
    balance = entries["balance"]
    return {
        "orders": orders,
        "refunds": refunds,
        "sums": {
            "paid": paid,
            "refunded": by_status["SUCCESS"],
            "refunding": by_status["PROCESSING"],
            "abnormal": by_status["ABNORMAL"],
            "balance": balance,
        },
        "counts": {
            "orders": len(orders),
            "paid": sum(1 for order in orders if order["transaction_id"]),
            "closed": sum(1 for order in orders if order["state"] == "CLOSED"),
            "refunds": len(refunds),
            "refunded": sum(1 for row in refunds if row["status"] == "SUCCESS"),
        },
        "conserved": balance == paid - taken and _within_each(orders, refunds),
    }


def _within_each(orders: list[dict[str, Any]], refunds: list[dict[str, Any]]) -> bool:
    """No order gave back more than it took, and none unpaid gave anything."""
    left = {row["out_trade_no"]: row["total"] if row["transaction_id"] else 0 for row in orders}
    for row in refunds:
        if row["status"] != "CLOSED":
            left[row["out_trade_no"]] -= row["amount"]
    return all(fen >= 0 for fen in left.values())


def next_msgid(store: Store) -> int:
    """The number of the next message of any account."""
    (last,) = store.many("SELECT coalesce(max(msgid), ?) AS msgid FROM messages", _FIRST_MSGID)
    return last["msgid"] + 1


def messages(store: Store, openid: str | None = None) -> list[dict[str, Any]]:
    """Messages accepted, oldest first; of one person when `openid` is given."""
    rows = store.many(
        "SELECT * FROM messages WHERE ?1 IS NULL OR openid = ?1 ORDER BY msgid", openid
    )
    return [row | {"data": json.loads(row["data"])} for row in rows]


def callbacks(store: Store) -> list[dict[str, Any]]:
    """Callbacks and the answers they got: `{status, fault}` each, status 0 for no answer."""
    rows = store.many(
        "SELECT id, channel, kind, subject, url, created, next_at, attempts, state, answers"
        " FROM callbacks ORDER BY created"
    )
    return [row | {"answers": json.loads(row["answers"])} for row in rows]
