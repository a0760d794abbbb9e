"""Messages and cards through the hardened SDK: who is really shown what."""

import asyncio

import pytest

from tests.wire.wecom.cards import GOT, LOOK, READ_BACK, card
from tests.wire.wecom.conftest import World
from wx_backend.base.errors import GatewayUnknown
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown
from wx_backend.gateways.wecom.port import NotStaff, WeComCodeUsed

SEND, TOKEN = "/qy/cgi-bin/message/send", "/qy/cgi-bin/gettoken"
UPDATE = "/qy/cgi-bin/message/update_template_card"
ZHOU, HE, NURSE, GONE = "zhou-qiming", "he-zhiyuan", "zhao-ting", "wu-gang"
SILENCE = [("slow", 5), ("hang", None)]
TROUBLE = ["reset", "truncate", "html", "lost_reply"]
NO_CLEAR_ANSWER = [*SILENCE, *((kind, None) for kind in TROUBLE)]


async def test_a_member_signs_in_once_with_a_code(world: World):
    code = await world.code(ZHOU)
    assert (await world.wecom.sign_in(code)).userid == ZHOU
    for spent in (code, "made-up"):
        with pytest.raises(WeComCodeUsed):
            await world.wecom.sign_in(spent)


async def test_an_outsider_is_no_staff(world: World):
    with pytest.raises(NotStaff):
        await world.wecom.sign_in(await world.code("chen-visitor"))


async def test_one_of_the_crowd_signs_in_too(world: World):
    assert (await world.wecom.sign_in(await world.code("staff-17"))).userid == "staff-17"


@pytest.mark.parametrize(("kind", "value"), NO_CLEAR_ANSWER)
async def test_a_sign_in_without_a_clear_answer_is_unknown(world: World, impatient, kind, value):
    code = await world.code(ZHOU)
    await world.fault("/qy/cgi-bin/auth/getuserinfo", kind, value=value)
    with pytest.raises(GatewayUnknown):
        await world.wecom.sign_in(code)


async def test_a_text_is_shown_to_each(world: World):
    sent = await world.wecom.send_text([ZHOU, NURSE], "危急值系统演练，请勿处置")
    assert sent.invalid_users == ()
    for userid in (ZHOU, NURSE):
        (row,) = await world.shown(userid)
        assert (row["msgid"], row["content"]["content"]) == (
            sent.msgid,
            "危急值系统演练，请勿处置",
        )
    assert await world.shown(HE) == []


async def test_a_card_is_shown_as_it_was_sent(world: World):
    sent = await world.wecom.send_card([ZHOU], card(choice=READ_BACK))
    assert sent.response_code
    (row,) = await world.shown(ZHOU)
    assert row["task_id"] == "crit-1" and row["closed"] is None
    assert row["content"]["button_selection"]["question_key"] == "k"
    assert [button["text"] for button in row["content"]["button_list"]] == ["收到", "查看"]


async def test_a_card_without_buttons_needs_no_callback(world: World):
    sent = await world.wecom.send_card([ZHOU], card(buttons=()))
    assert sent.response_code == ""
    (row,) = await world.shown(ZHOU)
    assert row["content"]["card_type"] == "text_notice"


async def test_the_same_card_again_is_not_shown_again(world: World):
    first = await world.wecom.send_card([ZHOU], card())
    assert await world.wecom.send_card([ZHOU], card()) == first
    assert len(await world.shown(ZHOU)) == 1
    with pytest.raises(SendInvalid):  # a task has one card
        await world.wecom.send_card([ZHOU], card(title="另一张卡片"))


async def test_some_may_be_invalid_while_the_others_get_it(world: World):
    sent = await world.wecom.send_card([ZHOU, GONE, "nobody"], card())
    assert sent.invalid_users == (GONE, "nobody")
    assert len(await world.shown(ZHOU)) == 1
    with pytest.raises(SendRefused):
        await world.wecom.send_card([GONE], card("crit-2"))


async def test_the_platform_may_call_anyone_invalid(world: World):
    await world.fault(SEND, "invaliduser", value=f"{HE}")
    sent = await world.wecom.send_card([ZHOU, HE], card())
    assert sent.invalid_users == (HE,)
    await world.fault(SEND, "invaliduser")
    with pytest.raises(SendRefused):
        await world.wecom.send_card([ZHOU], card("crit-2"))
    assert (len(await world.shown(ZHOU)), len(await world.shown(HE))) == (1, 0)


async def test_beyond_thirty_a_minute_nothing_is_shown_and_nothing_said(world: World):
    for n in range(32):
        await world.wecom.send_text([ZHOU], f"第 {n} 条")
    assert len(await world.shown(ZHOU)) == 30
    fates = [row["fate"] for row in await world.ctl(f"wecom/messages?userid={ZHOU}")]
    assert fates[30:] == ["limited", "limited"]
    await world.wecom.send_text([HE], "别人不受影响")
    assert len(await world.shown(HE)) == 1


async def test_silently_dropped_is_in_the_ledger_only(world: World):
    await world.fault(SEND, "wecom_drop", times=None, probability=0.5)
    users = [f"staff-{n}" for n in range(40)]
    sent = await world.wecom.send_card(users, card())
    assert sent.invalid_users == ()
    fates = [row["fate"] for row in await world.ctl("wecom/messages")]
    assert len(fates) == 40 and set(fates) == {"shown", "dropped"}


async def test_twenty_sends_on_a_cold_start_fetch_one_token(world: World):
    await world.fault(TOKEN, "slow", value=0.3)
    cards = [card(f"crit-{n}") for n in range(20)]
    await asyncio.gather(*(world.wecom.send_card([ZHOU], one) for one in cards))
    assert (await world.calls())["gettoken"] == 1
    assert len(await world.shown(ZHOU)) == 20


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_refused_once_costs_one_refresh(world: World, code):
    await world.fault(SEND, "token_expired", value=code)
    await world.wecom.send_card([ZHOU], card())
    calls = await world.calls()
    assert (calls["send"], calls["gettoken"]) == (2, 2)
    assert len(await world.shown(ZHOU)) == 1


async def test_a_dead_token_is_replaced(world: World):
    await world.wecom.send_card([ZHOU], card())
    await world.fault(SEND, "token_rotated")
    await world.wecom.send_card([ZHOU], card("crit-2"))
    assert len(await world.shown(ZHOU)) == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_refused_for_ever_ends_after_one_retry(world: World, code):
    await world.fault(SEND, "token_expired", times=None, value=code)
    with pytest.raises(SendLater):
        await world.wecom.send_card([ZHOU], card())
    calls = await world.calls()
    assert (calls["send"], calls["gettoken"]) == (2, 2)


@pytest.mark.parametrize(
    ("kind", "code", "means"),
    [
        ("refused", 81013, SendRefused),
        ("bad_template", 40058, SendInvalid),
        ("busy", -1, SendLater),
        ("ip_denied", 60020, SendLater),
        ("rate_limit", 45009, SendLater),
        ("rate_limit", 45033, SendLater),
    ],
)
async def test_what_the_platform_refuses_is_told_apart(world: World, kind, code, means):
    await world.fault(SEND, kind, value=code)
    with pytest.raises(means) as failure:
        await world.wecom.send_card([ZHOU], card())
    assert failure.value.data["platform_code"] == str(code)
    assert (await world.calls())["send"] == 1
    assert await world.shown(ZHOU) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"task_id": "no spaces"},
        {"task_id": "t" * 129},
        {"title": "题" * 37},
        {"subtitle": "题" * 45},
        {"text": "字" * 161},
        {"fields": (("项", "值"),) * 7},
        {"buttons": (GOT,) * 7},
        {"url": "", "buttons": ()},
    ],
)
async def test_the_platforms_own_checks(world: World, changes):
    with pytest.raises(SendInvalid):
        await world.wecom.send_card([ZHOU], card(**changes))
    assert await world.ctl("wecom/messages") == []


async def test_another_application_or_corp_or_secret_is_nobodys_fault_but_the_settings(
    world: World,
):
    wrong = ({"agent_id": 1}, {"corp_id": "wwother"}, {"secret": "x"})
    for n, changes in enumerate(wrong):
        application = world.gateways.wecom(f"other{n}", 1, world.config(**changes))
        with pytest.raises(SendLater):
            await application.send_card([ZHOU], card())


async def test_a_card_with_buttons_needs_a_callback_address(world: World):
    await world.ctl("clear", what="all")
    with pytest.raises(SendLater) as failure:
        await world.wecom.send_card([ZHOU], card())
    assert failure.value.data["platform_code"] == "43012"


@pytest.mark.parametrize(("kind", "value"), NO_CLEAR_ANSWER)
async def test_a_send_without_a_clear_answer_is_unknown_and_its_repetition_shows_one_card(
    world: World, impatient, kind, value
):
    await world.fault(SEND, kind, value=value)
    with pytest.raises(SendUnknown):
        await world.wecom.send_card([ZHOU], card())
    assert (await world.calls())["send"] == 1
    sent = await world.wecom.send_card([ZHOU], card())
    assert sent.response_code
    assert len(await world.shown(ZHOU)) == 1


@pytest.mark.parametrize(("kind", "value"), NO_CLEAR_ANSWER)
async def test_without_a_token_nothing_is_sent(world: World, impatient, kind, value):
    await world.fault(TOKEN, kind, value=value)
    with pytest.raises(SendLater):
        await world.wecom.send_card([ZHOU], card())
    assert "send" not in await world.calls()


async def test_a_platform_that_is_not_there_means_later(world: World, silent_port: int):
    nowhere = world.config(api_url=f"http://127.0.0.1:{silent_port}")
    with pytest.raises(SendLater):
        await world.gateways.wecom("gone", 1, nowhere).send_card([ZHOU], card())


async def test_a_card_is_changed_once_with_its_code(world: World):
    sent = await world.wecom.send_card([ZHOU, HE], card())
    assert await world.wecom.update_card(sent.response_code, [ZHOU, HE, NURSE], "已确认") == (
        NURSE,
    )
    assert [(await world.shown(userid))[0]["closed"] for userid in (ZHOU, HE)] == ["已确认"] * 2
    with pytest.raises(SendInvalid):
        await world.wecom.update_card(sent.response_code, [ZHOU], "再改一次")
    with pytest.raises(SendInvalid):
        await world.wecom.update_card("made-up", [ZHOU], "已确认")


async def test_a_card_becomes_another(world: World):
    sent = await world.wecom.send_card([ZHOU], card())
    later = card(title="危急值已处置", buttons=(LOOK,), closed="周启明 10:58 已处置")
    assert await world.wecom.update_card(sent.response_code, [ZHOU], later) == ()
    (row,) = await world.shown(ZHOU)
    assert (row["content"]["main_title"]["title"], row["closed"]) == (
        "危急值已处置",
        "周启明 10:58 已处置",
    )


@pytest.mark.parametrize(("kind", "value"), NO_CLEAR_ANSWER)
async def test_an_update_without_a_clear_answer_is_unknown(world: World, impatient, kind, value):
    sent = await world.wecom.send_card([ZHOU], card())
    await world.fault(UPDATE, kind, value=value)
    with pytest.raises(SendUnknown):
        await world.wecom.update_card(sent.response_code, [ZHOU], "已确认")
