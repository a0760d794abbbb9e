"""Messages on their way to the patient's phone, over the platform's real wire."""

import asyncio
from datetime import timedelta

import pytest

from notify.messages import sending, service, store, unheard
from notify.messages.catalogue import TOLD, Told
from notify.messages.model import DUE, FAILED, PARKED, SENDING, SENT, SKIPPED, UNKNOWN, Grade
from tests.helpers.houses import jumped
from tests.helpers.told import KINDS, told
from wx_backend.base import clock
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.outbox import CRITICAL
from wx_backend.identity.worklist.store import TASKS


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with told(mongo_uri, tmp_path) as hospital:
        yield hospital


@pytest.fixture
def critical(monkeypatch):
    row = Told("appointment.booked", "appointment_booked", grade=Grade.CRITICAL)
    monkeypatch.setitem(TOLD, row.event, row)


async def crash_while_sending(hospital, key):
    """What a killed process leaves behind: SENDING, under a lease that has ended."""
    past = hospital.ctx.wire_now() - timedelta(seconds=1)
    left = {"state": SENDING, "lease": "ls0", "leased_until": past}
    await hospital.change(key, {"$set": left})


async def test_a_message_reaches_the_phone_with_the_words_of_its_template(hospital):
    account = await hospital.account()
    key = await hospital.tell(account)
    assert await hospital.send() == 1
    [card] = hospital.cards()
    assert card["client_msg_id"] == key
    assert card["url"] == "http://127.0.0.1:9/h5/appointments/apt0000000000000000000000000"
    assert {name: cell["value"] for name, cell in card["data"].items()} == {
        "thing1": "王*国",
        "thing2": "心血管内科",
        "thing3": "周启明",
        "time4": "2026年11月24日 09:30",
        "character_string5": "A012",
    }
    doc = await hospital.one(key)
    assert (doc["state"], doc["msgid"], doc["channel"]) == (SENT, str(card["msgid"]), "wechat")
    assert "due_at" not in doc
    assert "lease" not in doc
    assert await hospital.send() == 0


@pytest.mark.parametrize("name", sorted(name for name in TOLD if name in KINDS))
async def test_the_platform_accepts_every_message_of_the_catalogue(hospital, name):
    account = await hospital.account()
    key = await hospital.tell(account, name)
    await hospital.send()
    assert (await hospital.one(key))["state"] == SENT
    assert len(hospital.cards()) == 1


async def test_a_fact_told_twice_is_one_message(hospital):
    account = await hospital.account()
    event = hospital.event(account)
    await service.tell(hospital.ctx, event)
    await hospital.send()
    await service.tell(hospital.ctx, event)
    assert await hospital.send() == 0
    assert len(await hospital.stored()) == len(hospital.cards()) == 1


async def test_four_workers_send_each_message_once(hospital):
    account = await hospital.account()
    for n in range(60):
        await service.tell(hospital.ctx, hospital.event(account, n=n))

    async def work():
        for _ in range(4):
            await hospital.send()

    await asyncio.gather(*(work() for _ in range(4)))
    assert {doc["state"] for doc in await hospital.stored()} == {SENT}
    assert len(hospital.cards()) == 60


async def test_what_is_no_longer_true_is_not_sent(hospital):
    account = await hospital.account()
    asked = []

    async def still(ctx, event):
        asked.append((ctx.institution, event.subject))
        return event.subject != "apt1"

    hospital.house.still_true["appointment.booked"] = still
    keys = [await hospital.tell(account, n=n) for n in (1, 2)]
    await hospital.send()
    assert sorted(asked) == [("ins1", "apt1"), ("ins1", "apt2")]
    states = [(await hospital.one(key))["state"] for key in keys]
    assert states == [SKIPPED, SENT]
    assert [card["client_msg_id"] for card in hospital.cards()] == keys[1:]


async def test_a_check_that_fails_delays_its_message_and_no_other(hospital):
    account = await hospital.account()

    async def broken(ctx, event):
        raise LookupError

    hospital.house.still_true["appointment.booked"] = broken
    bad, good = await hospital.tell(account), await hospital.tell(account, "payment.refunded", n=2)
    await hospital.send()
    doc = await hospital.one(bad)
    assert (doc["state"], doc["reason"], doc["tries"]) == (DUE, "LookupError", 1)
    assert (await hospital.one(good))["state"] == SENT


async def test_left_sending_by_a_crash_is_unknown_and_does_not_go_again(hospital):
    key = await hospital.tell(await hospital.account())
    await crash_while_sending(hospital, key)
    assert await hospital.send() == 1
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (UNKNOWN, "left_sending")
    assert hospital.cards() == []
    [item] = (await service.inbox(hospital.ctx, doc["account"])).items
    assert item.state == UNKNOWN


async def test_who_has_to_know_is_rung_up_when_nothing_is_heard_of_it(hospital):
    account = await hospital.account()
    ends = ("stopped", "cancelled", "unseated", "booked")
    keys = [await hospital.tell(account, f"appointment.{end}", n=n) for n, end in enumerate(ends)]
    lost, read, *_ = keys
    for key in keys:
        await crash_while_sending(hospital, key)
    await hospital.send()
    await service.mark_read(hospital.ctx, account, [read])

    async def untrue(ctx, event):
        return False

    hospital.house.still_true["appointment.unseated"] = untrue
    everywhere = hospital.house.ctx(None)
    assert await unheard.ring_due(everywhere) == 0
    hospital.later(minutes=10)
    assert await unheard.ring_due(everywhere) == 3
    [task] = await hospital.ctx.db(TASKS).find()
    assert (task["kind"], task["subject"]) == ("message_undelivered", lost)
    assert task["about"].endswith("原因 unknown")
    assert (await hospital.one(lost))["state"] == UNKNOWN
    assert await unheard.ring_due(everywhere) == 0
    assert await hospital.send() == 0
    assert hospital.cards() == []


async def test_critical_grade_goes_again_after_a_crash(hospital, critical):
    key = await hospital.tell(await hospital.account())
    await crash_while_sending(hospital, key)
    assert await hospital.send() == 0
    assert await hospital.send(CRITICAL) == 1
    assert (await hospital.one(key))["state"] == SENT
    assert [card["client_msg_id"] for card in hospital.cards()] == [key]


async def test_a_lost_answer_is_unknown_although_the_phone_has_it(hospital):
    key = await hospital.tell(await hospital.account())
    await hospital.fault("lost_reply")
    await hospital.send()
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (UNKNOWN, "send_unknown")
    hospital.later(days=1)
    assert await hospital.send() == 0
    assert len(hospital.cards()) == 1


async def test_a_lost_answer_to_critical_grade_is_sent_again_and_shown_once(hospital, critical):
    key = await hospital.tell(await hospital.account())
    await hospital.fault("lost_reply")
    await hospital.send(CRITICAL)
    assert (await hospital.one(key))["state"] == DUE
    hospital.later(seconds=2)
    await hospital.send(CRITICAL)
    assert (await hospital.one(key))["state"] == SENT
    assert len(hospital.cards()) == 1


async def test_the_slow_sender_s_success_stands_against_unknown(hospital):
    """Its lease ended while the platform answered; another process called the message UNKNOWN."""
    key = await hospital.tell(await hospital.account())
    [mine] = await store.claim(hospital.ctx, "relay", hospital.ctx.wire_now())
    await crash_while_sending(hospital, key)
    await hospital.send()
    assert (await hospital.one(key))["state"] == UNKNOWN
    await store.settle(
        hospital.ctx, hospital.ctx.wire_now(), [store.accepted(mine, channel="wechat", msgid="7")]
    )
    assert (await hospital.one(key))["state"] == SENT


@pytest.mark.parametrize("lost", ["taken_over", "ended"])
async def test_a_message_whose_lease_is_lost_before_its_wave_is_left_alone(hospital, lost):
    account = await hospital.account()
    keys = [await hospital.tell(account, n=n) for n in (1, 2)]
    past = hospital.ctx.wire_now() - timedelta(seconds=1)
    loss = {"taken_over": {"lease": "ls-other"}, "ended": {"leased_until": past}}[lost]

    async def lose_the_first(ctx, event):
        if event.subject == "apt1":
            await hospital.change(keys[0], {"$set": loss})
        return True

    hospital.house.still_true["appointment.booked"] = lose_the_first
    await hospital.send()
    assert [card["client_msg_id"] for card in hospital.cards()] == [keys[1]]
    assert (await hospital.one(keys[0]))["state"] == DUE


async def test_a_clock_that_jumps_sends_nothing_twice(hospital):
    """To a process that is an hour ahead, whatever another one has just taken is due again."""
    key = await hospital.tell(await hospital.account())
    month = hospital.ctx.wire_now()
    mine = await store.claim(hospital.ctx, "relay", month)
    ahead = jumped(hospital.house, timedelta(hours=1))
    assert await sending.send_due(ahead.ctx(None)) == 1
    assert await store.sending(hospital.ctx, month, mine, "wechat") == []
    assert (await hospital.one(key))["state"] == SENT
    assert len(hospital.cards()) == 1


@pytest.mark.parametrize("fault", ["busy", "rate_limit"])
async def test_a_busy_platform_is_asked_again_with_growing_waits(hospital, fault):
    more = {"value": 45011} if fault == "rate_limit" else {}
    key = await hospital.tell(await hospital.account())
    await hospital.fault(fault, times=2, **more)
    for tries in (1, 2):
        await hospital.send()
        doc = await hospital.one(key)
        assert (doc["state"], doc["tries"], doc["reason"]) == (DUE, tries, "send_later")
        assert await hospital.send() == 0
        hospital.later(seconds=(2, 7)[tries - 1])
    await hospital.send()
    assert (await hospital.one(key))["state"] == SENT


async def test_the_daily_limit_waits_for_midnight_in_shanghai(hospital):
    key = await hospital.tell(await hospital.account())
    await hospital.fault("rate_limit", value=45009)
    await hospital.send()
    doc = await hospital.one(key)
    assert doc["state"] == DUE
    due, now = clock.local_time(doc["due_at"]), clock.local_time(hospital.ctx.now())
    assert due.date() == now.date() + timedelta(days=1)
    assert (due.hour, due.minute) == (0, 5)


async def test_a_platform_that_stays_busy_leaves_the_message_to_a_person(hospital):
    key = await hospital.tell(await hospital.account())
    await hospital.fault("busy", times=None)
    for _ in range(12):
        await hospital.send()
        hospital.later(seconds=4500)
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (PARKED, "send_later")
    assert [parked["_id"] for parked in await service.parked(hospital.ctx)] == [key]

    hospital.running.box.faults.clear()
    await service.replay(hospital.ctx, key)
    await hospital.send()
    assert (await hospital.one(key))["state"] == SENT
    with pytest.raises(WrongState):
        await service.replay(hospital.ctx, key)
    with pytest.raises(NotFound):
        await service.replay(hospital.house.ctx("ins2"), key)


async def test_a_bad_template_is_parked_at_once(hospital):
    key = await hospital.tell(await hospital.account())
    await hospital.fault("bad_template")
    await hospital.send()
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (PARKED, "send_invalid:40037")


async def test_who_does_not_follow_is_not_sent_to_but_finds_it_in_the_message_centre(hospital):
    account = await hospital.account("zhao-lei")
    first = await hospital.tell(account, n=1)
    await hospital.send()
    doc = await hospital.one(first)
    assert (doc["state"], doc["reason"]) == (FAILED, "send_refused")
    calls = dict(hospital.running.box.calls)

    second = await hospital.tell(account, n=2)
    await hospital.send()
    assert (await hospital.one(second))["reason"] == "send_refused"
    assert dict(hospital.running.box.calls) == calls
    page = await service.inbox(hospital.ctx, account)
    assert [item.state for item in page.items] == [FAILED, FAILED]

    hospital.later(days=2)
    await hospital.ctl("follow", person="zhao-lei", follows=True)
    third = await hospital.tell(account, n=3)
    await hospital.send()
    assert (await hospital.one(third))["state"] == SENT


async def test_without_a_platform_identity_the_message_stays_in_the_centre(hospital):
    key = await hospital.tell("acc-of-nobody")
    await hospital.send()
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (FAILED, "no_openid")


async def test_old_news_is_shown_but_not_sent(hospital, monkeypatch):
    account = await hospital.account()
    monkeypatch.setattr(service, "OLDEST", timedelta(seconds=-1))
    key = await hospital.tell(account)
    assert (await hospital.one(key))["reason"] == "too_old"
    assert await hospital.send() == 0
    assert hospital.cards() == []


async def test_at_most_ten_are_in_flight_at_once(hospital, monkeypatch):
    account = await hospital.account()
    for n in range(25):
        await service.tell(hospital.ctx, hospital.event(account, n=n))
    flying, most = 0, 0
    real = sending._send

    async def watched(ctx, route):
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        try:
            return await real(ctx, route)
        finally:
            flying -= 1

    monkeypatch.setattr(sending, "_send", watched)
    assert await hospital.send() == 25
    assert most == 10
