"""Subscribe messages of the mini-program: our client against the sandbox."""

import asyncio

import pytest

from tests.wire.gateways.conftest import World
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown
from wx_backend.gateways.wechat.port import Sent, SubscribeMessage

SEND = "/wx/cgi-bin/message/subscribe/send"
PERSON = "li-jianguo"


async def message(world: World, **changes) -> SubscribeMessage:
    good = {
        "openid": await world.person(PERSON, "mini_openid"),
        "template_id": world.templates["appointment_cancelled"],
        "fields": {
            "thing1": "李*国",
            "thing2": "内科",
            "time3": "2026年1月5日 08:30",
            "thing4": "本人取消",
        },
        "page": "pages/web?path=%2Fh5",
    }
    return SubscribeMessage(**good | changes)


async def agree(world: World, **more) -> dict:
    template = world.templates["appointment_cancelled"]
    return await world.ctl("subscribe", person=PERSON, templates=[template], **more)


async def test_one_agreement_is_one_message(world: World):
    ours = await message(world)
    assert await agree(world) == {ours.template_id: "accept"}
    sent = await world.mini.send_subscribe(ours)
    [stored] = (await world.ctl("journal"))["messages"]
    assert sent == Sent(str(stored["msgid"]))
    assert stored["data"]["thing2"] == {"value": "内科"}
    with pytest.raises(SendRefused) as refused:
        await world.mini.send_subscribe(ours)
    assert refused.value.data["platform_code"] == "43101"


async def test_two_agreements_are_two_messages_whoever_is_first(world: World):
    for _ in range(2):
        await agree(world)
    ours = await message(world)
    done = await asyncio.gather(
        *(world.mini.send_subscribe(ours) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, Sent) for one in done) == 2
    assert sum(isinstance(one, SendRefused) for one in done) == 3


async def test_who_refused_or_turned_it_off_gets_nothing(world: World):
    await agree(world, accept=False)
    with pytest.raises(SendRefused):
        await world.mini.send_subscribe(await message(world))
    await agree(world)
    await agree(world, off=True)
    with pytest.raises(SendRefused):
        await world.mini.send_subscribe(await message(world))


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"openid": "nobody"}, "40003", SendRefused),
        ({"template_id": "none"}, "40037", SendInvalid),
        ({"page": "/pages/web"}, "41030", SendInvalid),
        ({"fields": {"thing1": "李*国"}}, "47003", SendInvalid),
    ],
)
async def test_what_is_wrong_with_a_message_is_told_by_name(world: World, changes, code, error):
    await agree(world)
    with pytest.raises(error) as refused:
        await world.mini.send_subscribe(await message(world, **changes))
    assert refused.value.data["platform_code"] == code


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("rate_limit", None, SendLater),
        ("busy", None, SendLater),
        ("refused", 43101, SendRefused),
        ("lost_reply", None, SendUnknown),
    ],
)
async def test_trouble_has_the_same_names_as_elsewhere(world: World, kind, value, expected):
    await agree(world)
    await world.ctl("faults", endpoint=SEND, kind=kind, times=1, value=value)
    with pytest.raises(expected) as failed:
        await world.mini.send_subscribe(await message(world))
    if kind == "rate_limit":
        assert failed.value.tomorrow
