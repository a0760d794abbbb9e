"""The patient's Alipay over HTTP: its name, its bridge, silent consent, and the pay sheet."""

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.wire.sandbox.pocket import Phone
from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.alipay import payers
from wx_backend.entrypoints.sandbox.people import by_key

WANG = payers.open_id(people.PEOPLE[0])
SHEET = "/__alipay/api/pay/"


def trade(phone: Phone, **changes: str) -> dict[str, str]:
    """What the page gives the bridge of a trade that 王秀兰 is to pay."""
    content = {
        "out_trade_no": "order0001", "total_amount": "50.00", "subject": "挂号费",
        "buyer_open_id": WANG, **changes,
    }  # fmt: skip
    return {"tradeNO": phone.running.box.trades.open("mini", content, "")["trade_no"]}


def words(answer) -> str:
    assert answer.code == 400
    return json.loads(answer.body)["error"]


async def test_the_web_sees_alipay_and_the_page_gets_its_bridge(phone: Phone) -> None:
    await phone.own("wang-xiulan", "alipay")
    page = await phone.go("/echo", b"<head></head>")
    named = phone.product.seen[-1].request.headers["User-Agent"]
    assert "AlipayClient/10" in named
    assert "MicroMessenger" not in named
    assert b"alipay_bridge.js" in page.body
    bridge = await phone.go("/__wechat/static/alipay_bridge.js")
    assert b"tradePay" in bridge.body


async def test_consent_is_silent_and_stays_inside(phone: Phone) -> None:
    await phone.own("wang-xiulan", "alipay")
    asked = {
        "app_id": phone.running.box.keys.alipay_app_id, "scope": "auth_base", "state": "s1",
        "redirect_uri": f"{phone.url}/signin/alipay/chn1",
    }  # fmt: skip
    path = "/__alipay/open/alipay/oauth2/publicAppAuthorize.htm"
    back = urlsplit((await phone.go(f"{path}?{urlencode(asked)}")).headers["Location"])
    told = parse_qs(back.query)
    assert (back.netloc, back.path, told["state"]) == ("", "/signin/alipay/chn1", ["s1"])
    assert phone.running.box.tokens.use_code("alipay", told["auth_code"][0])["openid"] == WANG
    refused = await phone.go(f"{path}?{urlencode(asked | {'app_id': '1'})}")
    assert "AppID" in refused.body.decode()


async def test_the_sheet_shows_then_pays_once(phone: Phone) -> None:
    await phone.own("wang-xiulan", "alipay")
    params = trade(phone)
    shown = json.loads((await phone.go(f"{SHEET}show", params)).body)
    assert (shown["amount"], shown["goods"]) == ("50.00", "挂号费")
    assert (await phone.go(f"{SHEET}confirm", params)).code == 200
    assert "已支付" in words(await phone.go(f"{SHEET}confirm", params))
    assert phone.running.box.trades.find("out_trade_no", "order0001")["state"] == "TRADE_SUCCESS"


@pytest.mark.parametrize(
    ("owner", "params", "said"),
    [
        ("wang-xiulan", {"tradeNO": "2000"}, "订单不存在"),
        ("wang-xiulan", {}, "订单不存在"),
        ("li-jianguo", None, "交易买家不匹配"),
    ],
)
async def test_what_is_not_the_owners_to_pay_is_refused(phone: Phone, owner, params, said) -> None:
    made = trade(phone)
    await phone.own(owner, "alipay")
    for step in ("show", "confirm"):
        assert said in words(await phone.go(SHEET + step, made if params is None else params))
    assert phone.running.box.trades.find("out_trade_no", "order0001")["paid"] is None


async def test_a_merchants_code_is_scanned_and_paid_by_the_owner(phone: Phone) -> None:
    box = phone.running.box
    content = {"out_trade_no": "order0001", "total_amount": "50.00", "subject": "挂号费"}
    made = box.trades.open("qr", content, "")
    await phone.own("li-jianguo", "alipay")
    [code] = json.loads((await phone.go("/__alipay/api/state")).body)["codes"]
    assert code == {
        "name": "收款码 ￥50.00 挂号费",
        "text": f"http://127.0.0.1:{phone.running.port}/_alipay/{made['token']}",
    }
    opened = await phone.go("/__alipay/api/scan", {"text": code["text"]})
    cashier = json.loads(opened.body)["url"]
    assert "50.00" in (await phone.go(cashier)).body.decode()
    assert "支付成功" in (await phone.go(cashier, b"outcome=pay")).body.decode()
    paid = box.trades.find("out_trade_no", "order0001")
    assert (paid["state"], paid["buyer"]) == ("TRADE_SUCCESS", payers.open_id(by_key("li-jianguo")))
