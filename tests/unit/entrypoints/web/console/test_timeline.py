"""An appointment's history in words: its money by how it came, acts by who did them."""

from datetime import UTC, datetime

from booking.payments import posting
from booking.payments.ledger import fold
from booking.payments.model import DESK, Order
from wx_backend.base.money import Split
from wx_backend.entrypoints.web.console import timeline

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_money_says_how_it_came_and_went():
    entries = posting.cash("ord1", fold([]), DESK, 5000, AT, "staff:1")
    entries += posting.refund_all(fold(entries), "a", AT)
    [refund] = fold(entries).refunds
    entries += posting.refund_result(fold(entries), refund, "SUCCESS", AT)
    order = Order(
        id="ord1", inst="i", account="", purpose={}, title="", amount_fen=5000,
        split=Split(self_=5000), expires_at=AT, entries=entries,
        state="REFUNDED", version=1,
    )  # fmt: skip
    assert [one.what for one in timeline.paid(order)] == [
        "收款 现金 50.00 元",
        "申请退款 现金 50.00 元",
        "退款完成 现金 50.00 元",
    ]
    assert timeline.paid(None) == []


def test_who_did_it_is_named_and_what_is_not_for_the_desk_is_left_out():
    record = {"at": AT, "actor": "staff:s1", "action": "appointments:limits:passed",
              "data": {"reason": "急诊转来"}}  # fmt: skip
    other = {**record, "action": "messages:log:read"}
    [moment] = timeline.told([record, other], {"s1": "陶慧"})
    assert (moment.what, moment.who) == ("超出限约办理：急诊转来", "陶慧")
    assert timeline.members([record, {**record, "actor": "account:a"}]) == {"s1"}
    assert timeline.actor("platform:wechat_pay", {}) == "支付平台"
