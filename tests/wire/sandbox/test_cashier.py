"""The cashier page behind an h5_url: plain forms."""

from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPResponse
from wechatpayv3 import WeChatPayType

from tests.wire.sandbox.conftest import Bench
from tests.wire.sandbox.test_orders import ORDER

BACK = "http://hospital.test/h5/result"


@pytest.fixture
async def page(bench: Bench) -> str:
    """Address of the cashier page of a fresh H5 order."""
    order = {key: value for key, value in ORDER.items() if key != "payer"}
    scene = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
    _, answer = await bench.paid(
        bench.pay.pay, **order, scene_info=scene, pay_type=WeChatPayType.H5
    )
    return f"{answer['h5_url']}?redirect_url={quote(BACK, safe='')}"


async def press(bench: Bench, page: str, outcome: str) -> HTTPResponse:
    return await bench.http.fetch(
        page, method="POST", body=f"outcome={outcome}", follow_redirects=False, raise_error=False
    )


async def state(bench: Bench) -> str:
    return (await bench.paid(bench.pay.query, out_trade_no="order-0001"))[1]["trade_state"]


async def test_paying_goes_back_to_the_merchant(bench: Bench, page: str) -> None:
    shown = (await bench.http.fetch(page)).body.decode()
    assert "50.00" in shown and "挂号费" in shown
    answer = await press(bench, page, "pay")
    assert (answer.code, answer.headers["Location"]) == (303, BACK)
    assert await state(bench) == "SUCCESS"
    assert "该订单已支付" in (await press(bench, page, "pay")).body.decode()
    assert (await bench.ctl("books"))["sums"]["paid"] == 5000


@pytest.mark.parametrize(
    ("outcome", "words"), [("wrong_password", "支付密码错误"), ("timeout", "网络超时")]
)
async def test_failures_stay_on_the_page(bench: Bench, page: str, outcome: str, words: str) -> None:
    assert words in (await press(bench, page, outcome)).body.decode()
    assert await state(bench) == "NOTPAY"


async def test_cancelling_goes_back_unpaid(bench: Bench, page: str) -> None:
    assert (await press(bench, page, "cancel")).headers["Location"] == BACK
    assert await state(bench) == "NOTPAY"


async def test_the_link_is_good_for_five_minutes(bench: Bench, page: str) -> None:
    bench.running.box.store.do("UPDATE orders SET created = created - 301")
    assert "已过期" in (await bench.http.fetch(page)).body.decode()
    await press(bench, page, "pay")
    assert await state(bench) == "NOTPAY"
