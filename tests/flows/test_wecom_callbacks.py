"""WeCom calls back: a member taps a button of a card. The sandbox signs and encrypts for real."""

import asyncio
import json
from urllib.parse import urlencode

import pytest

from notify.messages import callbacks, handlers, reactions, store
from notify.messages.model import SENDING, SENT, Answer
from tests.helpers.front import served
from tests.helpers.http import http_client
from tests.helpers.told import INST, told
from wx_backend.base.errors import Invalid
from wx_backend.entrypoints.sandbox import callback_wire, envelope

ZHOU, ZHAO = "zhou-qiming", "zhao-ting"
VALUES = ["请选择", "2.6", "2.9"]
SIGNED = {"msg_signature": "0" * 40, "timestamp": "1", "nonce": "2"}


class Desk:
    """Whoever asked: notes the answers, and refuses wrong ones."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str, Answer]] = []
        self.actors: list = []
        self.failures = 0

    async def __call__(self, ctx, event, member, answer) -> None:
        if self.failures:
            self.failures -= 1
            raise LookupError
        if answer.chosen != "2.6":
            raise Invalid("复述有误，请核对")
        self.answers.append((event.id, member, answer))
        self.actors.append((ctx.actor, ctx.channel))


@pytest.fixture
async def hospital(mongo_uri, tmp_path, monkeypatch):
    async with (
        told(mongo_uri, tmp_path) as hospital,
        served(hospital.house, INST, handlers.routes) as web,
    ):
        hospital.web = web
        hospital.address = f"{web}/cb/wecom/{hospital.agent.id}"
        hospital.desk = Desk()
        hospital.house.answered["critical.raised"] = hospital.desk
        monkeypatch.setattr("notify.messages.service.settings.resolve", widened)
        yield hospital


async def widened(ctx, name):
    return 1


async def registered(hospital) -> None:
    assert await hospital.ctl("wecom/server", url=hospital.address) == {"ok": True}


async def asked(hospital, *userids: str) -> list[str]:
    """Cards on these members' phones; ids of the messages."""
    await registered(hospital)
    members = [await hospital.member(one) for one in userids]
    keys = await hospital.alert(*members, choices=VALUES)
    await hospital.send_critical()
    return keys


async def tap(hospital, userid: str, key: str, value: str = "2.6") -> None:
    chosen = {"choice": [value]}
    told_before = len(calls(hospital))
    await hospital.ctl("wecom/tap", userid=userid, task_id=key, key="read_back", chosen=chosen)
    await told_us(hospital, told_before + 1)


def calls(hospital) -> list[dict]:
    rows = "SELECT state, answers FROM callbacks WHERE channel = 'wecom'"
    return hospital.running.box.store.many(rows)


def statuses(hospital) -> list[int]:
    return [one["status"] for row in calls(hospital) for one in json.loads(row["answers"])]


async def told_us(hospital, n: int = 1) -> None:
    """Until the sandbox has made ``n`` calls and none is waiting."""
    async with asyncio.timeout(10):
        while True:
            states = [row["state"] for row in calls(hospital)]
            if len(states) >= n and "due" not in states:
                return
            await asyncio.sleep(0.01)


async def kept(hospital) -> list[dict]:
    return await hospital.ctx.db(store.WECOM_CALLBACKS).month(hospital.ctx.wire_now()).find()


async def swept(hospital) -> None:
    hospital.later(seconds=10)
    await callbacks.act_due(hospital.house.ctx(None), "wecom")


async def test_the_console_s_check_is_answered_with_exactly_the_text(hospital):
    await registered(hospital)
    keys = hospital.running.box.keys
    sealed = envelope.encrypt(keys.agent_aes_key, "8371", keys.corp_id)
    query = callback_wire.agent_verification(keys.agent_token, sealed) | {"echostr": sealed}
    async with http_client() as http:
        answer = await http.get(hospital.address, params=query)
    assert answer.content == b"8371"
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_a_forged_check_is_refused(hospital):
    async with http_client() as http:
        answer = await http.get(hospital.address, params={**SIGNED, "echostr": "8371"})
    assert answer.status_code == 400
    assert "8371" not in answer.text


async def test_a_tap_reaches_whoever_asked_with_the_member_and_what_was_chosen(hospital):
    [key] = await asked(hospital, ZHOU)
    await tap(hospital, ZHOU, key)
    answer = Answer(message=key, key="read_back", chosen="2.6")
    assert hospital.desk.answers == [("apt1:2:0", f"stf-{ZHOU}", answer)]
    [(actor, channel)] = hospital.desk.actors
    assert (actor.kind, actor.id, actor.roles) == ("staff", f"stf-{ZHOU}", frozenset({"doctor"}))
    assert channel == hospital.agent.id
    [call] = await kept(hospital)
    assert "<Encrypt>" in call["raw"]
    assert "due_at" not in call
    assert statuses(hospital) == [200]


async def test_from_the_tap_to_grey_cards_of_everybody(hospital):
    keys = await asked(hospital, ZHOU, ZHAO)
    await tap(hospital, ZHAO, keys[1])
    received = hospital.alert_event("x", name="critical.received")
    await reactions.grey(hospital.ctx, received)
    assert [hospital.shown(one)[0]["closed"] for one in (ZHOU, ZHAO)] == ["已由 赵婷 接收"] * 2


async def test_a_wrong_answer_is_said_on_the_card_and_may_be_mended(hospital):
    [key] = await asked(hospital, ZHOU)
    await tap(hospital, ZHOU, key, "2.9")
    [card] = hospital.shown(ZHOU)
    assert card["content"]["sub_title_text"] == "复述有误，请核对"
    assert (card["closed"], hospital.desk.answers) == (None, [])
    await tap(hospital, ZHOU, key)
    assert len(hospital.desk.answers) == 1


async def test_a_second_tap_is_a_second_answer(hospital):
    [key] = await asked(hospital, ZHOU)
    await tap(hospital, ZHOU, key)
    await tap(hospital, ZHOU, key)
    assert len(hospital.desk.answers) == len(await kept(hospital)) == 2


async def test_a_repeated_call_is_acted_upon_once(hospital):
    [key] = await asked(hospital, ZHOU)
    await hospital.fault("notify_dup", "event/*", value=3)
    await tap(hospital, ZHOU, key)
    assert len(hospital.desk.answers) == len(await kept(hospital)) == 1
    assert set(statuses(hospital)) == {200}
    assert len(statuses(hospital)) == 4


async def test_a_forged_tap_is_refused_and_the_true_one_follows(hospital):
    [key] = await asked(hospital, ZHOU)
    await hospital.fault("bad_sign", "event/*")
    await tap(hospital, ZHOU, key)
    assert statuses(hospital) == [400, 200]
    assert len(hospital.desk.answers) == len(await kept(hospital)) == 1


async def test_a_tap_on_somebody_else_s_card_is_kept_and_ignored(hospital):
    """The userid now belongs to another member than the one who was told."""
    [key] = await asked(hospital, ZHOU)
    staff = hospital.house.db.raw("staff")
    await staff.update_one({"_id": f"stf-{ZHOU}"}, {"$set": {"wecom": "", "state": "LEFT"}})
    await hospital.member("heir", wecom=ZHOU)
    await tap(hospital, ZHOU, key)
    assert hospital.desk.answers == []
    [call] = await kept(hospital)
    assert "due_at" not in call


@pytest.mark.parametrize("what", ["nobody_s_userid", "unknown_card"])
async def test_a_tap_of_nobody_or_on_nothing_is_kept_and_ignored(hospital, what):
    [key] = await asked(hospital, ZHOU)
    if what == "unknown_card":
        await hospital.house.db.raw(f"messages_{hospital.ctx.wire_now():%Y%m}").delete_many({})
    else:
        await hospital.house.db.raw("staff").delete_many({})
    await tap(hospital, ZHOU, key)
    assert hospital.desk.answers == []
    assert statuses(hospital) == [200]
    [call] = await kept(hospital)
    assert "due_at" not in call


async def test_entering_the_application_is_only_kept(hospital):
    await registered(hospital)
    hospital.running.box.corp.agent.push(ZHOU, "enter_agent", "x", EventKey="")
    await told_us(hospital)
    [call] = await kept(hospital)
    assert (call["event"]["kind"], "due_at" in call) == ("enter_agent", False)


async def test_an_answer_that_could_not_be_taken_is_taken_by_the_sweep(hospital):
    [key] = await asked(hospital, ZHOU)
    hospital.desk.failures = 2
    await tap(hospital, ZHOU, key)
    assert statuses(hospital) == [200]
    await swept(hospital)
    assert hospital.desk.answers == []
    await swept(hospital)
    assert len(hospital.desk.answers) == 1
    await swept(hospital)
    assert len(hospital.desk.answers) == 1


async def test_a_slow_desk_does_not_keep_the_platform_waiting(hospital, monkeypatch):
    [key] = await asked(hospital, ZHOU)
    monkeypatch.setattr(callbacks, "QUICK", 0.05)
    never = asyncio.Event()

    async def slow(ctx, event, member, answer):
        await never.wait()

    hospital.house.answered["critical.raised"] = slow
    await tap(hospital, ZHOU, key)
    assert statuses(hospital) == [200]
    hospital.house.answered["critical.raised"] = hospital.desk
    await swept(hospital)
    assert len(hospital.desk.answers) == 1


async def test_the_sweep_leaves_to_the_request_what_it_is_doing(hospital):
    [key] = await asked(hospital, ZHOU)
    swept_meanwhile = []

    async def looked_at(ctx, event, member, answer):
        swept_meanwhile.append(await callbacks.act_due(hospital.house.ctx(None), "wecom"))

    hospital.house.answered["critical.raised"] = looked_at
    await tap(hospital, ZHOU, key)
    assert swept_meanwhile == [0]


async def test_a_tap_may_come_before_the_sending_is_written(hospital):
    [key] = await asked(hospital, ZHOU)
    sent = await hospital.one(key)
    gone = dict.fromkeys(("codes", "msgid", "userid", "channel", "sent_at"), "")
    await hospital.change(key, {"$set": {"state": SENDING}, "$unset": gone})
    await tap(hospital, ZHOU, key)
    assert len(hospital.desk.answers) == 1
    received = hospital.alert_event("x", name="critical.received")
    await reactions.grey(hospital.ctx, received)
    late = store.accepted(sent, code=sent["codes"][0], userid=ZHOU, msgid=sent["msgid"])
    await store.settle(hospital.ctx, hospital.ctx.wire_now(), [late])
    doc = await hospital.one(key)
    assert (doc["state"], doc["codes"]) == (SENT, sent["codes"])
    assert hospital.shown(ZHOU)[0]["closed"] == "已由 赵婷 接收"


async def test_a_tap_on_a_card_that_was_closed_meanwhile_makes_it_grey(hospital):
    [key] = await asked(hospital, ZHOU)
    await hospital.change(key, {"$set": {"closed": "已处置"}})
    hospital.desk.answers.clear()
    await tap(hospital, ZHOU, key)
    assert hospital.shown(ZHOU)[0]["closed"] == "已处置"


def forged(hospital, **changed) -> tuple[str, bytes]:
    """A well-made call, as somebody would make it who knows some of the secrets."""
    keys = hospital.running.box.keys
    corp = changed.get("corp", keys.corp_id)
    event = envelope.xml(
        {
            "ToUserName": corp, "FromUserName": ZHOU, "CreateTime": 1, "MsgType": "event",
            "Event": "enter_agent", "AgentID": keys.agent_id,
        }
    )  # fmt: skip
    sealed = envelope.encrypt(keys.agent_aes_key, event, corp)
    token = changed.get("token", keys.agent_token)
    timestamp, nonce = changed.get("timestamp", "1"), "5"
    query = {
        "timestamp": timestamp,
        "nonce": nonce,
        "msg_signature": envelope.signature(token, timestamp, nonce, sealed),
    }
    return urlencode(query), envelope.xml({"ToUserName": corp, "Encrypt": sealed}).encode()


@pytest.mark.parametrize("what", ["token", "corp", "old", "junk", "huge", "unsigned", "not_a_time"])
async def test_what_is_not_from_our_corp_now_is_refused_and_not_kept(hospital, what):
    now = str(int(hospital.ctx.wire_now().timestamp()))
    changed = {
        "token": {"token": "other", "timestamp": now},
        "corp": {"corp": "ww0000000000000000", "timestamp": now},
        "old": {"timestamp": str(int(now) - 7200)},
        "not_a_time": {"timestamp": "x"},
    }.get(what, {"timestamp": now})
    query, body = forged(hospital, **changed)
    body = {"junk": b"\xff\xfe not xml", "huge": b"x" * 70_000}.get(what, body)
    query = urlencode(SIGNED) if what == "unsigned" else query
    async with http_client() as http:
        answer = await http.post(f"{hospital.address}?{query}", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "callback_rejected"
    assert await kept(hospital) == []


async def test_a_replayed_call_meets_itself(hospital):
    now = str(int(hospital.ctx.wire_now().timestamp()))
    query, body = forged(hospital, timestamp=now)
    async with http_client() as http:
        for _ in range(3):
            answer = await http.post(f"{hospital.address}?{query}", content=body)
            assert (answer.status_code, answer.content) == (200, b"")
    assert len(await kept(hospital)) == 1


@pytest.mark.parametrize("channel", ["wechat", "none"])
async def test_a_channel_that_is_no_application_is_not_found(hospital, channel):
    key = hospital.channel.id if channel == "wechat" else "chn0"
    async with http_client() as http:
        answer = await http.post(f"{hospital.web}/cb/wecom/{key}", content=b"")
    assert answer.status_code == 404


async def test_nothing_of_a_tap_is_logged(hospital, caplog):
    [key] = await asked(hospital, ZHOU)
    await tap(hospital, ZHOU, key, "2.9")
    await hospital.house.db.raw("staff").delete_many({})
    await tap(hospital, ZHOU, key)
    ours = [one for one in caplog.records if one.name.startswith("notify")]
    told = " ".join(str(v) for one in ours for v in vars(one).values() if not isinstance(v, float))
    assert "tap ignored" in told
    for word in ("2.9", "2.6", ZHOU, "周启明", "王*某", "钾"):
        assert word not in told
