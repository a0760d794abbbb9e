"""Who came by Alipay is told there: the life account, then the mini-program, then the next."""

import pytest

from notify.messages.model import DUE, FAILED, PARKED, SENT, UNKNOWN
from tests.helpers.told import told
from wx_backend.entrypoints.sandbox.alipay.templates import template_id

AWAY = "zhao-lei"
"""Follows neither account."""
LIFE, MINI = "*/alipay.open.public.message.single.send", "*/alipay.open.app.mini.*"
NAME = "appointment_confirmed"


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with told(mongo_uri, tmp_path) as hospital:
        await hospital.alipay()
        yield hospital


def tried(doc: dict) -> list[tuple[str, str, str]]:
    return [(one["channel"], one["reason"], one["code"]) for one in doc["attempts"]]


async def sent(hospital, person: str) -> dict:
    """The message of somebody who came by Alipay, once nothing is due."""
    key = await hospital.tell(await hospital.alipay_account(person))
    while await hospital.send():
        pass
    return await hospital.one(key)


async def test_the_life_account_says_our_words_in_the_templates_order(hospital):
    doc = await sent(hospital, "wang-xiulan")
    assert (doc["state"], doc["channel"]) == (SENT, "alipay")
    assert [one[:2] for one in tried(doc)] == [
        ("wechat", "no_openid"),
        ("wechat_mini", "no_channel"),
    ]
    [card] = hospital.cards()
    assert card["template_id"] == template_id(NAME)
    said = [card["data"][f"keyword{n}"]["value"] for n in range(1, 6)]
    assert said == [doc["wechat"]["fields"][name] for name in doc["wechat"]["fields"]]
    assert card["url"] == f"{hospital.house.settings.public_url}{doc['link']}"


async def test_who_does_not_follow_is_told_what_they_subscribed_to(hospital):
    chosen = template_id(f"mini/{NAME}")
    await hospital.ctl("alipay/subscribe", person=AWAY, templates=[chosen])
    doc = await sent(hospital, AWAY)
    assert (doc["state"], doc["channel"]) == (SENT, "alipay_mini")
    assert tried(doc)[-1] == ("alipay", "send_refused", "NOT_FOLLOWED")
    assert [card["template_id"] for card in hospital.cards()] == [chosen]


async def test_whom_nothing_reaches_is_left_alone_for_a_day(hospital):
    doc = await sent(hospital, AWAY)
    assert (doc["state"], doc["reason"]) == (FAILED, "send_refused")
    assert tried(doc)[2:] == [
        ("alipay", "send_refused", "NOT_FOLLOWED"),
        ("alipay_mini", "send_refused", "USER_NOT_SUBSCRIBE"),
    ]
    calls = hospital.running.box.calls
    asked = sum(calls.values())
    key = await hospital.tell(doc["account"], n=2)
    while await hospital.send():
        pass
    assert (await hospital.one(key))["state"] == FAILED
    assert sum(calls.values()) == asked, "they are not asked again today"
    hospital.later(days=1, minutes=1)
    key = await hospital.tell(doc["account"], n=3)
    while await hospital.send():
        pass
    assert sum(calls.values()) == asked + 2


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("rate_limit", DUE), ("refused", DUE), ("clock_skew", DUE), ("busy", UNKNOWN),
        ("bad_sign", UNKNOWN), ("html", UNKNOWN), ("reset", UNKNOWN), ("lost_reply", UNKNOWN),
        ("truncate", UNKNOWN),
    ],
)  # fmt: skip
async def test_a_platforms_bad_day(hospital, kind, state):
    await hospital.fault(kind, LIFE)
    key = await hospital.tell(await hospital.alipay_account())
    await hospital.send()
    assert (await hospital.one(key))["state"] == state
    hospital.later(hours=1)
    while await hospital.send():
        pass
    came = len(hospital.cards())
    assert came == 1 if state == DUE else came <= 1, "never twice"


async def test_a_template_that_is_not_there_waits_for_a_person(hospital):
    hospital.running.box.alipay_messages.life.clear()
    doc = await sent(hospital, "wang-xiulan")
    assert (doc["state"], doc["reason"]) == (PARKED, "send_invalid:isv.invalid-parameter")
