"""Critical alerts on their way to members' phones, over the platform's real wire."""

import asyncio
from datetime import timedelta

import pytest

from notify.messages import pace, reach_wecom, reactions, service, store
from notify.messages.catalogue import TOLD, Told
from notify.messages.model import DUE, FAILED, PARKED, SENDING, SENT, SKIPPED, WECOM
from tests.helpers.told import told
from wx_backend.base.context import Actor
from wx_backend.directory.settings import service as settings
from wx_backend.entrypoints.sandbox import clock as platform_clock

SEND = "/qy/cgi-bin/message/send"
ZHOU, ZHAO = "zhou-qiming", "zhao-ting"
CARDS = sorted(name for name, row in TOLD.items() if WECOM in row.channels)


class Ear:
    """What the house hears of members who were not told; it fails as often as it is told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []
        self.failures = 0

    async def __call__(self, ctx, event, member, reason) -> None:
        if self.failures:
            self.failures -= 1
            raise LookupError
        self.heard.append((event.id, member, reason))


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with told(mongo_uri, tmp_path) as hospital:
        hospital.running.box.corp.agent.server = "http://127.0.0.1:9/cb"
        hospital.ear = Ear()
        hospital.house.unreached["critical.raised"] = hospital.ear
        yield hospital


@pytest.fixture
def one_minute(monkeypatch) -> None:
    """The clock's minute does not change while a test counts cards."""
    monkeypatch.setattr(pace, "minute_of", lambda moment: 1)


async def test_a_card_reaches_the_member_with_masked_name_and_link_and_without_the_value(hospital):
    [key] = await hospital.alert(await hospital.member(ZHOU))
    assert await hospital.send_critical() == 1
    [card] = hospital.shown(ZHOU)
    content = card["content"]
    assert (card["task_id"], content["card_type"]) == (key, "button_interaction")
    assert content["main_title"]["title"] == "危急值待接收"
    assert content["source"] == {"desc": "检验危急值", "desc_color": 2}
    rows = {row["keyname"]: row["value"] for row in content["horizontal_content_list"]}
    assert rows == {"患者": "王*某", "位置": "心内科病区 12 床", "项目": "钾", "级别": "A 级"}
    [button] = content["button_list"]
    assert (button["type"], button["url"]) == (1, "http://127.0.0.1:9/doctor/alerts/apt1")
    assert "2.6" not in str(content)
    doc = await hospital.one(key)
    assert (doc["state"], doc["channel"], doc["msgid"]) == (SENT, WECOM, card["msgid"])
    assert (doc["userid"], len(doc["codes"])) == (ZHOU, 1)
    assert await hospital.send_critical() == 0


async def test_the_hospital_may_widen_the_card(hospital):
    draft = await settings.propose(hospital.ctx, "critical.card_shows_value", 1, "hospital")
    await hospital.alert(await hospital.member(ZHOU))
    await hospital.send_critical()
    assert "2.6 mmol/L" not in str(hospital.shown(ZHOU))
    await settings.approve(hospital.ctx.acting_as(Actor("staff", "stf-2")), draft.id)
    await hospital.alert("stf-" + ZHOU, n=2, choices=["请选择", "2.6", "2.9"])
    await hospital.send_critical()
    [_, wide] = hospital.shown(ZHOU)
    assert "2.6 mmol/L" in str(wide["content"]["horizontal_content_list"])
    choice = wide["content"]["button_selection"]
    assert [one["text"] for one in choice["option_list"]] == ["请选择", "2.6", "2.9"]
    assert choice["selected_id"] == "请选择"
    assert [one["text"] for one in wide["content"]["button_list"]] == ["复述并接收", "查看并接收"]


@pytest.mark.parametrize(
    "name", sorted(name for name, row in TOLD.items() if WECOM in row.channels)
)
async def test_the_platform_accepts_every_card_of_the_catalogue(hospital, name):
    [key] = await hospital.alert(await hospital.member(ZHOU), name=name)
    await hospital.send()
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == SENT
    assert len(hospital.shown(ZHOU)) == 1


async def test_a_fact_told_twice_is_one_card_for_each_member(hospital):
    members = [await hospital.member(one) for one in (ZHOU, ZHAO)]
    event = hospital.alert_event(*members)
    for _ in range(2):
        await service.tell(hospital.ctx, event)
        await hospital.send_critical()
    assert len(await hospital.stored()) == 2
    assert [len(hospital.shown(one)) for one in (ZHOU, ZHAO)] == [1, 1]


async def test_a_member_finds_the_message_in_the_message_centre(hospital):
    member = await hospital.member(ZHOU)
    await hospital.alert(member)
    [item] = (await service.inbox(hospital.ctx, member)).items
    assert (item.title, item.link) == ("危急值待接收", "/doctor/alerts/apt1")
    assert "2.6" not in item.text


async def test_what_is_no_longer_true_is_not_sent(hospital):
    async def never(ctx, event):
        return False

    hospital.house.still_true["critical.raised"] = never
    [key] = await hospital.alert(await hospital.member(ZHOU))
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == SKIPPED
    assert (hospital.shown(ZHOU), hospital.ear.heard) == ([], [])


@pytest.mark.parametrize(
    "member", [{"wecom": ""}, {"state": "LEFT"}, None], ids=["no_userid", "left", "unknown"]
)
async def test_who_has_no_wecom_is_heard_of_before_the_message_is_settled(hospital, member):
    key = await hospital.member(ZHOU, **member) if member is not None else "stf-nobody"
    [message] = await hospital.alert(key)
    state_when_heard = []

    async def hear(ctx, event, who, reason):
        state_when_heard.append((await hospital.one(message))["state"])
        await hospital.ear(ctx, event, who, reason)

    hospital.house.unreached["critical.raised"] = hear
    await hospital.send_critical()
    doc = await hospital.one(message)
    assert (doc["state"], doc["reason"]) == (FAILED, "no_wecom")
    assert hospital.ear.heard == [("apt1:2:0", key, "no_wecom")]
    assert state_when_heard == [DUE]


async def test_news_that_nobody_could_hear_are_told_again(hospital):
    hospital.ear.failures = 1
    [key] = await hospital.alert("stf-nobody")
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == DUE
    hospital.later(seconds=6)
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == FAILED
    assert len(hospital.ear.heard) == 1


async def test_a_hospital_without_wecom_does_not_climb_its_ladder_for_that(hospital):
    await hospital.house.db.raw("channels").delete_one({"platform": "wecom"})
    [key] = await hospital.alert(await hospital.member(ZHOU))
    await hospital.send_critical()
    assert (await hospital.one(key))["reason"] == "no_channel"
    assert hospital.ear.heard == []


@pytest.mark.parametrize("fault", ["invaliduser", "refused"])
async def test_whom_the_platform_does_not_know_is_not_reached(hospital, fault):
    members = [await hospital.member(one) for one in (ZHOU, ZHAO)]
    await hospital.fault(fault, SEND)
    keys = await hospital.alert(*members)
    await hospital.send_critical()
    docs = {doc["account"]: doc for doc in [await hospital.one(key) for key in keys]}
    assert sorted(doc["state"] for doc in docs.values()) == [FAILED, SENT]
    [(_, lost, reason)] = hospital.ear.heard
    assert (docs[lost]["state"], reason) == (FAILED, "send_refused")
    assert len(hospital.shown(ZHOU)) + len(hospital.shown(ZHAO)) == 1


@pytest.mark.parametrize(
    ("fault", "value"), [("rate_limit", 45009), ("busy", None), ("ip_denied", 60020)]
)
async def test_a_platform_that_sends_us_away_is_asked_again(hospital, fault, value):
    [key] = await hospital.alert(await hospital.member(ZHOU))
    await hospital.fault(fault, SEND, times=2, value=value)
    for wait in (2, 7):
        await hospital.send_critical()
        doc = await hospital.one(key)
        assert (doc["state"], doc["reason"]) == (DUE, "send_later")
        hospital.later(seconds=wait)
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == SENT
    assert (len(hospital.shown(ZHOU)), hospital.ear.heard) == (1, [])


async def test_after_half_a_minute_of_refusals_somebody_else_is_told_while_it_goes_on(hospital):
    member = await hospital.member(ZHOU)
    [key] = await hospital.alert(member)
    await hospital.fault("ip_denied", SEND, times=3)
    for wait in (2, 7, 40):
        assert hospital.ear.heard == []
        await hospital.send_critical()
        hospital.later(seconds=wait)
    assert hospital.ear.heard == [("apt1:2:0", member, "send_later")]
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == SENT


async def test_a_card_the_platform_calls_wrong_is_laid_aside_and_heard_of(hospital):
    member = await hospital.member(ZHOU)
    [key] = await hospital.alert(member)
    await hospital.fault("bad_template", SEND)
    await hospital.send_critical()
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (PARKED, "send_invalid:40058")
    assert hospital.ear.heard == [("apt1:2:0", member, "send_invalid:40058")]


@pytest.mark.parametrize("fault", ["lost_reply", "hang", "reset", "truncate"])
async def test_without_a_clear_answer_it_goes_again_and_is_shown_once(hospital, impatient, fault):
    [key] = await hospital.alert(await hospital.member(ZHOU))
    await hospital.fault(fault, SEND)
    await hospital.send_critical()
    doc = await hospital.one(key)
    assert (doc["state"], doc["tries"]) == (DUE, 1)
    hospital.later(seconds=2)
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == SENT
    assert len(hospital.shown(ZHOU)) == 1


async def test_left_sending_by_a_crash_it_goes_again_and_is_shown_once(hospital):
    [key] = await hospital.alert(await hospital.member(ZHOU))
    await hospital.send_critical()
    past = hospital.ctx.wire_now() - timedelta(seconds=1)
    left = {"state": SENDING, "lease": "ls0", "leased_until": past, "due_at": hospital.ctx.now()}
    await hospital.change(key, {"$set": left, "$unset": {"codes": "", "msgid": ""}})
    assert await hospital.send_critical() == 1
    doc = await hospital.one(key)
    assert (doc["state"], len(doc["codes"])) == (SENT, 1)
    assert len(hospital.shown(ZHOU)) == 1


async def test_silently_dropped_counts_as_sent_for_us(hospital):
    """Nobody can know; the ladder's clock is what finds it (mechanism 11)."""
    [key] = await hospital.alert(await hospital.member(ZHOU))
    await hospital.fault("wecom_drop", SEND)
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == SENT
    assert hospital.shown(ZHOU) == []


async def test_many_alerts_at_once_are_a_few_cards_none_of_them_dropped(hospital, one_minute):
    member = await hospital.member(ZHOU)
    for n in range(1, 76):
        await hospital.alert(member, n=n)
    await asyncio.gather(*(hospital.send_critical() for _ in range(3)))
    while await hospital.send_critical():
        pass
    copies = hospital.running.box.corp.mailbox.deliveries(ZHOU)
    assert {row["fate"] for row in copies} == {"shown"}
    assert len(copies) <= pace.MOST
    docs = await hospital.stored()
    sent = [doc for doc in docs if doc["state"] == SENT]
    titles = [row["content"]["main_title"]["title"] for row in copies]
    summed = sum(int(title.split()[1]) for title in titles if title.startswith("您有"))
    singly = titles.count("危急值待接收")
    assert summed + singly == len(sent)
    assert {doc["state"] for doc in docs} <= {SENT, DUE}
    assert {doc["reason"] for doc in docs if doc["state"] == DUE} <= {"pace"}


async def test_what_found_no_place_goes_out_in_the_next_minute(hospital, monkeypatch):
    member = await hospital.member(ZHOU)
    monkeypatch.setattr(pace, "minute_of", lambda moment: 1)
    await hospital.ctx.db(store.PACES).insert({"_id": member, "minute": 1, "taken": pace.MOST})
    [key] = await hospital.alert(member)
    await hospital.send_critical()
    doc = await hospital.one(key)
    assert (doc["state"], doc["tries"], doc["reason"]) == (DUE, 0, "pace")
    monkeypatch.setattr(pace, "minute_of", lambda moment: 2)
    hospital.later(seconds=60)
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == SENT


async def test_other_messages_leave_room_for_critical_ones(hospital, one_minute):
    member = await hospital.member(ZHOU)
    for n in range(1, 21):
        await hospital.alert(member, name="critical.note_missing", n=n)
    while await hospital.send():
        pass
    assert len(hospital.shown(ZHOU)) == pace.ORDINARY
    [key] = await hospital.alert(member, n=99)
    await hospital.send_critical()
    assert (await hospital.one(key))["state"] == SENT


async def test_counting_gives_way_when_others_count_too(hospital, one_minute, monkeypatch):
    member = await hospital.member(ZHOU)
    [key] = await hospital.alert(member)

    async def lost(*args):
        return False

    monkeypatch.setattr(reach_wecom.store, "set_pace", lost)
    await hospital.send_critical()
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (DUE, "pace")


async def test_raised_then_received_makes_every_card_grey(hospital):
    members = [await hospital.member(one) for one in (ZHOU, ZHAO)]
    await hospital.alert(*members)
    await hospital.send_critical()
    received = hospital.alert_event(*members, name="critical.received")
    [grey] = [one for one in reactions.reactions["critical.received"] if one.__name__ == "grey"]
    for _ in range(2):
        await grey(hospital.ctx, received)
    assert [hospital.shown(one)[0]["closed"] for one in (ZHOU, ZHAO)] == ["已由 赵婷 接收"] * 2
    assert [doc["codes"] for doc in await hospital.stored()] == [[], []]
    await grey(hospital.ctx, hospital.alert_event(*members, name="critical.recalled"))
    assert hospital.shown(ZHOU)[0]["closed"] == "已由 赵婷 接收"


async def test_a_card_closed_while_it_was_being_sent_is_grey_too(hospital):
    member = await hospital.member(ZHOU)
    await hospital.alert(member)
    received = hospital.alert_event(member, name="critical.received")

    async def meanwhile(ctx, event):
        await reactions.grey(hospital.ctx, received)
        return True

    hospital.house.still_true["critical.raised"] = meanwhile
    await hospital.send_critical()
    assert hospital.shown(ZHOU)[0]["closed"] == "已由 赵婷 接收"


async def test_a_card_that_cannot_be_changed_is_nobody_s_error(hospital, monkeypatch):
    member = await hospital.member(ZHOU)
    [key] = await hospital.alert(member)
    await hospital.send_critical()
    later = platform_clock.now() + 73 * 3600
    monkeypatch.setattr(platform_clock, "now", lambda: later)
    await reactions.grey(hospital.ctx, hospital.alert_event(member, name="critical.received"))
    assert (await hospital.one(key))["codes"] == []


async def test_a_card_is_changed_later_when_the_platform_is_busy(hospital):
    member = await hospital.member(ZHOU)
    await hospital.alert(member)
    await hospital.send_critical()
    received = hospital.alert_event(member, name="critical.received")
    await hospital.fault("busy", "*/update_template_card")
    with pytest.raises(ExceptionGroup):
        await reactions.grey(hospital.ctx, received)
    await reactions.grey(hospital.ctx, received)
    assert hospital.shown(ZHOU)[0]["closed"] == "已由 赵婷 接收"


async def test_an_alert_does_not_wait_behind_patients_messages(hospital):
    """Told has lanes of its own: sending the one leaves the other."""
    row = TOLD["critical.raised"]
    assert isinstance(row, Told)
    account, member = await hospital.account(), await hospital.member(ZHOU)
    await hospital.tell(account)
    [key] = await hospital.alert(member, n=2)
    assert await hospital.send_critical() == 1
    assert (await hospital.one(key))["state"] == SENT
    assert hospital.cards() == []
