"""What an account is set up with: our client against the sandbox."""

import pytest

from tests.wire.gateways.conftest import World
from wx_backend.base.errors import GatewayBusy, GatewayRefused, GatewayUnknown
from wx_backend.gateways.wechat.port import Button

DOOR = Button(name="挂号", type="view", url="https://h.example/h5/")
MENU = (
    DOOR,
    Button(name="更多", sub_button=(DOOR, Button(name="帮助", type="click", key="help"))),
)


async def test_a_menu_is_seen_as_it_was_made(world: World):
    upkeep = world.wechat.upkeep
    assert await upkeep.menu() == ()
    await upkeep.set_menu(MENU)
    assert await upkeep.menu() == MENU


@pytest.mark.parametrize(
    ("menu", "code"),
    [
        ((), "40016"),
        ((DOOR,) * 4, "40016"),
        ((Button(name="更多", sub_button=(DOOR,) * 6),), "40023"),
        ((Button(name="一二三四五六", type="view", url=DOOR.url),), "40018"),
        ((Button(name="帮助", type="click"),), "40019"),
        ((Button(name="挂号", type="view", url="/h5/"),), "40020"),
    ],
)
async def test_the_platform_has_its_own_limits(world: World, menu, code):
    with pytest.raises(GatewayRefused) as refused:
        await world.wechat.upkeep.set_menu(menu)
    assert refused.value.data["platform_code"] == code
    assert await world.wechat.upkeep.menu() == ()


async def test_each_code_is_another_and_has_a_scene(world: World):
    codes = [await world.wechat.upkeep.scene_code("d_doc01") for _ in range(2)]
    assert len(set(codes)) == 2
    for scene in ("", "x" * 65):
        with pytest.raises(GatewayRefused) as refused:
            await world.wechat.upkeep.scene_code(scene)
        assert refused.value.data["platform_code"] == "40053"


async def test_templates_are_told_with_their_fields(world: World):
    ours = await world.wechat.upkeep.templates()
    assert {one.id for one in ours} == set(world.templates.values())
    [reminder] = [one for one in ours if one.id == world.templates["visit_reminder"]]
    assert reminder.fields == ("thing1", "thing2", "time3", "thing4")
    assert await world.mini.upkeep.subscribe_templates() == ours


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("busy", None, GatewayBusy),
        ("rate_limit", 45009, GatewayBusy),
        ("refused", 48001, GatewayRefused),
        ("html", None, GatewayUnknown),
        ("lost_reply", None, GatewayUnknown),
    ],
)
async def test_trouble_has_the_same_names_as_elsewhere(world: World, kind, value, expected):
    await world.fault("*/get_all_private_template", kind, value=value)
    with pytest.raises(expected):
        await world.wechat.upkeep.templates()
