"""WeChat Pay: wechatpayv3, hardened, against the sandbox."""

import asyncio
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.wire.gateways.conftest import World
from wx_backend.base.clock import WireClock
from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.entrypoints.sandbox import signing
from wx_backend.gateways.paying import (
    AlreadyPaidOnPlatform,
    NotEnoughBalance,
    PlatformLimited,
    Prepay,
    RefundRequest,
)

NUMBER = "pay0001"
EXPIRES = WireClock().now() + timedelta(hours=1)
QUERY = f"/v3/pay/transactions/out-trade-no/{NUMBER}"
PREPAY, CLOSE = "/v3/pay/transactions/jsapi", f"{QUERY}/close"
REFUNDS = "/v3/refund/domestic/refunds"
SILENCE = [("slow", 5), ("hang", None)]
TROUBLE = ["reset", "truncate", "html", "lost_reply", "bad_sign", "busy"]
UNCLEAR = [*SILENCE, *((kind, None) for kind in TROUBLE)]


async def prepay(world: World, **changes) -> Prepay:
    good = {
        "out_trade_no": NUMBER,
        "description": "挂号费 内科",
        "amount_fen": 5000,
        "openid": await world.person("li-jianguo"),
        "expires_at": EXPIRES,
    }
    return Prepay(**good | changes)


def refund(**changes) -> RefundRequest:
    good = {
        "out_trade_no": NUMBER,
        "out_refund_no": "ref0001",
        "refund_fen": 2000,
        "total_fen": 5000,
        "reason": "患者取消",
    }
    return RefundRequest(**good | changes)


async def paid(world: World) -> None:
    """An order that was paid and told about."""
    await world.pay.prepay_jsapi(await prepay(world))
    await world.ctl("pay", out_trade_no=NUMBER)
    await world.until(lambda: world.told)
    world.told.clear()


async def test_pay_be_told_refund_be_told(world: World):
    assert await world.pay.prepay_jsapi(await prepay(world))
    before = await world.pay.query(NUMBER)
    assert (before.state, before.amount_fen, before.paid_at) == ("NOTPAY", 5000, None)

    await world.ctl("pay", out_trade_no=NUMBER)
    await world.until(lambda: len(world.told) == 1)
    after, note = await world.pay.query(NUMBER), world.told[0]
    assert (after.state, after.amount_fen, after.mchid) == ("SUCCESS", 5000, world.keys["MCHID"])
    assert (note.kind, note.out_trade_no, note.amount_fen) == ("TRANSACTION.SUCCESS", NUMBER, 5000)
    assert note.reference == after.transaction_id
    assert note.at == after.paid_at

    asked = await world.pay.refund(refund())
    assert (asked.status, asked.refund_fen) == ("PROCESSING", 2000)
    await world.until(lambda: len(world.told) == 2)
    settled, note = await world.pay.query_refund(NUMBER, "ref0001"), world.told[1]
    assert (settled.status, settled.refund_id) == ("SUCCESS", asked.refund_id)
    assert (note.kind, note.reference, note.amount_fen) == ("REFUND.SUCCESS", asked.refund_id, 2000)
    assert note.out_refund_no == "ref0001"
    assert (await world.pay.query(NUMBER)).state == "REFUND"
    books = await world.ctl("books")
    assert books["conserved"] and books["sums"]["balance"] == 3000


async def test_the_same_payment_again_is_the_same_and_a_dearer_one_is_refused(world: World):
    first = await world.pay.prepay_jsapi(await prepay(world))
    assert await world.pay.prepay_jsapi(await prepay(world)) == first
    with pytest.raises(GatewayRefused) as refused:
        await world.pay.prepay_jsapi(await prepay(world, amount_fen=6000))
    assert refused.value.data["platform_code"] == "INVALID_REQUEST"


async def test_whoever_scans_the_code_pays(world: World):
    order = await prepay(world, openid=None)
    code = await world.pay.prepay_native(order)
    assert code.startswith("weixin://wxpay/bizpayurl?pr=")
    assert await world.pay.prepay_native(order) == code
    await world.ctl("pay", out_trade_no=NUMBER)
    assert (await world.pay.query(NUMBER)).state == "SUCCESS"


async def test_a_browser_outside_wechat_gets_an_address(world: World):
    order = await prepay(world, openid=None, client_ip="127.0.0.1")
    assert (await world.pay.prepay_h5(order)).startswith("http")
    with pytest.raises(ValueError, match="address"):
        await world.pay.prepay_h5(await prepay(world))
    with pytest.raises(ValueError, match="openid"):
        await world.pay.prepay_jsapi(order)


def test_the_pay_sheets_parameters_are_signed_by_the_merchant(world: World):
    """protocols.md 4.2."""
    given = world.pay.jsapi_params("wx2026")
    assert given["package"] == "prepay_id=wx2026"
    assert given["signType"] == "RSA"
    key = load_pem_private_key(world.keys["MERCHANT_KEY"].encode(), None).public_key()
    lines = [given[name] for name in ("appId", "timeStamp", "nonceStr", "package")]
    assert signing.verify(key, given["paySign"], *lines)
    assert not signing.verify(key, given["paySign"], *lines[:3], "prepay_id=other")


async def test_closing_works_twice_and_for_what_never_was(world: World):
    await world.pay.prepay_jsapi(await prepay(world))
    await world.pay.close(NUMBER)
    await world.pay.close(NUMBER)
    await world.pay.close("never001")
    assert (await world.pay.query(NUMBER)).state == "CLOSED"


@pytest.mark.parametrize("when", ["before", "during"])
async def test_what_is_paid_cannot_be_closed(world: World, when):
    await world.pay.prepay_jsapi(await prepay(world))
    if when == "before":
        await world.ctl("pay", out_trade_no=NUMBER)
    else:
        await world.fault(CLOSE, "pay_during_close")
    with pytest.raises(AlreadyPaidOnPlatform):
        await world.pay.close(NUMBER)
    assert (await world.pay.query(NUMBER)).state == "SUCCESS"
    with pytest.raises(AlreadyPaidOnPlatform):
        await world.pay.prepay_jsapi(await prepay(world))


async def test_numbers_nobody_knows(world: World):
    assert (await world.pay.query("never001")).state == "NOT_EXIST"
    assert (await world.pay.query_refund(NUMBER, "never001")).status == "NOT_EXIST"


@pytest.mark.parametrize(("kind", "value"), UNCLEAR)
async def test_a_prepay_without_a_clear_answer_is_unknown_and_can_be_repeated(
    world: World, impatient, kind, value
):
    await world.fault(PREPAY, kind, value=value)
    with pytest.raises(GatewayUnknown):
        await world.pay.prepay_jsapi(await prepay(world))
    assert (await world.calls())["jsapi"] == 1
    assert await world.pay.prepay_jsapi(await prepay(world))
    assert len((await world.ctl("books"))["orders"]) == 1


@pytest.mark.parametrize(("kind", "value"), UNCLEAR)
async def test_a_query_without_a_clear_answer_is_unknown(world: World, impatient, kind, value):
    await paid(world)
    await world.fault(QUERY, kind, value=value)
    with pytest.raises(GatewayUnknown):
        await world.pay.query(NUMBER)
    assert (await world.pay.query(NUMBER)).state == "SUCCESS"


@pytest.mark.parametrize(("kind", "value"), UNCLEAR)
async def test_a_close_without_a_clear_answer_is_unknown(world: World, impatient, kind, value):
    await world.pay.prepay_jsapi(await prepay(world))
    await world.fault(CLOSE, kind, value=value)
    with pytest.raises(GatewayUnknown):
        await world.pay.close(NUMBER)
    await world.pay.close(NUMBER)


@pytest.mark.parametrize(("kind", "value"), UNCLEAR)
async def test_a_refund_without_a_clear_answer_is_unknown_and_never_paid_twice(
    world: World, impatient, kind, value
):
    await paid(world)
    await world.fault(REFUNDS, kind, value=value)
    with pytest.raises(GatewayUnknown):
        await world.pay.refund(refund())
    await world.pay.refund(refund())
    await world.until(lambda: world.told)
    assert (await world.pay.query_refund(NUMBER, "ref0001")).status == "SUCCESS"
    books = await world.ctl("books")
    assert books["conserved"] and books["sums"]["balance"] == 3000


async def test_after_a_lost_reply_the_refund_is_found_by_our_number(world: World):
    await paid(world)
    await world.fault(REFUNDS, "lost_reply")
    with pytest.raises(GatewayUnknown):
        await world.pay.refund(refund())
    assert (await world.pay.query_refund(NUMBER, "ref0001")).status != "NOT_EXIST"


@pytest.mark.parametrize(
    ("kind", "means", "code"),
    [
        ("rate_limit", PlatformLimited, "FREQUENCY_LIMITED"),
        ("refused", GatewayRefused, "NO_AUTH"),
        ("clock_skew", GatewayRefused, "SIGN_ERROR"),
    ],
)
async def test_a_definite_no_is_told_apart(world: World, kind, means, code):
    await world.fault(PREPAY, kind)
    with pytest.raises(means) as refused:
        await world.pay.prepay_jsapi(await prepay(world))
    assert refused.value.data["platform_code"] == code
    assert not (await world.ctl("books"))["orders"]


async def test_a_merchant_key_the_platform_does_not_know_is_refused(world: World):
    stranger = world.gateways.wechat_pay("x", 1, world.pay_config(merchant_serial="ABCD"))
    with pytest.raises(GatewayRefused) as refused:
        await stranger.query(NUMBER)
    assert refused.value.data["platform_code"] == "SIGN_ERROR"


async def test_an_answer_signed_with_a_key_we_do_not_know_never_makes_us_call_out(world: World):
    config = world.pay_config(public_key_id="PUB_KEY_ID_0000000000000000000000000000000")
    with pytest.raises(GatewayUnknown):
        await world.gateways.wechat_pay("x", 1, config).prepay_jsapi(await prepay(world))
    assert await world.calls() == {"jsapi": 1}


@pytest.mark.parametrize(("kind", "status"), [("abnormal", "ABNORMAL"), ("closed", "CLOSED")])
async def test_a_refund_that_does_not_arrive(world: World, kind, status):
    await paid(world)
    await world.fault(REFUNDS, f"refund_{kind}")
    assert (await world.pay.refund(refund())).status == "PROCESSING"
    await world.until(lambda: world.told)
    assert (world.told[0].kind, world.told[0].status) == (f"REFUND.{status}", status)
    assert (await world.pay.query_refund(NUMBER, "ref0001")).status == status


async def test_a_refund_the_merchant_cannot_cover_can_be_asked_again(world: World):
    await paid(world)
    await world.fault(REFUNDS, "refund_not_enough")
    with pytest.raises(NotEnoughBalance):
        await world.pay.refund(refund())
    assert (await world.pay.refund(refund())).status == "PROCESSING"


async def test_a_refund_under_way_stays_so_for_a_while(world: World):
    await paid(world)
    await world.fault(REFUNDS, "refund_processing", value=2)
    await world.pay.refund(refund())
    assert [(await world.pay.query_refund(NUMBER, "ref0001")).status for _ in range(2)] == [
        "PROCESSING"
    ] * 2
    await world.until(lambda: world.told)
    assert (await world.pay.query_refund(NUMBER, "ref0001")).status == "SUCCESS"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("bad_sign", "bad_signature"),
        ("notify_replay", "stale"),
        ("notify_other_mch", "other_merchant"),
        ("signtest", "probe"),
    ],
)
async def test_a_notification_not_to_be_believed_is_rejected_without_calling_out(
    world: World, kind, reason
):
    await world.pay.prepay_jsapi(await prepay(world))
    calls = await world.calls()
    await world.fault("notify/*", kind)
    await world.ctl("pay", out_trade_no=NUMBER)
    await world.until(lambda: world.told)
    assert world.rejected == [reason]
    assert [note.amount_fen for note in world.told] == [5000]
    assert await world.calls() == calls


async def test_a_wrong_amount_is_handed_on_as_it_is_signed(world: World):
    await world.pay.prepay_jsapi(await prepay(world))
    await world.fault("notify/*", "notify_amount")
    await world.ctl("pay", out_trade_no=NUMBER)
    await world.until(lambda: world.told)
    assert world.told[0].amount_fen == 5001


async def test_repetitions_have_one_reference(world: World):
    await world.pay.prepay_jsapi(await prepay(world))
    await world.fault("notify/*", "notify_dup", value=2)
    await world.ctl("pay", out_trade_no=NUMBER)
    await world.until(lambda: len(world.told) == 3)
    assert len({(note.kind, note.reference) for note in world.told}) == 1


@pytest.mark.parametrize("body", [b"", b"junk", b"{}", b"\xff\xfe", b"[1]"])
async def test_junk_from_a_stranger_is_rejected_without_calling_out(world: World, body):
    answer = await world.http.post(
        f"{world.callback_url}/pay", content=body, headers={"Wechatpay-Serial": "7132D72A"}
    )
    assert answer.status_code == 400
    assert await world.calls() == {}


async def test_one_client_serves_many_at_once(world: World):
    orders = [await prepay(world, out_trade_no=f"pay{n:05d}") for n in range(30)]
    assert len(set(await asyncio.gather(*map(world.pay.prepay_jsapi, orders)))) == 30
