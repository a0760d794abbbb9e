"""How Alipay words a trade, in answers and in notifications (pure). Source: protocols.md 5."""

import json
import secrets
from typing import Any
from urllib.parse import urlencode

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.alipay import wire
from wx_backend.entrypoints.sandbox.alipay.rules import beijing, fen
from wx_backend.entrypoints.sandbox.callback_wire import REPLAY_SECONDS, Wire
from wx_backend.entrypoints.sandbox.faults import Fault
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.pay_views import yuan
from wx_backend.entrypoints.sandbox.store import Row

_STRANGER = "2088000000000001"


def view(trade: Row) -> dict[str, Any]:
    """One trade as `alipay.trade.query` answers it."""
    shown = {
        "out_trade_no": trade["out_trade_no"],
        "trade_no": trade["trade_no"],
        "trade_status": trade["state"],
        "total_amount": yuan(trade["total"]),
        "buyer_open_id": trade["buyer"] or "",
    }
    if trade["paid"]:
        shown |= {
            "send_pay_date": beijing(trade["paid"]),
            "receipt_amount": yuan(trade["total"]),
            "fund_bill_list": [{"amount": yuan(trade["total"]), "fund_channel": "ALIPAYACCOUNT"}],
        }
    return shown


def trade(row: Row, keys: Keys) -> dict[str, str]:
    """Fields of the notification of a trade that was paid, before it is signed."""
    request = json.loads(row["request"])
    return {
        "notify_type": "trade_status_sync",
        "notify_id": secrets.token_hex(17),
        "app_id": keys.alipay_app_id,
        "auth_app_id": keys.alipay_app_id,
        "charset": "utf-8",
        "version": "1.0",
        "seller_id": keys.alipay_seller_id,
        "out_trade_no": row["out_trade_no"],
        "trade_no": row["trade_no"],
        "trade_status": row["state"],
        "buyer_open_id": row["buyer"],
        "total_amount": yuan(row["total"]),
        "receipt_amount": yuan(row["total"]),
        "subject": request["subject"],
        "gmt_create": beijing(row["created"]),
        "gmt_payment": beijing(row["paid"]),
    }


def refund(row: Row, number: str, keys: Keys) -> dict[str, str]:
    """A refund is told as its trade, with what went back in all and the refund's number."""
    return trade(row, keys) | {
        "out_biz_no": number,
        "refund_fee": yuan(row["refunded"]),
        "gmt_refund": beijing(clock.now()),
    }


def posted(keys: Keys, row: Row, fault: Fault | None) -> Wire:
    """The form on the wire; bad_sign, notify_amount, notify_other_mch, signtest (nobody's
    signature) and notify_replay (an old time) change it as their names say. `notify_time` is that
    of each attempt."""
    kind = fault.kind if fault else None
    age = float(fault.value or REPLAY_SECONDS) if fault and kind == "notify_replay" else 0
    fields = json.loads(row["payload"]) | {"notify_time": beijing(clock.now() - age)}
    if kind == "notify_amount":
        fields["total_amount"] = yuan(fen(fields["total_amount"]) + int(fault.value or 1))
    if kind == "notify_other_mch":
        fields["seller_id"] = _STRANGER
    key = keys.forger_key if kind == "bad_sign" else keys.alipay_key
    sign = "SIGNTEST" if kind == "signtest" else wire.sign(key, wire.joined(fields))
    signed = fields | {"sign_type": "RSA2", "sign": sign}
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return row["url"], headers, urlencode(signed).encode()
