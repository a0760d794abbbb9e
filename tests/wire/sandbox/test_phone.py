"""The patient's phone over HTTP: the web passed through, silent consent, pay sheet, messages."""

import json

import pytest

from tests.wire.sandbox.pocket import Phone
from wx_backend.entrypoints.sandbox.people import PEOPLE

WANG = PEOPLE[0]


async def test_sign_in_is_silent_for_the_owner(phone: Phone) -> None:
    await phone.own("wang-xiulan")
    page = await phone.follow("/h5/")
    assert WANG.openid in page.body.decode()
    assert phone.cookies["who"] == WANG.openid


async def test_without_an_owner_the_consent_page_asks_and_remembers(phone: Phone) -> None:
    page = await phone.follow("/h5/")
    assert "选择一位演示用户" in page.body.decode()
    asked = (await phone.go("/h5/")).headers["Location"]
    page = await phone.follow(f"{asked}&as=zhang-min")
    assert "ozhang-min" in page.body.decode()
    assert phone.cookies["wechat_person"] == "zhang-min"


async def test_the_web_sees_wechat_and_the_page_gets_the_bridge(phone: Phone) -> None:
    await phone.own("wang-xiulan")
    page = await phone.follow("/h5/")
    scripts = [f'<script src="/__wechat/static/{one}.js"></script>' for one in ("sheet", "bridge")]
    assert f"<head>{''.join(scripts)}" in page.body.decode()
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    headers = phone.product.seen[-1].request.headers
    assert headers["User-Agent"].startswith("Browser/1 MicroMessenger/8.0.50")
    assert headers["X-Forwarded-Host"] == phone.url.removeprefix("http://")
    bridge = await phone.go("/__wechat/static/bridge.js")
    assert bridge.code == 200 and b"getBrandWCPayRequest" in bridge.body


async def test_everything_else_passes_untouched(phone: Phone) -> None:
    answer = await phone.go("/echo", "号<head>".encode(), **{"Sec-Fetch-Dest": "empty"})
    assert (answer.code, answer.body.decode()) == (422, "<p>号<head></p>")
    assert phone.cookies == {"a": "1", "b": "2"}


async def test_another_owner_is_another_phone(phone: Phone) -> None:
    await phone.own("wang-xiulan")
    await phone.follow("/h5/")
    await phone.own("li-jianguo")
    assert phone.cookies == {"wechat_person": "li-jianguo", "phone_client": "wechat"}
    assert (await phone.go("/__wechat/api/owner", {"person": "nobody"})).code == 400


async def test_pay_sheet_checks_then_pays(phone: Phone) -> None:
    await phone.own("wang-xiulan")
    params = await phone.product.payment(WANG.openid)
    shown = json.loads((await phone.go("/__wechat/api/pay/show", params)).body)
    assert (shown["amount"], shown["goods"]) == ("50.00", "挂号费")
    assert (await phone.go("/__wechat/api/pay/confirm", params)).code == 200
    again = await phone.go("/__wechat/api/pay/confirm", params)
    assert again.code == 400 and "已支付" in again.body.decode()
    assert phone.running.box.desk.order("out_trade_no", "order-0001")["state"] == "SUCCESS"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"paySign": "Zm9yZ2Vk"}, "签名失败"), ({"timeStamp": "1"}, "签名失败"),
        ({"appId": "wx0"}, "参数错误"), ({"signType": "MD5"}, "参数错误"),
        ({"package": "id=1"}, "参数错误"),
    ],
)  # fmt: skip
async def test_tampered_parameters_pay_nothing(
    phone: Phone, change: dict[str, str], words: str
) -> None:
    await phone.own("wang-xiulan")
    params = await phone.product.payment(WANG.openid) | change
    answer = await phone.go("/__wechat/api/pay/confirm", params)
    assert answer.code == 400 and words in answer.body.decode()
    assert phone.running.box.desk.order("out_trade_no", "order-0001")["state"] == "NOTPAY"


async def test_only_the_one_who_ordered_pays(phone: Phone) -> None:
    await phone.own("li-jianguo")
    params = await phone.product.payment(WANG.openid)
    answer = await phone.go("/__wechat/api/pay/confirm", params)
    assert "不一致" in answer.body.decode()


async def test_conversation_and_menu(phone: Phone) -> None:
    await phone.own("wang-xiulan")
    box = phone.running.box
    template = next(item for item in box.templates.values() if item.name == "refund_accepted")
    data = {key: {"value": "5.00"} for key in template.fields}
    box.store.put(
        "messages",
        {
            "msgid": 1, "client_msg_id": None, "openid": WANG.openid, "template_id": template.id,
            "url": f"{phone.product.url}/h5/a?b=1", "data": json.dumps(data), "at": 0.0,
        },
    )  # fmt: skip
    box.followers.menu = [
        {
            "name": "更多",
            "sub_button": [{"type": "view", "name": "首页", "url": phone.url + "/h5/"}],
        }
    ]
    state = json.loads((await phone.go("/__wechat/api/state")).body)
    assert state["person"]["key"] == "wang-xiulan" and state["follows"]
    page = {"name": "首页", "url": "/h5/", "below": []}
    assert state["menu"] == [{"name": "更多", "url": "", "below": [page]}]
    (message,) = state["messages"]
    assert (message["title"], message["url"]) == ("退款申请受理通知", "/h5/a?b=1")
    assert ["退款金额", "5.00"] in message["rows"]


async def test_a_stranger_follows_from_the_phone(phone: Phone) -> None:
    assert (await phone.go("/__wechat/api/follow", {"follows": True})).code == 403
    await phone.own("zhao-lei")
    assert not json.loads((await phone.go("/__wechat/api/state")).body)["follows"]
    await phone.go("/__wechat/api/follow", {"follows": True})
    assert json.loads((await phone.go("/__wechat/api/state")).body)["follows"]


async def test_no_network_says_so(phone: Phone) -> None:
    await phone.product.close()
    answer = await phone.go("/h5/")
    assert answer.code == 502 and "网页无法打开" in answer.body.decode()


async def test_the_h5_cashier_refuses_inside_wechat(phone: Phone) -> None:
    assert "请在微信外打开" in (await phone.go("/__wechat/_pay/wx1")).body.decode()


async def test_a_merchants_code_is_scanned_and_paid_by_the_owner(phone: Phone) -> None:
    box = phone.running.box
    order = {
        "appid": box.keys.appid, "mchid": box.keys.mchid, "description": "挂号费",
        "out_trade_no": "order-0001", "notify_url": "http://127.0.0.1:9/cb",
        "amount": {"total": 5000, "currency": "CNY"},
    }  # fmt: skip
    text = f"weixin://wxpay/bizpayurl?pr={box.desk.open('native', order)['prepay_id']}"
    assert (await phone.go("/__wechat/api/scan", {"text": text})).code == 403
    await phone.own("wang-xiulan")
    waiting = json.loads((await phone.go("/__wechat/api/state")).body)["codes"]
    assert waiting == [{"name": "收款码 ￥50.00 挂号费", "text": text}]
    cashier = json.loads((await phone.go("/__wechat/api/scan", {"text": text})).body)["url"]
    assert "50.00" in (await phone.go(cashier)).body.decode()
    assert "支付成功" in (await phone.go(cashier, b"outcome=pay")).body.decode()
    paid = box.desk.order("out_trade_no", "order-0001")
    assert (paid["state"], paid["openid"]) == ("SUCCESS", WANG.openid)


@pytest.mark.parametrize("app", ["wechat", "alipay"])
async def test_a_code_that_the_app_cannot_read(phone: Phone, app: str) -> None:
    await phone.own("wang-xiulan", app)
    for text in ("", "hello", "//elsewhere.test/", "https://elsewhere.test/", "http://a:99999/"):
        assert (await phone.go(f"/__{app}/api/scan", {"text": text})).code == 404
    web = f"{phone.product.url}/h5/?from=qr"
    opened = await phone.go(f"/__{app}/api/scan", {"text": web})
    assert json.loads(opened.body) == {"url": "/h5/?from=qr"}
