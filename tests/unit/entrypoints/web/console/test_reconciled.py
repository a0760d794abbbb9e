"""Reconciliation in words, charts and rows."""

from datetime import UTC, date, datetime
from decimal import Decimal

from booking.reconciliation.matching import Line, Sum
from booking.reconciliation.model import Act, Difference, Repair, Run
from wx_backend.entrypoints.web.console import reconciled as words
from wx_backend.entrypoints.web.console import reconciled_sheets as sheets

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
MONTH = date(2026, 11, 1)
NAMES = {"stf1": "潘悦"}
LINE = Line("PAID", "pay1", 5000, "alipay", "2026", AT)
TRIED = (
    Repair("ask", AT, "stf1", "平台已收款", "gateway_unknown"),
    Repair("ask", AT, "stf1", "再次查询", "repaired"),
)
FOUND = Difference(
    id="dif1", inst="ins1", day="2026-11-21", side="platform", kind="missing_here", no="pay1",
    money="PAID", platform="alipay", fen=5000, at=AT, found_at=AT, run=2, theirs=LINE,
    order="ord1", state="REPAIRED", repairs=TRIED,
)  # fmt: skip


def run(day: str = "2026-11-21", state: str = "DONE") -> Run:
    return Run(
        id=day, inst="ins1", day=day, state=state, asked_at=AT,
        ours={"alipay": Sum(paid=1, paid_fen=3000), "wechat_pay": Sum(paid=1, paid_fen=100)},
        theirs={
            "alipay": Sum(paid=2, paid_fen=8000, fee_fen=48),
            "wechat_pay": Sum(paid=1, paid_fen=100, refunded=1, refunded_fen=250),
        },
        counts={"missing_here": 2, "late": 3}, open=1,
        acts=(Act("ask", datetime(2026, 11, 22, 2, tzinfo=UTC), "stf1"),),
    )  # fmt: skip


def test_a_chart_has_every_day_and_each_platform() -> None:
    drawn = words.income_chart(MONTH, [run(), run("2026-11-22", "FAILED")])
    assert drawn["x"] == [f"{n}" for n in range(1, 31)]
    assert {one["name"]: one["data"][20] for one in drawn["bars"]} == {
        "微信支付（元）": -1.5, "支付宝（元）": 80.0,
    }  # fmt: skip
    assert [one["data"][21] for one in drawn["bars"]] == [None, None], "nothing is known of it"
    assert drawn["line"]["data"][20] == 50.0
    differing = words.difference_chart(MONTH, [run()])
    assert [one["data"][20] for one in differing["bars"]] == [3, 2]


def test_who_did_what_and_why_is_told_in_order() -> None:
    told = [(one.by, one.what, one.why, one.outcome) for one in words.deeds(run(), [FOUND])]
    asked = "平台有，本院无：向平台查询并补记"
    assert told == [
        ("stf1", "对账", "", ""),
        ("stf1", asked, "平台已收款", words.REASONS["gateway_unknown"]),
        ("stf1", asked, "再次查询", "两边已一致"),
    ]


def test_files_have_amounts_that_add_up_and_every_try() -> None:
    [row] = sheets.of_day([FOUND], NAMES, str)
    assert len(row) == len(sheets.DAY)
    assert row[6:8] == ("", Decimal("50.00"))
    assert row[-3:-1] == ("潘悦；潘悦", "平台已收款；再次查询")
    wechat, alipay = sheets.of_month([run()], NAMES)
    assert len(wechat) == len(alipay) == len(sheets.MONTH)
    assert (alipay[2], alipay[-3]) == ("支付宝", Decimal("50.00"))
    assert wechat[-3] == Decimal("-2.50")
