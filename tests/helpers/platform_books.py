"""Rows of the platforms' books, written into the sandbox as if payers had paid on some past day."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from wx_backend.base.clock import local_date
from wx_backend.entrypoints.sandbox.clock import CHINA

WECHAT_PAY, ALIPAY = "wechat_pay", "alipay"
PAST = 3
"""Days ago: its bills are ready at any hour, and those of the days around it."""


def past_day() -> date:
    return local_date(datetime.now(UTC)) - timedelta(days=PAST)


def seconds(day: date, at: str) -> float:
    """Of a moment in Beijing, `at` as 23:59:58."""
    return datetime.combine(day, time.fromisoformat(at), CHINA).timestamp()


@dataclass(frozen=True)
class Books:
    """Makes the rows of one merchant's platform; each method gives (table, row)."""

    platform: str
    appid: str = "wx0000000000000001"
    mchid: str = "1900000001"

    def paid(self, no: str, fen: int, at: float, transaction: str = "") -> tuple[str, dict]:
        number = transaction or f"42{abs(hash(no)) % 10**26:026d}"
        common = {"out_trade_no": no, "total": fen, "created": at - 20, "expires": at + 900,
                  "paid": at, "closed": None}  # fmt: skip
        if self.platform == ALIPAY:
            return "alipay_trades", common | {
                "trade_no": number, "token": f"token-{no}", "notify_url": "", "refunded": 0,
                "buyer": "o-buyer", "state": "TRADE_SUCCESS",
                "request": _request(subject="挂号费,内科"),
            }  # fmt: skip
        asked = _request(appid=self.appid, mchid=self.mchid, description="挂号费,内科", attach="")
        return "orders", common | {
            "prepay_id": f"prepay-{no}", "transaction_id": number, "kind": "jsapi",
            "request": asked, "openid": "o-payer", "state": "SUCCESS",
        }  # fmt: skip

    def refunded(self, no: str, attempt: str, fen: int, at: float, state: str = "SUCCESS") -> tuple:
        if self.platform == ALIPAY:
            return "alipay_refunds", {
                "out_trade_no": attempt, "out_request_no": no, "amount": fen, "reason": "",
                "at": at, "polls": 0,
            }  # fmt: skip
        return "refunds", {
            "out_refund_no": no, "refund_id": f"503{abs(hash(no)) % 10**25:025d}",
            "out_trade_no": attempt, "amount": fen, "total": fen, "reason": "",
            "notify_url": None, "status": state, "outcome": state, "created": at,
            "settled": at + 1, "settle_at": None, "polls": 0,
        }  # fmt: skip


def by_table(rows: list[tuple[str, dict]]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for table, row in rows:
        found.setdefault(table, []).append(row)
    return found


def _request(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False)
