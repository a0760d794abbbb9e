"""Bills as text: what the sandbox writes is read back, and what was cut or bent is not believed."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.entrypoints.sandbox import bill_text as wechat_writes
from wx_backend.entrypoints.sandbox.alipay import bill_files as alipay_writes
from wx_backend.entrypoints.sandbox.bill_entries import Entry, midnights
from wx_backend.gateways import amounts
from wx_backend.gateways.alipay import bill_text as alipay
from wx_backend.gateways.billing import BillBroken
from wx_backend.gateways.wechat_pay import bill_text as wechat

DAY = date(2026, 11, 21)
KEYS = SimpleNamespace(appid="wx1", mchid="19", alipay_seller_id="2088000000000001")
SINCE, UNTIL = midnights(DAY)
NAMES = st.text("挂号费,内科 Aa'（）", max_size=8)
NUMBERS = st.integers(10**9, 10**12).map(lambda n: f"n{n}")
ENTRIES = st.lists(
    st.builds(
        Entry,
        refund=st.booleans(),
        number=NUMBERS,
        transaction=NUMBERS,
        fen=st.integers(1, 10**9),
        at=st.integers(int(SINCE), int(UNTIL) - 1),
        made=st.just(SINCE),
        about=NAMES,
        request_no=NUMBERS,
        refund_id=NUMBERS,
        state=st.just("SUCCESS"),
    ),
    max_size=8,
)


def lines_of(entries: list[Entry], platform: str) -> list[str]:
    if platform == "wechat_pay":
        return wechat_writes.trade(entries, "ALL", KEYS).splitlines(keepends=True)
    return alipay_writes.trade(entries, DAY, KEYS)[1]


READ = {"wechat_pay": wechat.trades, "alipay": alipay.trades}
both = pytest.mark.parametrize("platform", READ)


@both
@given(entries=ENTRIES)
def test_every_line_comes_back(platform: str, entries: list[Entry]) -> None:
    rows = list(READ[platform](lines_of(entries, platform)))
    assert [(row.kind, row.fen, row.fee_fen, row.attempt, row.transaction) for row in rows] == [
        ("REFUNDED" if one.refund else "PAID", one.fen, one.fee, one.number, one.transaction)
        for one in entries
    ]
    assert [row.no for row in rows] == [
        one.request_no if one.refund else one.number for one in entries
    ]
    assert [row.at for row in rows] == [datetime.fromtimestamp(one.at, UTC) for one in entries]


@both
@given(entries=ENTRIES, share=st.floats(0, 0.99))
def test_a_text_that_was_cut_is_never_a_whole_bill(
    platform: str, entries: list[Entry], share: float
) -> None:
    lines = lines_of(entries, platform)
    whole = {"wechat_pay": len(lines) - 1, "alipay": len(lines) - 2}[platform]
    with pytest.raises(BillBroken):
        list(READ[platform](lines[: int(whole * share)]))


@both
def test_an_amount_that_is_not_in_the_totals_breaks_the_bill(platform: str) -> None:
    one = Entry(False, "pay1", "4200000001", 5000, SINCE, SINCE)
    lines = lines_of([one], platform)
    bent = [line.replace("50.00", "50.01") if "pay1" in line else line for line in lines]
    with pytest.raises(BillBroken) as broken:
        list(READ[platform](bent))
    assert broken.value.reason == "totals"


@both
def test_columns_are_found_by_name(platform: str) -> None:
    with pytest.raises(BillBroken) as broken:
        list(READ[platform](["交易时间,金额\r\n", "`1,`2\r\n"]))
    assert broken.value.reason.startswith("columns")


@given(st.integers(-(10**12), 10**12))
def test_amounts_keep_five_decimals(value: int) -> None:
    whole, rest = divmod(abs(value), 100_000)
    text = f"{'-' if value < 0 else ''}{whole}.{rest:05d}"
    assert amounts.grains(text) == value
    assert abs(amounts.rounded(text) * amounts.GRAIN - value) * 2 <= amounts.GRAIN


@pytest.mark.parametrize("text", ["", "1.", ".5", "1,000.00", "一", "1e3", "0.123456"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        amounts.grains(text)
