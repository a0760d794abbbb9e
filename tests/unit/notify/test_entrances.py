"""A service account's menu by the platform's limits, and what its answers mean."""

import pytest

from notify.entrances import answers, menus, scenes
from notify.entrances.model import APPOINTMENTS, DEFAULT_MENU, DEPARTMENTS, HELP, MenuWrong
from wx_backend.directory.institutions.model import Institution
from wx_backend.gateways.wechat.port import AccountEvent, Button

HOME = "https://h.example"
HERE = Institution(id="ins1", code="h1", name="医院", level="三级甲等", phone="010-1")
DOOR = Button(name="挂号", type="view", url="/h5/")


def many(n: int) -> tuple[Button, ...]:
    return (DOOR,) * n


def under(*below: Button) -> tuple[Button, ...]:
    return (Button(name="更多", sub_button=below),)


def test_ours_is_taken_and_survives_being_written_down():
    assert menus.wrong(DEFAULT_MENU) == []
    assert menus.read(menus.write(DEFAULT_MENU)) == DEFAULT_MENU


@pytest.mark.parametrize(
    ("menu", "words"),
    [
        ((), "1 到 3 个"),
        (many(4), "1 到 3 个"),
        (under(*many(6)), "最多 5 个"),
        ((Button(name="预约挂号了", type="view", url="/h5/"),), "最多 4 个汉字"),
        (under(Button(name="一二三四五六七八九", type="view", url="/h5/")), "最多 8 个汉字"),
        ((Button(name=" ", type="view", url="/h5/"),), "未填写"),
        ((Button(name="挂号", type="view", url="http://h.example/"),), "https"),
        ((Button(name="挂号", type="view", url="//h.example/"),), "https"),
        ((Button(name="挂号", type="view", url="/" + "a" * 1024),), "https"),
        ((Button(name="挂号", type="view"),), "缺少 url"),
        ((Button(name="帮助", type="click"),), "缺少 key"),
        ((Button(name="帮助", type="click", key="键" * 43),), "128 字节"),
        ((Button(name="小程序", type="miniprogram", url="/h5/", appid="wx1"),), "缺少 pagepath"),
        ((Button(name="挂号"),), "类型"),
        ((Button(name="位置", type="location_select", key="x"),), "类型 location_select 不可用"),
        (under(*under(DOOR)), "不能再有下级"),
        ((Button(name="更多", type="view", url="/h5/", sub_button=(DOOR,)),), "不能再有动作"),
    ],
)
def test_what_the_platform_would_refuse_is_said_before(menu, words):
    with pytest.raises(MenuWrong) as refused:
        menus.check(menu)
    assert words in refused.value.data["fields"]["menu"]


@pytest.mark.parametrize("text", ["", "[]", '{"button": 1}', '{"buttons": []}', '{"button": [{}]}'])
def test_a_text_that_is_no_menu(text):
    with pytest.raises(MenuWrong):
        menus.read(text)


def test_menus_differ_by_lines():
    ours = menus.addressed(DEFAULT_MENU, HOME)
    assert menus.difference(ours, ours) == []
    theirs = (Button(name="预约挂号", type="view", url="https://old.example/"), *ours[1:])
    assert menus.difference(theirs, ours) == [
        "- 预约挂号 → 打开网页 https://old.example/",
        f"+ 预约挂号 → 打开网页 {HOME}{DEPARTMENTS}",
    ]
    assert menus.difference((), ours) == [f"+ {line}" for line in menus.lines(ours)]


def event(kind: str, key: str) -> AccountEvent:
    return AccountEvent(kind=kind, openid="o1", dedupe_key="k", event_key=key)


def test_scenes_of_codes():
    scene = scenes.scene_of(scenes.DOCTOR, "doc01234")
    assert event("scan", scene).scene == event("subscribe_scan", scene).scene == scene
    assert scenes.meant_by_scene(scene) == ("d", "doc01234")
    assert event("subscribe", "").scene == event("click", scene).scene == ""
    for strange in ("", "x_doc01234", "d_", "d_DOC01234", "d_doc01234 "):
        assert scenes.meant_by_scene(strange) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("怎么挂号", DEPARTMENTS),
        ("我的预约在哪", APPOINTMENTS),
        ("我要退号", APPOINTMENTS),
        (HELP, None),
        ("你好", None),
    ],
)
def test_words_that_mean_a_page(text, path):
    way = scenes.meant_by(text)
    assert (way and way.path) == path


def test_who_is_in_danger_is_not_given_links():
    assert scenes.urgent("我胸痛得厉害，怎么挂号")
    assert "120" in answers.URGENT.text
    assert "href" not in answers.URGENT.text


def test_every_answer_says_that_nobody_has_read_it():
    everything = answers.everything(HERE, HOME, welcome=True)
    for said in (
        everything,
        answers.page("挂号", DEPARTMENTS, HOME),
        answers.several((), (), HOME),
    ):
        assert answers.NOTE in said.text
    assert f'<a href="{HOME}{DEPARTMENTS}">' in everything.text
    assert "010-1" in everything.text
