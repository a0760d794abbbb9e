"""What a day's bill lists, read from the books of the two platforms; midnight is Beijing's."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.store import Row, Store

FEE_PER_MILLE = 6
WECHAT_PAY, ALIPAY = "wechat_pay", "alipay"


@dataclass(frozen=True)
class Entry:
    """One line of a bill. Money is fen; `at` and `made` are seconds; `request_no` and `refund_id`
    are there for refunds."""

    refund: bool
    number: str
    transaction: str
    fen: int
    at: float
    made: float
    payer: str = ""
    about: str = ""
    way: str = "jsapi"
    request_no: str = ""
    refund_id: str = ""
    state: str = ""

    @property
    def fee(self) -> int:
        """What the platform keeps, rounded half up; given back with a refund."""
        kept = (self.fen * FEE_PER_MILLE + 500) // 1000
        return -kept if self.refund else kept


def midnights(day: date) -> tuple[float, float]:
    """Seconds at which a day in Beijing begins and ends."""
    begins = datetime.combine(day, datetime.min.time(), clock.CHINA)
    return begins.timestamp(), (begins + timedelta(days=1)).timestamp()


def entries(store: Store, platform: str, until: float, since: float = 0.0) -> list[Entry]:
    """Everything from `since` up to `until`, oldest first, with the lines that a test has added to
    the bill beyond the books."""
    read = {WECHAT_PAY: _wechat, ALIPAY: _alipay}[platform]
    added = store.many("SELECT entry FROM bill_lines WHERE platform = ?", platform)
    beyond = (Entry(**json.loads(row["entry"])) for row in added)
    found = [*read(store, since, until), *(one for one in beyond if since <= one.at < until)]
    return sorted(found, key=lambda one: one.at)


def add_line(store: Store, platform: str, entry: Entry) -> None:
    """A line that the bill has and the books have not, such as a second one of a payment."""
    kept = json.dumps(asdict(entry), ensure_ascii=False)
    store.put("bill_lines", {"platform": platform, "entry": kept})


def _wechat(store: Store, since: float, until: float) -> list[Entry]:
    paid = store.many(
        "SELECT * FROM orders WHERE transaction_id IS NOT NULL AND paid >= ? AND paid < ?",
        since, until,
    )  # fmt: skip
    back = store.many(
        "SELECT r.*, o.transaction_id, o.openid, o.request, o.kind FROM refunds r"
        " JOIN orders o ON o.out_trade_no = r.out_trade_no WHERE r.created >= ? AND r.created < ?",
        since, until,
    )  # fmt: skip
    return [
        *(
            Entry(
                False, row["out_trade_no"], row["transaction_id"], row["total"], row["paid"],
                row["created"], row["openid"] or "", _about(row, "description"), row["kind"],
            )
            for row in paid
        ),
        *(
            Entry(
                True, row["out_trade_no"], row["transaction_id"], row["amount"], row["created"],
                row["created"], row["openid"] or "", _about(row, "description"), row["kind"],
                row["out_refund_no"], row["refund_id"], row["status"],
            )
            for row in back
        ),
    ]  # fmt: skip


def _alipay(store: Store, since: float, until: float) -> list[Entry]:
    paid = store.many("SELECT * FROM alipay_trades WHERE paid >= ? AND paid < ?", since, until)
    back = store.many(
        "SELECT r.*, t.trade_no, t.buyer, t.request, t.created FROM alipay_refunds r"
        " JOIN alipay_trades t ON t.out_trade_no = r.out_trade_no"
        " WHERE r.polls = 0 AND r.at >= ? AND r.at < ?",
        since, until,
    )  # fmt: skip
    return [
        *(
            Entry(
                False, row["out_trade_no"], row["trade_no"], row["total"], row["paid"],
                row["created"], row["buyer"] or "", _about(row, "subject"),
            )
            for row in paid
        ),
        *(
            Entry(
                True, row["out_trade_no"], row["trade_no"], row["amount"], row["at"],
                row["created"], row["buyer"] or "", _about(row, "subject"),
                request_no=row["out_request_no"], refund_id=row["out_request_no"], state="SUCCESS",
            )
            for row in back
        ),
    ]  # fmt: skip


def _about(row: Row, name: str) -> str:
    return str(json.loads(row["request"]).get(name, ""))


def spoilt(listed: list[Entry]) -> list[Entry]:
    """`bill_diff`: the first payment is missing, the second is a fen more, there is one that nobody
    made, and the first refund is a fen less."""
    paid = [one for one in listed if not one.refund]
    back = [one for one in listed if one.refund]
    kept = paid[1:]
    if kept:
        stranger = {"number": "stranger00000001", "transaction": "4200000000000000000000000001"}
        kept = [replace(kept[0], fen=kept[0].fen + 1), *kept[1:], replace(kept[0], **stranger)]
    if back:
        back[0] = replace(back[0], fen=back[0].fen - 1)
    return sorted([*kept, *back], key=lambda one: one.at)
