"""The platform's codes, each as protocols.md 1.5, 1.6 and 8 say; on the service account and the
mini-program.
"""

from datetime import timedelta

import pytest

from notify.messages import consents
from notify.messages.model import DUE, FAILED, PARKED, SENT
from tests.helpers.told import told
from wx_backend.base import clock
from wx_backend.identity.worklist.store import TASKS

MINI = "*/subscribe/send"


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with told(mongo_uri, tmp_path) as hospital:
        await hospital.mini_program()
        yield hospital


async def agreed(hospital, account: str) -> str:
    """The user agrees to one message of the mini-program."""
    template = hospital.channel.templates["appointment_confirmed"]
    await hospital.ctl("subscribe", person="wang-xiulan", templates=[template])
    await consents.report(hospital.ctx, account, [template], "tap00001")
    return template


async def sent_all(hospital) -> None:
    while await hospital.send():
        pass


async def tasks(hospital) -> list[str]:
    return [one["kind"] for one in await hospital.ctx.db(TASKS).find()]


def asked(hospital, path: str = "/wx/cgi-bin/message/template/send") -> int:
    return hospital.running.box.calls[path]


async def test_45009_the_whole_queue_waits_for_midnight_and_asks_once(hospital):
    account = await hospital.account()
    first = await hospital.tell(account, n=1)
    await hospital.fault("rate_limit", value=45009, times=None)
    await hospital.send()
    others = [await hospital.tell(account, n=n) for n in range(2, 14)]
    await sent_all(hospital)
    assert asked(hospital) == 1
    docs = [await hospital.one(key) for key in (first, *others)]
    assert {doc["state"] for doc in docs} == {DUE}
    tomorrow = {clock.local_date(doc["due_at"]) - clock.local_date(doc["at"]) for doc in docs}
    assert [one.days for one in tomorrow] == [1]

    soon = {"until": hospital.ctx.now() + timedelta(minutes=1)}
    offer = await hospital.tell(account, "waiting.offered", n=14, **soon)
    await sent_all(hospital)
    doc = await hospital.one(offer)
    assert (doc["state"], doc["reason"]) == (FAILED, "daily_limit")
    assert await tasks(hospital) == ["message_undelivered"]

    hospital.running.box.faults.clear()
    hospital.later(hours=25)
    await sent_all(hospital)
    assert {(await hospital.one(key))["state"] for key in (first, *others)} == {SENT}


async def test_45009_who_agreed_to_the_mini_program_does_not_wait(hospital):
    account = await hospital.account()
    await hospital.tell(account, "appointment.expired", n=1)
    await hospital.fault("rate_limit", value=45009, times=None)
    await hospital.send()
    await agreed(hospital, account)
    key = await hospital.tell(account, n=2)
    await sent_all(hospital)
    doc = await hospital.one(key)
    assert (doc["state"], doc["channel"]) == (SENT, "wechat_mini")


async def test_43101_no_consent_is_left_and_nothing_is_tried_again(hospital):
    account = await hospital.account()
    template = await agreed(hospital, account)
    await hospital.fault("refused", value=43004)
    await hospital.fault("refused", MINI, value=43101, times=None)
    key = await hospital.tell(account)
    await sent_all(hospital)
    doc = await hospital.one(key)
    assert (doc["state"], doc["attempts"][1]["code"]) == (FAILED, "43101")
    assert asked(hospital, "/wx/cgi-bin/message/subscribe/send") == 1
    left = {one.template_id: one.left for one in await consents.mine(hospital.ctx, account)}
    assert left[template] == 0


async def test_43004_the_person_is_left_alone_for_a_day_and_somebody_rings_up(hospital):
    account = await hospital.account("zhao-lei")
    first = await hospital.tell(account, "appointment.cancelled", n=1)
    await sent_all(hospital)
    second = await hospital.tell(account, n=2)
    await sent_all(hospital)
    assert asked(hospital) == 1
    docs = [await hospital.one(key) for key in (first, second)]
    assert [doc["state"] for doc in docs] == [FAILED, FAILED]
    assert docs[0]["attempts"][0]["code"] == "43004"
    assert await tasks(hospital) == ["message_undelivered"]


@pytest.mark.parametrize("where", ["*/template/send", MINI])
async def test_47003_the_field_is_named_to_a_person_and_nothing_is_tried_again(hospital, where):
    account = await hospital.account()
    if where == MINI:
        await agreed(hospital, account)
        await hospital.fault("refused", value=43004)
    await hospital.fault("bad_template", where, value=47003, times=None)
    key = await hospital.tell(account)
    await sent_all(hospital)
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (PARKED, "send_invalid:47003:thing1")
    assert (
        asked(hospital, "/wx/cgi-bin" + where.removeprefix("*").replace("/", "/message/", 1)) == 1
    )
    assert await tasks(hospital) == ["message_parked"]


async def test_40037_the_template_is_a_person_s_work_and_nothing_is_tried_again(hospital):
    await hospital.fault("bad_template", value=40037, times=None)
    key = await hospital.tell(await hospital.account())
    await sent_all(hospital)
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (PARKED, "send_invalid:40037")
    assert asked(hospital) == 1
    assert await tasks(hospital) == ["message_parked"]
