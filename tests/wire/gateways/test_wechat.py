"""The service account: wechatpy, hardened, against the sandbox."""

import asyncio

import pytest

from tests.wire.gateways.conftest import World
from wx_backend.base.errors import GatewayBusy, GatewayRefused, GatewayUnknown
from wx_backend.gateways.phone import VerifiedPhone
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown
from wx_backend.gateways.wechat.port import (
    PhoneCodeUsed,
    TemplateMessage,
    WeChatCodeUsed,
)

SEND = "/wx/cgi-bin/message/template/send"
TOKEN = "/wx/cgi-bin/stable_token"
SILENCE = [("slow", 5), ("hang", None)]
TROUBLE = ["reset", "truncate", "html", "lost_reply"]


async def message(world: World, person="li-jianguo", **changes) -> TemplateMessage:
    good = {
        "openid": await world.person(person),
        "template_id": world.templates["appointment_cancelled"],
        "fields": {
            "thing1": "李*国",
            "thing2": "内科",
            "time3": "2026年1月5日 08:30",
            "thing4": "本人取消",
        },
        "client_msg_id": "msg0001",
        "url": "http://127.0.0.1/a/1",
    }
    return TemplateMessage(**good | changes)


async def sent_messages(world: World) -> int:
    return len((await world.ctl("journal"))["messages"])


async def test_a_person_signs_in_once_with_a_code(world: World):
    code = await world.code("li-jianguo")
    identity = await world.wechat.sign_in(code)
    assert identity.openid == await world.person("li-jianguo")
    assert not identity.snapshot
    with pytest.raises(WeChatCodeUsed):
        await world.wechat.sign_in(code)
    with pytest.raises(WeChatCodeUsed):
        await world.wechat.sign_in("made-up")


async def test_a_visitor_of_a_snapshot_is_marked(world: World):
    assert (await world.wechat.sign_in(await world.code("kuaizhao"))).snapshot


async def test_a_mini_program_signs_in_without_an_access_token(world: World):
    code = (await world.ctl("login_code", person="zhang-min"))["code"]
    identity = await world.mini.code_to_session(code)
    assert identity.openid == await world.person("zhang-min", "mini_openid")
    assert identity.unionid
    with pytest.raises(WeChatCodeUsed):
        await world.mini.code_to_session(code)
    assert "stable_token" not in await world.calls()


async def test_the_account_knows_the_unionid_of_who_follows_it(world: World):
    code = (await world.ctl("login_code", person="zhang-min"))["code"]
    same = (await world.mini.code_to_session(code)).unionid
    signed_in = await world.wechat.sign_in(await world.code("zhang-min"))
    assert signed_in.unionid is None
    assert await world.wechat.unionid(signed_in.openid) == same
    assert await world.wechat.unionid(await world.person("zhao-lei")) is None
    await world.ctl("open_platform", tied=False)
    assert await world.wechat.unionid(signed_in.openid) is None
    await world.ctl("open_platform", tied=True)
    with pytest.raises(GatewayRefused):
        await world.wechat.unionid("o-made-up")


async def test_a_mini_program_is_given_a_checked_number_once(world: World):
    code = (await world.ctl("phone_code", person="zhang-min", phone="13900139000"))["code"]
    assert await world.mini.phone_number(code) == VerifiedPhone("13900139000", "86")
    for spent in (code, "made-up", (await world.ctl("login_code", person="zhang-min"))["code"]):
        with pytest.raises(PhoneCodeUsed):
            await world.mini.phone_number(spent)


PHONE = "/wx/wxa/business/getuserphonenumber"


@pytest.mark.parametrize(
    ("where", "kind", "value", "expected"),
    [
        (PHONE, "busy", None, GatewayBusy),
        (PHONE, "refused", 48001, GatewayRefused),
        *((PHONE, kind, value, GatewayUnknown) for kind, value in SILENCE),
        *((PHONE, kind, None, GatewayUnknown) for kind in TROUBLE),
        (TOKEN, "ip_denied", None, GatewayBusy),
    ],
)
async def test_a_number_that_is_not_told(world: World, impatient, where, kind, value, expected):
    code = (await world.ctl("phone_code", person="zhang-min"))["code"]
    await world.fault(where, kind, value=value)
    with pytest.raises(expected):
        await world.mini.phone_number(code)


async def test_a_wrong_secret_is_a_refusal_with_the_platforms_words(world: World):
    account = world.gateways.wechat("other", 1, world.wechat_config(secret="wrong"))
    with pytest.raises(GatewayRefused) as refused:
        await account.sign_in(await world.code("li-jianguo"))
    assert refused.value.data["platform_code"] == "40125"
    with pytest.raises(SendLater):
        await account.send_template(await message(world))


@pytest.mark.parametrize(("kind", "value"), [*SILENCE, *((kind, None) for kind in TROUBLE)])
async def test_a_sign_in_without_a_clear_answer_is_unknown(world: World, impatient, kind, value):
    code = await world.code("li-jianguo")
    await world.fault("/wx/sns/oauth2/access_token", kind, value=value)
    with pytest.raises(GatewayUnknown):
        await world.wechat.sign_in(code)


async def test_a_message_is_accepted_once_and_its_end_is_told(world: World):
    await world.ctl("server", url=f"{world.callback_url}/wechat")
    accepted = await world.wechat.send_template(await message(world))
    assert await world.wechat.send_template(await message(world)) == accepted
    assert await sent_messages(world) == 1
    assert (await world.calls())["stable_token"] == 1
    await world.until(lambda: world.told)
    (event,) = world.told
    assert (event.kind, event.msgid) == ("templatesendjobfinish", accepted.msgid)
    assert (event.status, event.openid) == ("success", await world.person("li-jianguo"))


async def test_twenty_sends_on_a_cold_start_fetch_one_token(world: World):
    sends = [await message(world, client_msg_id=f"msg{n:04d}") for n in range(20)]
    await world.fault(TOKEN, "slow", value=0.3)
    done = await asyncio.gather(*map(world.wechat.send_template, sends))
    assert len({accepted.msgid for accepted in done}) == 20
    assert (await world.calls())["stable_token"] == 1


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_refused_once_costs_one_refresh(world: World, code):
    await world.fault(SEND, "token_expired", value=code)
    await world.wechat.send_template(await message(world))
    calls = await world.calls()
    assert (calls["send"], calls["stable_token"]) == (2, 2)
    assert await sent_messages(world) == 1


async def test_a_token_replaced_by_somebody_else_is_recovered(world: World):
    await world.wechat.send_template(await message(world))
    await world.fault(SEND, "token_rotated")
    await world.wechat.send_template(await message(world, client_msg_id="msg0002"))
    assert await sent_messages(world) == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_refused_for_ever_ends_after_one_retry(world: World, code):
    await world.fault(SEND, "token_expired", times=None, value=code)
    with pytest.raises(SendLater):
        await world.wechat.send_template(await message(world))
    calls = await world.calls()
    assert (calls["send"], calls["stable_token"]) == (2, 2)
    assert await sent_messages(world) == 0


@pytest.mark.parametrize(
    ("kind", "code", "means"),
    [
        ("refused", 43004, SendRefused),
        ("refused", 43101, SendRefused),
        ("bad_template", 40037, SendInvalid),
        ("bad_template", 47003, SendInvalid),
        ("busy", -1, SendLater),
        ("ip_denied", 40164, SendLater),
        ("rate_limit", 45009, SendLater),
    ],
)
async def test_what_the_platform_refuses_is_told_apart(world: World, kind, code, means):
    await world.fault(SEND, kind, value=code)
    with pytest.raises(means) as failure:
        await world.wechat.send_template(await message(world))
    assert failure.value.data["platform_code"] == str(code)
    assert getattr(failure.value, "tomorrow", False) == (code == 45009)
    assert (await world.calls())["send"] == 1
    assert await sent_messages(world) == 0


@pytest.mark.parametrize(
    ("changes", "means"),
    [
        ({"person": "zhao-lei"}, SendRefused),
        ({"openid": "nobody"}, SendRefused),
        ({"template_id": "unknown"}, SendInvalid),
        ({"fields": {"thing1": "字" * 21}}, SendInvalid),
    ],
)
async def test_the_platforms_own_checks(world: World, changes, means):
    with pytest.raises(means):
        await world.wechat.send_template(await message(world, **changes))
    assert await sent_messages(world) == 0


@pytest.mark.parametrize(("kind", "value"), [*SILENCE, *((kind, None) for kind in TROUBLE)])
async def test_a_send_without_a_clear_answer_is_unknown_and_its_repetition_is_dropped(
    world: World, impatient, kind, value
):
    await world.fault(SEND, kind, value=value)
    with pytest.raises(SendUnknown):
        await world.wechat.send_template(await message(world))
    assert (await world.calls())["send"] == 1
    await world.wechat.send_template(await message(world))
    assert await sent_messages(world) == 1


@pytest.mark.parametrize(("kind", "value"), [*SILENCE, *((kind, None) for kind in TROUBLE)])
async def test_without_a_token_nothing_is_sent(world: World, impatient, kind, value):
    await world.fault(TOKEN, kind, value=value)
    with pytest.raises(SendLater):
        await world.wechat.send_template(await message(world))
    assert "send" not in await world.calls()


async def test_a_platform_that_is_not_there_means_later(world: World, silent_port: int):
    nowhere = world.wechat_config(api_url=f"http://127.0.0.1:{silent_port}")
    with pytest.raises(SendLater):
        await world.gateways.wechat("gone", 1, nowhere).send_template(await message(world))


async def test_the_console_can_verify_our_address(world: World):
    assert await world.ctl("server", url=f"{world.callback_url}/wechat") == {"ok": True}


async def test_following_is_told_and_a_forged_event_is_not_believed(world: World):
    await world.ctl("server", url=f"{world.callback_url}/wechat")
    before = await world.calls()
    await world.fault("event/*", "bad_sign", times=1)
    await world.ctl("follow", person="zhao-lei", follows=True)
    await world.until(lambda: world.told)
    assert world.rejected == ["bad_signature"]
    assert [event.kind for event in world.told] == ["subscribe"]
    assert world.told[0].openid == await world.person("zhao-lei")
    assert await world.calls() == before
