"""From the laboratory to a nurse's phone and back: alerts, cards, taps and the ladder together."""

import asyncio

import pytest

from notify.critical import reactions as alerting
from notify.critical import service as critical
from notify.critical.model import HandOver
from notify.critical.readback import NEUTRAL
from notify.messages import handlers
from notify.messages import reactions as telling
from notify.messages import service as messages
from notify.relay.service import Relay
from tests.helpers import critical as ward
from tests.helpers.critical import Again, Bedside
from tests.helpers.front import served
from tests.helpers.told import INST, told
from wx_backend.base.collection import Collection
from wx_backend.base.context import Actor
from wx_backend.base.live import service as live
from wx_backend.base.sweeper import crank
from wx_backend.directory.settings import service as settings
from wx_backend.entrypoints import wiring

NURSE, DOCTOR, DUTY = "zhao-ting", "zhou-qiming", "he-zhiyuan"
PHONES = {"zhao": NURSE, "zhou": DOCTOR, "li": DUTY, "sun": "sun-yun", "liang": ""}
SEND = "/qy/cgi-bin/message/send"


class Scene:
    """The ward of ``Bedside`` with the phones of ``Told``; every event is heard twice."""

    def __init__(self, hospital, bedside: Bedside) -> None:
        self.hospital, self.bedside = hospital, bedside
        heard: dict[str, list] = {}
        for listed in (alerting.reactions, telling.reactions):
            for name, found in listed.items():
                if name in {kind.name for kind in ward.KINDS}:
                    heard.setdefault(name, []).extend([*found, *map(Again, found)])
        relay = Relay(ward.SOURCES, ward.KINDS, heard)
        bedside.sweeps = [*relay.sweeps()[:4], *critical.sweeps, *messages.sweeps]

    async def crank(self) -> None:
        await crank(self.hospital.house, self.bedside.sweeps)

    async def raised(self):
        """An alert whose cards are on the phones."""
        await self.bedside.raised()
        return await self.bedside.alert()

    def titles(self, userid: str) -> list[str]:
        cards = self.hospital.shown(userid)
        return [one["content"]["main_title"]["title"] for one in cards]

    def closed(self, userid: str) -> list[str | None]:
        return [one["closed"] for one in self.hospital.shown(userid)]

    async def widen(self) -> None:
        name = "critical.card_shows_value"
        draft = await settings.propose(self.hospital.ctx, name, 1, "hospital")
        await settings.approve(self.hospital.ctx.acting_as(Actor("staff", "ma")), draft.id)

    async def tap(self, userid: str, value: str) -> None:
        """Chooses a value on the newest card and sends it, until we have acted upon it."""
        card = self.hospital.shown(userid)[-1]
        choice = {"choice": [value]}
        known = self._answered()
        await self.hospital.ctl(
            "wecom/tap", userid=userid, task_id=card["task_id"], key="read_back", chosen=choice
        )
        async with asyncio.timeout(10):
            while self._answered() == known:  # noqa: ASYNC110 over the wire
                await asyncio.sleep(0.01)
        self.hospital.later(seconds=10)
        await self.crank()

    def _answered(self) -> int:
        """Calls of the platform that we have answered."""
        rows = "SELECT id FROM callbacks WHERE channel = 'wecom' AND state = 'done'"
        return len(self.hospital.running.box.store.many(rows))


@pytest.fixture
async def scene(mongo_uri, tmp_path):
    collections = [
        value
        for module in ward.STORES
        for value in vars(module).values()
        if isinstance(value, Collection)
    ]
    async with (
        told(mongo_uri, tmp_path) as hospital,
        served(hospital.house, INST, handlers.routes) as web,
    ):
        await hospital.house.db.ensure(collections)
        live.install(hospital.house, critical.topics)
        for name in ("still_true", "unreached", "answered"):
            vars_of = getattr(wiring, name.upper())
            getattr(hospital.house, name).update(vars_of)
        await hospital.ctl("wecom/server", url=f"{web}/cb/wecom/{hospital.agent.id}")
        bedside = Bedside(hospital.house)
        await bedside.furnish()
        for member, userid in PHONES.items():
            await bedside.change_member(member, wecom=userid)
        yield Scene(hospital, bedside)


async def test_everybody_on_the_first_rung_has_one_card_and_the_page_receives(scene):
    alert = await scene.raised()
    assert {one: scene.titles(one) for one in (NURSE, DOCTOR, DUTY)} == {
        NURSE: ["危急值待接收"],
        DOCTOR: ["危急值待接收"],
        DUTY: ["危急值待接收"],
    }
    form = ward.ReadBack(item=alert.item, value=alert.value)
    await critical.receive(scene.bedside.acting("zhao"), alert.id, alert.version, form)
    await scene.crank()
    assert {*scene.closed(NURSE), *scene.closed(DOCTOR), *scene.closed(DUTY)} == {
        "已由 员工zhao 接收"
    }


async def test_reading_back_on_a_widened_card(scene):
    await scene.widen()
    alert = await scene.raised()
    options = scene.hospital.shown(NURSE)[0]["content"]["button_selection"]["option_list"]
    assert [one["text"] for one in options] == [
        one.value or NEUTRAL for one in critical.choices(alert)
    ]
    await scene.tap(NURSE, NEUTRAL)
    assert (await scene.bedside.alert()).state == "RAISED"
    [wrong, *_] = [one["text"] for one in options if one["text"] not in (NEUTRAL, alert.value)]
    await scene.tap(NURSE, wrong)
    found = await scene.bedside.alert()
    assert (found.state, found.misreads) == ("RAISED", 1)
    said = scene.hospital.shown(NURSE)[0]["content"]["sub_title_text"]
    assert said == "复述与检验结果不一致，请核对后重新复述"
    await scene.tap(NURSE, alert.value)
    found = await scene.bedside.alert()
    assert (found.state, found.received.member) == ("RECEIVED", "zhao")
    assert (found.received.channel, found.received.device) == (scene.hospital.agent.id, "card")
    assert [*scene.closed(NURSE), *scene.closed(DOCTOR)] == ["已由 员工zhao 接收"] * 2


async def test_the_second_to_tap_hears_that_it_is_done(scene):
    await scene.widen()
    alert = await scene.raised()
    form = ward.ReadBack(item=alert.item, value=alert.value)
    await critical.receive(scene.bedside.acting("zhao"), alert.id, alert.version, form)
    await scene.tap(DUTY, alert.value)
    assert (await scene.bedside.alert()).received.member == "zhao"
    assert scene.closed(DUTY) == ["已由 员工zhao 接收"]


async def test_what_was_received_is_not_asked_for_again_on_a_widened_card(scene):
    await scene.widen()
    alert = await scene.raised()
    form = ward.ReadBack(item=alert.item, value=alert.value)
    await critical.receive(scene.bedside.acting("zhao"), alert.id, alert.version, form)
    await scene.crank()
    await scene.bedside.later(6)
    card = scene.hospital.shown(DUTY)[-1]["content"]
    assert card["main_title"]["title"] == "危急值待处理（已升级）"
    assert "button_selection" not in card
    assert [one["text"] for one in card["button_list"]] == ["立即查看"]


async def test_a_nurse_without_wecom_is_no_dead_end(scene):
    await scene.bedside.change_member("zhao", wecom="")
    alert = await scene.raised()
    assert alert.rung > 0
    assert alert.supervised
    assert "liang" in alert.members
    assert scene.titles("sun-yun")


async def test_whom_the_platform_does_not_take_is_no_dead_end(scene):
    await scene.hospital.fault("invaliduser", SEND, times=None, value=NURSE)
    alert = await scene.raised()
    assert (alert.rung > 0, alert.supervised) == (True, True)
    assert [one.reason for one in alert.told if one.reached is False][:1] == ["send_refused"]


async def test_a_platform_that_is_down_is_found_before_the_first_limit(scene):
    await scene.hospital.fault("ip_denied", SEND, times=None)
    await scene.raised()
    for _ in range(3):
        await scene.bedside.later(0.7)
    alert = await scene.bedside.alert()
    assert (alert.rung > 0, alert.supervised) == (True, True)
    scene.hospital.running.box.faults.clear()
    await scene.bedside.later(2)
    assert scene.titles(NURSE)


async def test_what_is_silently_dropped_is_found_by_the_clock(scene):
    await scene.hospital.fault("wecom_drop", SEND, times=3)
    await scene.raised()
    assert [scene.titles(one) for one in (NURSE, DOCTOR, DUTY)] == [[], [], []]
    await scene.bedside.later(6)
    assert "危急值待接收（已升级）" in scene.titles(NURSE) + scene.titles(DUTY)


async def test_a_recall_that_cannot_be_delivered_reaches_others_and_the_work_list(scene):
    await scene.raised()
    await scene.hospital.fault("invaliduser", SEND, times=None, value=NURSE)
    await scene.bedside.reports("4.2", status="C")
    await scene.crank()
    assert (await scene.bedside.alert()).unheard == ("zhao",)
    assert scene.titles(DUTY)[-2:] == ["危急值已撤回", "危急值撤回未送达"]
    (task,) = await scene.bedside.tasks("critical_recall")
    assert task["state"] == "OPEN"


async def test_who_is_asked_to_take_over_has_a_card_and_a_dead_phone_is_said(scene):
    alert = await scene.raised()
    form = ward.ReadBack(item=alert.item, value=alert.value)
    here = scene.bedside.acting("li")
    alert = await critical.receive(here, alert.id, alert.version, form)
    await critical.hand_over(here, alert.id, alert.version, HandOver(to="zhou"))
    await scene.crank()
    assert scene.titles(DOCTOR)[-1] == "危急值交班，请接班"
    await scene.hospital.fault("invaliduser", SEND, times=None, value=DOCTOR)
    await critical.hand_over(here, alert.id, 0, HandOver(to="zhou"))
    await scene.crank()
    assert (await scene.bedside.alert()).offer is None
    assert scene.titles(DUTY)[-1] == "危急值交班未成，仍由您负责"


async def test_what_the_laboratory_takes_back_is_said_and_the_card_closed(scene):
    await scene.raised()
    await scene.bedside.reports("4.2", status="C")
    await scene.crank()
    assert (await scene.bedside.alert()).state == "RECALLED"
    assert scene.titles(NURSE) == ["危急值待接收", "危急值已撤回"]
    assert scene.closed(NURSE) == ["已撤回", None]
