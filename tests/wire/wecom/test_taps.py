"""Buttons call back: signed, sealed, repeated, and answered by a change of the card."""

import asyncio

import pytest

from tests.wire.wecom.cards import READ_BACK, card
from tests.wire.wecom.conftest import World

ZHOU, HE = "zhou-qiming", "he-zhiyuan"


async def state_of_the_callback(world: World) -> str:
    (callback,) = (await world.ctl("journal"))["callbacks"]
    return callback["state"]


async def test_a_tap_arrives_with_what_was_chosen_and_closes_the_card(world: World):
    await world.wecom.send_card([ZHOU], card(choice=READ_BACK))
    await world.tap(ZHOU, "crit-1", "got", chosen={"k": ["a"]})
    await world.until(lambda: world.told)
    (tap,) = world.told
    assert (tap.kind, tap.userid) == ("template_card_event", ZHOU)
    assert (tap.task_id, tap.event_key, tap.chosen) == ("crit-1", "got", {"k": ("a",)})
    assert await world.wecom.update_card(tap.response_code, [ZHOU], "已收到") == ()
    assert (await world.shown(ZHOU))[0]["closed"] == "已收到"
    with pytest.raises(AssertionError, match="cannot be tapped"):
        await world.tap(ZHOU, "crit-1", "got")


async def test_every_tap_has_a_code_of_its_own_beside_the_messages(world: World):
    sent = await world.wecom.send_card([ZHOU, HE], card())
    await world.tap(ZHOU, "crit-1", "got")
    await world.tap(HE, "crit-1", "got")
    await world.until(lambda: len(world.told) == 2)
    codes = {sent.response_code, *(tap.response_code for tap in world.told)}
    assert len(codes) == 3
    for code in codes:
        assert await world.wecom.update_card(code, [ZHOU, HE], "已收到") == ()


async def test_only_callback_buttons_of_a_shown_card_can_be_tapped(world: World):
    await world.fault("/qy/cgi-bin/message/send", "wecom_drop")
    await world.wecom.send_card([ZHOU], card())
    await world.wecom.send_card([HE], card("crit-2"))
    for userid, task, key in [(ZHOU, "crit-1", "got"), (HE, "crit-2", "x"), (HE, "crit-1", "got")]:
        with pytest.raises(AssertionError):
            await world.tap(userid, task, key)


async def test_an_unanswered_tap_is_told_three_times_with_one_key(world: World):
    world.answers += [500, 500, 500]
    await world.wecom.send_card([ZHOU], card())
    await world.tap(ZHOU, "crit-1", "got")
    await world.until(lambda: len(world.told) == 3)
    assert len({tap.dedupe_key for tap in world.told}) == 1
    async with asyncio.timeout(20):
        while await state_of_the_callback(world) == "due":  # noqa: ASYNC110 in another process
            await asyncio.sleep(0.01)
    assert await state_of_the_callback(world) == "given_up"


async def test_a_doubled_tap_has_one_key_and_a_second_tap_another(world: World):
    await world.wecom.send_card([ZHOU], card())
    await world.fault("event/template_card_event", "notify_dup", value=1)
    await world.tap(ZHOU, "crit-1", "got")
    await world.until(lambda: len(world.told) == 2)
    await world.tap(ZHOU, "crit-1", "got")
    await world.until(lambda: len(world.told) == 3)
    assert len({tap.dedupe_key for tap in world.told}) == 2


async def test_a_forged_tap_is_not_believed_and_the_true_one_follows(world: World):
    await world.wecom.send_card([ZHOU], card())
    await world.fault("event/*", "bad_sign")
    await world.tap(ZHOU, "crit-1", "got")
    await world.until(lambda: world.told)
    assert world.rejected == ["bad_signature"]
    assert [tap.userid for tap in world.told] == [ZHOU]


@pytest.mark.parametrize("spoiled", [{"late": 3.0}, {"more": "\n"}])
async def test_the_console_takes_no_address_that_is_late_or_adds_a_word(world: World, spoiled):
    vars(world).update(spoiled)
    with pytest.raises(AssertionError, match="did not open the echo"):
        await world.ctl("wecom/server", url=world.callback_url)
