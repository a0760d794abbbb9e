"""What an account does not want, or not now, waits or stays in the message centre."""

from datetime import timedelta

import pytest

from notify.messages import handlers, service, wishes
from notify.messages.catalogue import TOLD, Told
from notify.messages.model import DUE, KEPT, SENT, SKIPPED, Grade, Level, Preferences
from tests.helpers.front import ACCOUNT_HEADER, served
from tests.helpers.http import http_client
from tests.helpers.told import INST, told
from wx_backend.base import clock
from wx_backend.base.outbox import CRITICAL

NIGHT = Preferences(quiet_from="22:00", quiet_to="07:00")


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with told(mongo_uri, tmp_path) as hospital:
        yield hospital


def until(hospital, hour: int) -> None:
    """Moves the clock to the next time that it is this hour at the hospital."""
    local = clock.local_time(hospital.ctx.now())
    target = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    hospital.later(seconds=((target - local) % timedelta(days=1)).total_seconds())


async def asleep(hospital) -> str:
    """An account with quiet hours, at eleven at night."""
    account = await hospital.account()
    await wishes.change(hospital.ctx, account, NIGHT)
    until(hospital, 23)
    return account


async def test_a_message_waits_over_midnight_until_the_quiet_hours_end(hospital):
    key = await hospital.tell(await asleep(hospital))
    await hospital.send()
    until(hospital, 6)
    assert await hospital.send() == 0
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"], doc["tries"]) == (DUE, "quiet_hours", 0)
    assert hospital.cards() == []
    until(hospital, 7)
    hospital.later(minutes=1)
    assert await hospital.send() == 1
    assert (await hospital.one(key))["state"] == SENT
    assert len(hospital.cards()) == 1


async def test_what_is_no_longer_true_in_the_morning_is_not_sent(hospital):
    key = await hospital.tell(await asleep(hospital))
    await hospital.send()

    async def gone(ctx, event):
        return False

    hospital.house.still_true["appointment.booked"] = gone
    until(hospital, 8)
    await hospital.send()
    assert (await hospital.one(key))["state"] == SKIPPED
    assert hospital.cards() == []


async def test_an_offer_that_lasts_less_than_the_night_is_told_at_once(hospital):
    account = await asleep(hospital)
    now = hospital.ctx.now()
    tomorrow = now + timedelta(hours=30)
    hours = {1: SENT, 12: DUE}
    keys = [
        await hospital.tell(
            account, "waiting.offered", n=n, starts_at=tomorrow, until=now + timedelta(hours=n)
        )
        for n in hours
    ]
    await hospital.send()
    assert [(await hospital.one(key))["state"] for key in keys] == list(hours.values())


async def test_critical_grade_knows_no_quiet_hours_and_no_mute(hospital, monkeypatch):
    row = Told("appointment.booked", "appointment_booked", grade=Grade.CRITICAL)
    monkeypatch.setitem(TOLD, row.event, row)
    account = await asleep(hospital)
    muted = Preferences(quiet_from="22:00", quiet_to="07:00", appointment=Level.NONE)
    await wishes.change(hospital.ctx, account, muted)
    key = await hospital.tell(account)
    await hospital.send(CRITICAL)
    assert (await hospital.one(key))["state"] == SENT


async def test_a_muted_message_is_in_the_message_centre_and_nowhere_else(hospital):
    account = await hospital.account()
    await wishes.change(hospital.ctx, account, Preferences(payment=Level.NONE))
    key = await hospital.tell(account, "payment.refunded")
    other = await hospital.tell(account, "appointment.booked", n=2)
    await hospital.send()
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (KEPT, "muted")
    assert [card["client_msg_id"] for card in hospital.cards()] == [other]
    assert key in {item.id for item in (await service.inbox(hospital.ctx, account)).items}
    assert await service.unread(hospital.ctx, account) == 2


async def test_only_what_matters_leaves_out_what_is_only_information(hospital):
    account = await hospital.account()
    await wishes.change(hospital.ctx, account, Preferences(appointment=Level.IMPORTANT))
    expired = await hospital.tell(account, "appointment.expired")
    booked = await hospital.tell(account, "appointment.booked", n=2)
    await hospital.send()
    states = [(await hospital.one(key))["state"] for key in (expired, booked)]
    assert states == [KEPT, SENT]


async def test_who_would_come_for_nothing_is_told_all_the_same(hospital):
    account = await hospital.account()
    await wishes.change(hospital.ctx, account, Preferences(appointment=Level.NONE))
    key = await hospital.tell(account, "appointment.cancelled")
    await hospital.send()
    assert (await hospital.one(key))["state"] == SENT


async def test_wishes_over_json_are_kept_for_every_hospital(hospital):
    async with (
        served(hospital.house, INST, handlers.routes) as web,
        http_client(web, headers={ACCOUNT_HEADER: "acc1"}) as http,
    ):
        http.headers["Authorization"] = "Bearer test"
        path = "/api/v1/messages/preferences"
        plain = {"quiet_from": None, "quiet_to": None, "appointment": "all", "payment": "all"}
        assert (await http.get(path)).json() == plain
        asked = plain | {"quiet_from": "22:00", "quiet_to": "06:30", "payment": "none"}
        assert (await http.put(path, json=asked)).json() == asked
        assert (await http.get(path)).json() == asked
        for wrong in ({"quiet_from": "22:00"}, {"quiet_from": "25:00", "quiet_to": "6"}):
            assert (await http.put(path, json=wrong)).status_code == 422
        assert (await http.get(path)).json() == asked
    elsewhere = hospital.house.ctx("ins2")
    assert (await wishes.of(elsewhere, "acc1")).payment is Level.NONE


async def test_wishes_of_a_merged_account_move_unless_the_other_has_its_own(hospital):
    ctx = hospital.ctx
    await wishes.change(ctx, "acc-old", NIGHT)
    await service.adopt(ctx, "acc-old", "acc-new")
    assert await wishes.of(ctx, "acc-new") == NIGHT
    for _ in range(2):
        await wishes.give_back(ctx, "acc-old", "acc-new")
    assert await wishes.of(ctx, "acc-new") == Preferences(), "they were the other person's"
    assert await wishes.of(ctx, "acc-old") == NIGHT
    own = Preferences(payment=Level.NONE)
    await wishes.change(ctx, "acc-other", own)
    for _ in range(2):
        await service.adopt(ctx, "acc-old", "acc-other")
    await wishes.give_back(ctx, "acc-old", "acc-other")
    assert await wishes.of(ctx, "acc-other") == own
