"""WeChat calls back: how a message ended, who follows. The sandbox signs and encrypts for real."""

import asyncio
import json
from datetime import timedelta

import pytest

from notify.messages import callbacks, handlers, store, unheard
from notify.messages.model import FAILED, HEARD_WITHIN, SENDING, SENT, UNKNOWN
from tests.helpers.front import served
from tests.helpers.http import http_client
from tests.helpers.told import INST, told
from wx_backend.base import metrics
from wx_backend.base.audit import RECORDS
from wx_backend.entrypoints.sandbox.people import by_key
from wx_backend.identity.worklist.store import TASKS

AWAY = "zhao-lei"
"""Has no account."""
SIGNED = {"msg_signature": "0" * 40, "timestamp": "1", "nonce": "2"}


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with (
        told(mongo_uri, tmp_path) as hospital,
        served(hospital.house, INST, handlers.routes) as web,
    ):
        hospital.address = f"{web}/cb/wechat/{hospital.channel.id}"
        yield hospital


async def kept(hospital) -> list[dict]:
    return await hospital.ctx.db(store.WECHAT_CALLBACKS).month(hospital.ctx.wire_now()).find()


async def told_us(hospital, n: int = 1) -> None:
    """Until the sandbox has made ``n`` calls and none is waiting."""
    rows = "SELECT state FROM callbacks"
    async with asyncio.timeout(10):
        while True:
            states = [row["state"] for row in hospital.running.box.store.many(rows)]
            if len(states) >= n and "due" not in states:
                return
            await asyncio.sleep(0.01)


def statuses(hospital) -> list[int]:
    rows = hospital.running.box.store.many("SELECT answers FROM callbacks")
    return [answer["status"] for row in rows for answer in json.loads(row["answers"])]


async def settle_down(hospital) -> None:
    """Calls that came before their message was written as sent are taken up by the sweep."""
    hospital.later(seconds=10)
    await callbacks.act_due(hospital.house.ctx(None))


async def test_the_console_s_check_of_our_address_is_echoed(hospital):
    assert await hospital.ctl("server", url=hospital.address) == {"ok": True}


async def test_a_forged_check_is_refused(hospital):
    async with http_client() as http:
        query = {"signature": "0" * 40, "timestamp": "1", "nonce": "2", "echostr": "3"}
        answer = await http.get(hospital.address, params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "callback_rejected"
    assert "3" not in answer.json()["error"]["message"]


async def test_the_end_of_a_message_is_noted_and_the_call_kept_raw(hospital):
    await hospital.ctl("server", url=hospital.address)
    key = await hospital.tell(await hospital.account())
    await hospital.send()
    await told_us(hospital)
    await settle_down(hospital)
    doc = await hospital.one(key)
    assert (doc["state"], doc["delivery"]) == (SENT, "delivered")
    [call] = await kept(hospital)
    assert "<Encrypt>" in call["raw"]
    assert call["event"]["msgid"] == doc["msgid"]
    assert "due_at" not in call
    assert statuses(hospital) == [200]


async def test_an_end_told_before_the_sending_was_written_waits_for_it(hospital):
    await hospital.ctl("server", url=hospital.address)
    key = await hospital.tell(await hospital.account())
    await hospital.send()
    await told_us(hospital)
    sent = await hospital.one(key)
    again = {"msgid": "", "delivery": ""}
    await hospital.change(key, {"$unset": again})
    [call] = await kept(hospital)
    table = hospital.ctx.db(store.WECHAT_CALLBACKS).month(hospital.ctx.wire_now())
    await table.change({"_id": call["_id"]}, {"$set": {"due_at": hospital.ctx.now()}})

    assert await callbacks.act_due(hospital.house.ctx(None)) == 1
    [call] = await kept(hospital)
    assert call["due_at"] > hospital.ctx.now()
    await hospital.change(key, {"$set": {"msgid": sent["msgid"]}})
    await settle_down(hospital)
    assert (await hospital.one(key))["delivery"] == "delivered"


async def test_the_end_of_a_message_that_was_not_answered_is_known_by_who_got_it(hospital):
    await hospital.ctl("server", url=hospital.address)
    key = await hospital.tell(await hospital.account(), "appointment.stopped")
    await hospital.fault("lost_reply")
    await hospital.send()
    await told_us(hospital)
    await settle_down(hospital)
    doc, [card] = await hospital.one(key), hospital.cards()
    assert (doc["state"], doc["delivery"]) == (SENT, "delivered")
    assert (doc["msgid"], doc["channel"]) == (str(card["msgid"]), "wechat")
    hospital.later(hours=1)
    assert await unheard.ring_due(hospital.house.ctx(None)) == 0
    assert await hospital.ctx.db(TASKS).find() == []


async def test_an_end_that_may_be_another_message_s_is_nobody_s(hospital):
    account, now = await hospital.account(), hospital.ctx.wire_now()
    one, other = [await hospital.tell(account, "appointment.stopped", n=n) for n in (1, 2)]
    lost = {"state": UNKNOWN, "via": "wechat", "sending_at": now}
    for key in (one, other):
        await hospital.change(key, {"$set": lost})

    async def heard(person="wang-xiulan", at=now):
        appid, openid = hospital.channel.appid, by_key(person).openid
        return await unheard.recognise(hospital.ctx, appid, openid, "7", at)

    assert await heard() is None
    await hospital.change(other, {"$set": {"state": SENDING}})
    assert await heard() is None
    await hospital.change(other, {"$set": {"state": SENT, "msgid": "7"}})
    assert await heard() is None
    await hospital.change(other, {"$set": {"msgid": "6"}})
    assert await heard(AWAY) is None
    assert await heard(at=now + HEARD_WITHIN + timedelta(seconds=1)) is None
    assert await heard() == one
    assert await heard() is None


async def test_an_end_without_a_message_is_given_up_where_a_person_finds_it(hospital):
    await hospital.ctl("server", url=hospital.address)
    key = await hospital.tell(await hospital.account())
    await hospital.send()
    await told_us(hospital)
    await hospital.change(key, {"$set": {"msgid": "another"}})
    [call] = await kept(hospital)
    table = hospital.ctx.db(store.WECHAT_CALLBACKS).month(hospital.ctx.wire_now())
    await table.change({"_id": call["_id"]}, {"$set": {"due_at": hospital.ctx.now()}})
    given_up = metrics.CALLBACKS.labels("wechat", "unmatched")
    before = given_up._value.get()
    for _ in range(12):
        await callbacks.act_due(hospital.house.ctx(None))
        hospital.later(seconds=4500)
    [call] = await kept(hospital)
    assert call["unmatched"] is True
    assert given_up._value.get() == before + 1
    assert "due_at" not in call


async def test_a_repeated_call_is_kept_once(hospital):
    await hospital.ctl("server", url=hospital.address)
    await hospital.ctl("faults", endpoint="event/*", kind="notify_dup", value=3)
    await hospital.ctl("follow", person="wang-xiulan", follows=False)
    await told_us(hospital)
    assert len(await kept(hospital)) == 1
    assert set(statuses(hospital)) == {200}
    assert len(statuses(hospital)) > 1


async def test_leaving_closes_the_channel_and_following_opens_it(hospital):
    await hospital.ctl("server", url=hospital.address)
    account = await hospital.account()
    await hospital.ctl("follow", person="wang-xiulan", follows=False)
    await told_us(hospital)
    first = await hospital.tell(account, n=1)
    await hospital.send()
    doc = await hospital.one(first)
    assert (doc["state"], doc["reason"]) == (FAILED, "unsubscribed")

    await hospital.ctl("follow", person="wang-xiulan", follows=True)
    await told_us(hospital, 2)
    second = await hospital.tell(account, n=2)
    await hospital.send()
    assert (await hospital.one(second))["state"] == SENT


async def test_a_person_who_blocks_us_is_not_sent_to_and_rung_up_about_what_was(hospital):
    account = await hospital.account()
    lost = await hospital.tell(account, "appointment.stopped", n=1)
    await hospital.send()
    await hospital.ctl("server", url=hospital.address)
    msgid, blocked = (await hospital.one(lost))["msgid"], "failed:user block"
    hospital.running.box.followers.push(
        by_key("wang-xiulan").openid, "TEMPLATESENDJOBFINISH", MsgID=msgid, Status=blocked
    )
    await told_us(hospital)
    await settle_down(hospital)
    assert (await hospital.one(lost))["delivery"] == "user_block"
    [task] = await hospital.ctx.db(TASKS).find({"kind": "message_undelivered"})
    assert task["subject"] == lost
    key = await hospital.tell(account, n=2)
    await hospital.send()
    assert (await hospital.one(key))["reason"] == "user_block"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({}, b"<xml></xml>"),
        (SIGNED, b"<xml><Encrypt>x</Encrypt></xml>"),
        (SIGNED, b"\xff\xfe not xml"),
        (SIGNED, b"x" * 70_000),
    ],
)
async def test_what_is_not_from_the_platform_is_refused_and_not_kept(hospital, query, body):
    async with http_client() as http:
        answer = await http.post(hospital.address, params=query, content=body)
    assert answer.status_code == 400
    assert await kept(hospital) == []
    assert await hospital.ctx.db(RECORDS).month(hospital.ctx.wire_now()).find() == []


async def test_a_channel_nobody_has_is_not_found(hospital):
    async with http_client() as http:
        answer = await http.post(hospital.address + "x", content=b"")
    assert answer.status_code == 404
