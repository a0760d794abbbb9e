"""How WeChat Pay words its orders and refunds: JSON of answers and of notifications (pure)."""

from typing import Any

from wx_backend.entrypoints.sandbox.clock import rfc3339
from wx_backend.entrypoints.sandbox.store import Row

TRADE_TYPE = {"jsapi": "JSAPI", "h5": "MWEB", "native": "NATIVE"}
STATE_WORDS = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "CLOSED": "订单已关闭",
}
CODE = "weixin://wxpay/bizpayurl?pr="
"""How the text of a native order's code begins; its prepay_id follows."""
_RECEIVED_BY = "支付用户零钱"


def yuan(fen: int) -> str:
    """`50.00` for 5000 fen."""
    return f"{fen // 100}.{fen % 100:02d}"


def transaction(order: Row, request: dict[str, Any]) -> dict[str, Any]:
    """One order; `request` is the prepay body as first received."""
    view: dict[str, Any] = {
        "appid": request["appid"],
        "mchid": request["mchid"],
        "out_trade_no": order["out_trade_no"],
        "trade_state": order["state"],
        "trade_state_desc": STATE_WORDS[order["state"]],
        "attach": request.get("attach", ""),
        "amount": {"total": order["total"], "currency": "CNY"},
        "payer": {"openid": order["openid"]} if order["openid"] else {},
    }
    if order["transaction_id"]:
        view |= {
            "transaction_id": order["transaction_id"],
            "trade_type": TRADE_TYPE[order["kind"]],
            "bank_type": "OTHERS",
            "success_time": rfc3339(order["paid"]),
            "promotion_detail": [],
        }
        view["amount"] |= {"payer_total": order["total"], "payer_currency": "CNY"}
    return view


def refund(row: Row, transaction_id: str) -> dict[str, Any]:
    """One refund as answered to its request or query."""
    view = {
        "refund_id": row["refund_id"],
        "out_refund_no": row["out_refund_no"],
        "transaction_id": transaction_id,
        "out_trade_no": row["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": _RECEIVED_BY,
        "create_time": rfc3339(row["created"]),
        "status": row["status"],
        "funds_account": "AVAILABLE",
        "amount": {
            "total": row["total"],
            "refund": row["amount"],
            "payer_total": row["total"],
            "payer_refund": row["amount"],
            "settlement_total": row["total"],
            "settlement_refund": row["amount"],
            "discount_refund": 0,
            "currency": "CNY",
        },
    }
    if row["status"] == "SUCCESS":
        view["success_time"] = rfc3339(row["settled"])
    return view


def refund_notice(row: Row, transaction_id: str, mchid: str) -> dict[str, Any]:
    """The decrypted resource of a REFUND.* notification."""
    notice = {
        "mchid": mchid,
        "out_trade_no": row["out_trade_no"],
        "transaction_id": transaction_id,
        "out_refund_no": row["out_refund_no"],
        "refund_id": row["refund_id"],
        "refund_status": row["status"],
        "user_received_account": _RECEIVED_BY,
        "amount": {
            "total": row["total"],
            "refund": row["amount"],
            "payer_total": row["total"],
            "payer_refund": row["amount"],
        },
    }
    if row["status"] == "SUCCESS":
        notice["success_time"] = rfc3339(row["settled"])
    return notice
