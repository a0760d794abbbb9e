"""Who does not follow the service account: the mini-program as often as agreed, then a person."""

import asyncio
from datetime import timedelta

import pytest

from notify.messages import callbacks, consents, handlers, service, store
from notify.messages.model import FAILED, PARKED, SENT, UNKNOWN
from tests.helpers.front import served
from tests.helpers.told import INST, told
from wx_backend.base import clock
from wx_backend.base.audit import RECORDS
from wx_backend.base.errors import Invalid, WrongState
from wx_backend.directory.institutions import service as institutions
from wx_backend.identity.worklist.store import TASKS

AWAY = "zhao-lei"
"""Does not follow the service account."""
SEND = "*/subscribe/send"


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with told(mongo_uri, tmp_path) as hospital:
        await hospital.mini_program()
        yield hospital


@pytest.fixture
async def account(hospital):
    return await hospital.account(AWAY)


@pytest.fixture
async def platform(hospital):
    """The platform knows the address of the mini-program's server."""
    channel = await institutions.channel_for(hospital.ctx, "wechat_mini")
    async with served(hospital.house, INST, handlers.routes) as web:
        await hospital.ctl("server", url=f"{web}/cb/wechat/{channel.id}", mini=True)
        yield


async def told_us(hospital, n: int) -> None:
    """Until the sandbox has made ``n`` calls and none is waiting."""
    async with asyncio.timeout(10):
        while True:
            rows = hospital.running.box.store.many("SELECT state FROM callbacks")
            if len(rows) >= n and all(row["state"] != "due" for row in rows):
                return
            await asyncio.sleep(0.01)


def template(hospital, name: str = "appointment_confirmed") -> str:
    return hospital.channel.templates[name]


async def agree(hospital, account: str, tap: str = "tap00001", name="appointment_confirmed"):
    """The user taps accept; the mini-program tells us."""
    chosen = [template(hospital, name)]
    await hospital.ctl("subscribe", person=AWAY, templates=chosen)
    await consents.report(hospital.ctx, account, chosen, tap)


async def left(hospital, account: str) -> int:
    found = await consents.mine(hospital.ctx, account)
    return next(one.left for one in found if one.template_id == template(hospital))


def tried(doc: dict) -> list[tuple[str, str]]:
    return [(one["channel"], one["reason"]) for one in doc["attempts"]]


async def sent_all(hospital) -> None:
    while await hospital.send():
        pass


async def tasks(hospital) -> list[str]:
    found = await hospital.ctx.db(TASKS).find({"kind": "message_undelivered"})
    return [one["subject"] for one in found]


async def test_the_mini_program_takes_over_where_the_service_account_cannot(hospital, account):
    await agree(hospital, account)
    key = await hospital.tell(account)
    await sent_all(hospital)
    doc = await hospital.one(key)
    assert (doc["state"], doc["channel"]) == (SENT, "wechat_mini")
    assert tried(doc) == [("wechat", "send_refused")]
    assert doc["attempts"][0]["code"] == "43004"
    assert [card["template_id"] for card in hospital.cards()] == [template(hospital)]
    assert await left(hospital, account) == 0


async def test_without_an_agreement_every_reason_is_recorded(hospital, account):
    key = await hospital.tell(account)
    await sent_all(hospital)
    doc = await hospital.one(key)
    assert (doc["state"], doc["reason"]) == (FAILED, "send_refused")
    assert tried(doc) == [
        ("wechat", "send_refused"), ("wechat_mini", "no_consent"), ("alipay", "no_channel"),
        ("alipay_mini", "no_channel"),
    ]  # fmt: skip
    assert hospital.cards() == []
    assert await tasks(hospital) == []


async def test_who_has_to_know_is_rung_up_by_a_person(hospital, account):
    key = await hospital.tell(account, "appointment.cancelled")
    await sent_all(hospital)
    assert (await hospital.one(key))["state"] == FAILED
    assert await tasks(hospital) == [key]


async def test_two_messages_and_one_agreement_are_one_message(hospital, account):
    await agree(hospital, account)
    keys = [await hospital.tell(account, n=n) for n in (1, 2)]

    async def work():
        await sent_all(hospital)

    await asyncio.gather(*(work() for _ in range(3)))
    await sent_all(hospital)
    states = sorted([(await hospital.one(key))["state"] for key in keys])
    assert states == [FAILED, SENT]
    assert len(hospital.cards()) == 1


async def test_an_agreement_is_taken_by_one_of_many(hospital):
    ctx, key = hospital.ctx, "cns1"
    for tap in ("a", "b", "b"):
        await store.agree(ctx, key, store.AGREED, tap)
    taken = await asyncio.gather(*(store.take_consent(ctx, key) for _ in range(8)))
    assert sum(taken) == 2


async def test_the_platform_s_no_credit_uses_the_agreements_up(hospital, account):
    for tap in ("tap00001", "tap00002"):
        await consents.report(hospital.ctx, account, [template(hospital)], tap)
    assert await left(hospital, account) == 2
    key = await hospital.tell(account)
    await sent_all(hospital)
    doc = await hospital.one(key)
    assert doc["state"] == FAILED
    assert doc["attempts"][1]["code"] == "43101"
    assert await left(hospital, account) == 0


@pytest.mark.parametrize(
    ("kind", "value", "state", "remaining"),
    [
        ("bad_template", 40037, PARKED, 1),
        ("bad_template", 47003, PARKED, 1),
        ("rate_limit", 45009, "DUE", 1),
        ("refused", 43101, FAILED, 0),
        ("lost_reply", None, UNKNOWN, 0),
    ],
)
async def test_each_error_of_the_platform_by_name(hospital, account, kind, value, state, remaining):
    await agree(hospital, account)
    await hospital.fault(kind, SEND, value=value)
    key = await hospital.tell(account)
    await sent_all(hospital)
    assert (await hospital.one(key))["state"] == state
    assert await left(hospital, account) == remaining


async def test_one_tap_is_counted_once_whoever_tells_of_it(hospital, account, platform):
    await agree(hospital, account)
    await consents.report(hospital.ctx, account, [template(hospital)], "tap00001")
    await told_us(hospital, 1)
    assert await left(hospital, account) == 1
    both = [template(hospital), template(hospital, "refund_succeeded")]
    await hospital.ctl("subscribe", person=AWAY, templates=both)
    await told_us(hospital, 2)
    assert await left(hospital, account) == 2
    await hospital.ctl("subscribe", person=AWAY, templates=[template(hospital)], accept=False)
    await told_us(hospital, 3)
    assert await left(hospital, account) == 2
    await hospital.ctl("subscribe", person=AWAY, templates=[template(hospital)], off=True)
    await told_us(hospital, 4)
    assert await left(hospital, account) == 0


async def test_the_platform_tells_how_a_subscribe_message_ended(hospital, account, platform):
    await agree(hospital, account)
    key = await hospital.tell(account)
    await sent_all(hospital)
    await told_us(hospital, 2)
    hospital.later(seconds=10)
    await callbacks.act_due(hospital.house.ctx(None))
    assert (await hospital.one(key))["delivery"] == "delivered"


async def test_strangers_templates_and_strangers_are_refused(hospital, account):
    with pytest.raises(Invalid):
        await consents.report(hospital.ctx, account, ["none"], "tap00001")
    with pytest.raises(WrongState):
        await consents.mine(hospital.ctx, "acc-of-nobody")


async def test_the_log_is_found_by_day_state_person_and_appointment(hospital, account):
    ctx = hospital.ctx
    lost = await hospital.tell(account, n=1)
    await sent_all(hospital)
    waiting = await hospital.tell("acc-other", n=2)
    today = clock.local_date(ctx.now())

    async def found(**asked) -> list[str]:
        return [doc["_id"] for doc in await service.log(ctx, **asked)]

    assert await found(day=today) == [waiting, lost]
    assert await found(day=today, state="FAILED") == [lost]
    assert await found(day=today - timedelta(days=1)) == []
    assert await found(account=account) == [lost]
    assert await found(subject="apt2") == [waiting]
    assert await found(key=lost) == [lost]
    elsewhere = hospital.house.ctx("ins2")
    assert await service.log(elsewhere, key=lost) == []
    reads = await ctx.db(RECORDS).month(ctx.wire_now()).find({"action": "messages:log:read"})
    assert len(reads) == 7
