"""Alipay: python-alipay-sdk, hardened, against the sandbox."""

import asyncio
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.wire.gateways.conftest import World
from wx_backend.base.clock import WireClock
from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.entrypoints.sandbox.alipay import wire
from wx_backend.gateways.alipay.port import AuthCodeUsed
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.http import adapter
from wx_backend.gateways.paying import (
    AlreadyPaidOnPlatform,
    NotEnoughBalance,
    PlatformLimited,
    Prepay,
    RefundRequest,
)

NUMBER = "pay0001"
EXPIRES = WireClock().now() + timedelta(hours=1)
METHOD = "/gateway.do/alipay.trade."
UNCLEAR = [
    *[("slow", 5), ("hang", None), ("reset", None), ("truncate", None), ("html", None)],
    *[("lost_reply", None), ("bad_sign", None), ("busy", None)],
]


async def payer(world: World) -> str:
    """The open id of who signs in."""
    code = (await world.ctl("alipay/auth_code", person="li-jianguo"))["code"]
    found = await world.alipay.sign_in(code)
    assert found.open_id
    return found.open_id


async def prepay(world: World, **changes) -> Prepay:
    good = {
        "out_trade_no": NUMBER,
        "description": "挂号费 {内科",
        "amount_fen": 5000,
        "openid": await payer(world),
        "expires_at": EXPIRES,
    }
    return Prepay(**good | changes)


def refund(number: str = "ref0001", fen: int = 2000) -> RefundRequest:
    return RefundRequest(
        out_trade_no=NUMBER, out_refund_no=number, refund_fen=fen, total_fen=5000, reason="患者取消"
    )


async def paid(world: World) -> None:
    """A trade that was paid and told about."""
    await world.alipay.create(await prepay(world))
    await world.ctl("alipay/pay", out_trade_no=NUMBER)
    await world.until(lambda: world.told)
    world.told.clear()


async def test_pay_be_told_refund_in_two_parts(world: World):
    trade_no = await world.alipay.create(await prepay(world))
    before = await world.alipay.query(NUMBER)
    assert (before.state, before.amount_fen, before.paid_at) == ("NOTPAY", 5000, None)

    await world.ctl("alipay/pay", out_trade_no=NUMBER)
    await world.until(lambda: len(world.told) == 1)
    after, note = await world.alipay.query(NUMBER), world.told[0]
    assert (after.state, after.amount_fen, after.transaction_id) == ("SUCCESS", 5000, trade_no)
    assert (note.kind, note.out_trade_no, note.amount_fen) == ("TRADE_SUCCESS", NUMBER, 5000)
    assert note.reference == trade_no

    assert (await world.alipay.refund(refund())).status == "SUCCESS"
    again = await world.alipay.refund(refund())
    assert again.status == "PROCESSING", "the same number moves nothing more: ask"
    assert (await world.alipay.query(NUMBER)).state == "SUCCESS", "a part of it is still paid"
    assert (await world.alipay.refund(refund("ref0002", 3000))).status == "SUCCESS"
    first = await world.alipay.query_refund(NUMBER, "ref0001")
    assert (first.status, first.refund_fen) == ("SUCCESS", 2000)
    assert (await world.alipay.query(NUMBER)).state == "REFUND"
    await world.until(lambda: len(world.told) == 3)
    told = {(one.kind, one.out_refund_no, one.amount_fen) for one in world.told[1:]}
    assert told == {("REFUND", "ref0001", None), ("REFUND", "ref0002", None)}, "in any order"
    books = await world.ctl("alipay/books")
    assert books["conserved"] and books["sums"] == {"paid": 5000, "refunded": 5000, "balance": 0}


async def test_a_code_is_nobodys_trade_until_it_is_scanned(world: World):
    address = await world.alipay.precreate(await prepay(world, openid=None))
    assert (await world.alipay.query(NUMBER)).state == "NOT_EXIST"
    page = await world.http.get(address)
    assert "挂号费 {内科" in page.text and "50.00" in page.text
    assert (await world.alipay.query(NUMBER)).state == "NOTPAY"
    done = await world.http.post(address, data={"outcome": "pay"})
    assert "支付成功" in done.text
    assert (await world.alipay.query(NUMBER)).state == "SUCCESS"
    await world.until(lambda: world.told)
    assert world.rejected == [], "somebody has paid, and the notification is signed with who"


async def test_a_browser_pays_at_the_cashier_and_comes_back(world: World):
    asked = await prepay(world, openid=None, back_to="http://127.0.0.1:9/h5/result")
    address = await world.alipay.wap_url(asked)
    at = (await world.http.get(address)).headers["Location"]
    back = await world.http.post(f"{world.url}{at}", data={"outcome": "pay"})
    assert (back.status_code, back.headers["Location"]) == (303, "http://127.0.0.1:9/h5/result")
    assert (await world.alipay.query(NUMBER)).state == "SUCCESS"


async def test_what_is_closed_is_not_paid_any_more(world: World):
    await world.alipay.create(await prepay(world))
    await world.alipay.close(NUMBER)
    await world.alipay.close(NUMBER)
    await world.alipay.close("pay-none")
    assert (await world.alipay.query(NUMBER)).state == "CLOSED"
    assert (await world.alipay.query("pay_none")).state == "NOT_EXIST"
    assert (await world.alipay.query_refund(NUMBER, "ref0009")).status == "NOT_EXIST"
    with pytest.raises(GatewayRefused):
        await world.alipay.create(await prepay(world))


async def test_paid_while_being_closed(world: World):
    await world.alipay.create(await prepay(world))
    await world.fault(f"{METHOD}close", "pay_during_close")
    with pytest.raises(AlreadyPaidOnPlatform):
        await world.alipay.close(NUMBER)
    assert (await world.alipay.query(NUMBER)).state == "SUCCESS"
    with pytest.raises(AlreadyPaidOnPlatform):
        await world.alipay.create(await prepay(world))


@pytest.mark.parametrize(("kind", "value"), UNCLEAR)
async def test_no_clear_answer_is_unknown_and_repeating_is_safe(world, monkeypatch, kind, value):
    await paid(world)
    await world.fault(f"{METHOD}refund", kind, value=value)
    with monkeypatch.context() as impatient, pytest.raises(GatewayUnknown):
        impatient.setattr(adapter, "TIMEOUT", (1.0, 0.5))
        await world.alipay.refund(refund())
    said = await world.alipay.query_refund(NUMBER, "ref0001")
    if said.status == "NOT_EXIST":
        assert (await world.alipay.refund(refund())).status == "SUCCESS"
    else:
        assert (await world.alipay.refund(refund())).status == "PROCESSING"
    assert (await world.ctl("alipay/books"))["sums"]["refunded"] == 2000


async def test_refunds_that_take_time_or_find_no_money(world: World):
    await paid(world)
    await world.fault(f"{METHOD}refund", "refund_not_enough")
    with pytest.raises(NotEnoughBalance):
        await world.alipay.refund(refund())
    await world.fault(f"{METHOD}refund", "refund_processing", value=2)
    assert (await world.alipay.refund(refund())).status == "PROCESSING"
    for _ in range(2):
        assert (await world.alipay.query_refund(NUMBER, "ref0001")).status == "NOT_EXIST"
    assert (await world.alipay.query_refund(NUMBER, "ref0001")).status == "SUCCESS"
    with pytest.raises(GatewayRefused):
        await world.alipay.refund(refund("ref0002", 3001))


async def test_definite_refusals_are_named(world: World):
    await world.fault(f"{METHOD}query", "rate_limit")
    with pytest.raises(PlatformLimited):
        await world.alipay.query(NUMBER)
    for kind in ("refused", "clock_skew"):
        await world.fault(f"{METHOD}query", kind)
        with pytest.raises(GatewayRefused):
            await world.alipay.query(NUMBER)
    stranger = world.keys["MERCHANT_KEY"]
    other = world.gateways.alipay("ch4", 1, world.alipay_config(app_private_key=stranger))
    with pytest.raises(GatewayRefused) as refused:
        await other.query(NUMBER)
    assert refused.value.data["platform_code"] == "isv.invalid-signature"


async def test_a_code_is_worth_one_sign_in(world: World):
    code = (await world.ctl("alipay/auth_code", person="li-jianguo"))["code"]
    await world.alipay.sign_in(code)
    with pytest.raises(AuthCodeUsed):
        await world.alipay.sign_in(code)


@pytest.mark.parametrize("kind", ["bad_sign", "notify_other_mch"])
async def test_a_notification_that_is_not_ours_is_refused_and_comes_again(world: World, kind):
    await world.alipay.create(await prepay(world))
    await world.fault("notify/TRADE_SUCCESS", kind)
    await world.ctl("alipay/pay", out_trade_no=NUMBER)
    await world.until(lambda: world.told)
    assert world.rejected == [{"bad_sign": "bad_signature"}.get(kind, "other_merchant")]
    assert world.told[0].amount_fen == 5000


async def test_forged_and_twisted_forms_are_refused(world: World):
    key = load_pem_private_key(world.keys["MERCHANT_KEY"].encode(), None)
    fields = {"app_id": world.keys["ALIPAY_APP_ID"], "trade_no": "1", "blank": " "}
    sign = await asyncio.to_thread(wire.sign, key, wire.joined(fields))
    forms = {
        urlencode(fields | {"sign_type": "RSA2", "sign": sign}): "bad_signature",
        urlencode(fields | {"sign_type": "RSA2", "sign": "不是"}): "bad_signature",
        urlencode(fields | {"sign_type": "RSA", "sign": sign}): "unsigned",
        urlencode(fields) + "&trade_no=2": "malformed",
        "": "unsigned",
        "a=" + "x" * 70_000: "too_large",
    }
    for form, reason in forms.items():
        with pytest.raises(CallbackRejected) as rejected:
            world.alipay.callbacks.parse({}, form.encode())
        assert rejected.value.data == {"reason": reason}, form[:40]
