"""What must reach somebody goes by text where no app brings it; else a person rings."""

from datetime import timedelta

import pytest

from notify.messages import counting, reported, service, unheard
from notify.messages.model import DUE, FAILED, PARKED, SENT, UNKNOWN
from tests.helpers.told import told
from wx_backend.base import ids
from wx_backend.base.context import Actor
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelIncomplete, ChannelSpec
from wx_backend.directory.settings import service as settings
from wx_backend.entrypoints import selftest
from wx_backend.entrypoints.sandbox.people import by_key
from wx_backend.gateways.phone import VerifiedPhone
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.worklist.store import TASKS

AWAY = "zhao-lei"
"""Does not follow the service account."""
NUMBER = by_key(AWAY).phone
SEND, REPORTS = "/sms/SendSms", "/sms/PullSmsSendStatusByPhoneNumber"
STOPPED = "appointment.stopped"
BEFORE = [("wechat", "send_refused")]
"""Why the apps did not bring it; that they are not there is noted, too."""


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with told(mongo_uri, tmp_path) as hospital:
        await hospital.texts()
        yield hospital


@pytest.fixture
async def account(hospital):
    return await texted(hospital, AWAY)


async def texted(hospital, person: str) -> str:
    """The account of somebody who follows nothing and whose number a platform has checked."""
    account = await hospital.account(person)
    await hospital.ctl("follow", person=person, follows=False)
    await accounts.claim_phone(hospital.ctx, account, VerifiedPhone(by_key(person).phone))
    return account


async def sent(hospital, account: str, name: str = STOPPED, n: int = 1, soon: bool = False) -> dict:
    """The message, once nothing is due. ``soon``: about a visit that is over before tomorrow."""
    visit = hospital.ctx.now() + (timedelta(minutes=1) if soon else timedelta(days=5))
    key = await hospital.tell(account, name, n=n, starts_at=visit)
    while await hospital.send():
        pass
    return await hospital.one(key)


async def asked(hospital, key: str, **later: float) -> dict:
    """The message, once the provider was asked."""
    hospital.later(**later)
    await reported.ask_due(hospital.house.ctx(None))
    return await hospital.one(key)


def read(hospital) -> list[dict]:
    """The texts on phones."""
    return hospital.running.box.texts.listing()


def why(doc: dict) -> list[tuple[str, str]]:
    known = ("no_channel", "no_openid")
    return [(a["channel"], a["reason"]) for a in doc["attempts"] if a["reason"] not in known]


async def tasks(hospital) -> list[str]:
    return [one["subject"] for one in await hospital.ctx.db(TASKS).find({"state": "OPEN"})]


async def test_who_cannot_be_told_by_an_app_reads_it_as_a_text(hospital, account):
    doc = await sent(hospital, account)
    assert (doc["state"], doc["channel"]) == (SENT, "sms")
    assert why(doc) == BEFORE
    costless = await sent(hospital, account, "appointment.booked", n=2)
    assert (costless["state"], why(costless)) == (FAILED, BEFORE), "it need not reach anybody"
    [text] = read(hospital)
    assert (text["phone"], text["serial"], text["context"]) == (
        f"+86{NUMBER}", doc["msgid"], doc["_id"],
    )  # fmt: skip
    data = doc["event"]["data"]
    assert text["fields"] == [data["patient"]] and "*" in data["patient"]
    assert not any(data[name] in text["words"] for name in ("department", "doctor"))
    doc = await asked(hospital, doc["_id"], seconds=30)
    assert (doc["delivery"], "ask_at" in doc, await tasks(hospital)) == ("delivered", False, [])


async def test_without_a_checked_number_a_person_rings(hospital):
    doc = await sent(hospital, await hospital.account(AWAY))
    assert (doc["state"], why(doc)) == (FAILED, [*BEFORE, ("sms", "no_phone")])
    assert await tasks(hospital) == [doc["_id"]]
    stranger = await hospital.account()
    await hospital.ctl("follow", person="wang-xiulan", follows=False)
    await accounts.claim_phone(hospital.ctx, stranger, VerifiedPhone("61234567", "852"))
    assert why(await sent(hospital, stranger, n=2))[-1] == ("sms", "phone_abroad")


ERRORS = {
    "FailedOperation.PhoneNumberInBlacklist": (FAILED, True),
    "FailedOperation.TemplateIncorrectOrUnapproved": (PARKED, True),
    "FailedOperation.InsufficientBalanceInSmsPackage": (DUE, False),
    "LimitExceeded.DeliveryFrequencyLimit": (DUE, False),
    "LimitExceeded.PhoneNumberDailyLimit": (FAILED, True),
    "InternalError.Timeout": (UNKNOWN, False),
}
"""Of the provider: what becomes of a message about a visit in a minute, and if it is a task."""


async def test_each_error_of_the_provider(hospital):
    channel = await institutions.channel_for(hospital.ctx, "sms")
    for n, (code, (state, task)) in enumerate(ERRORS.items()):
        account = await texted(hospital, f"crowd-{n}")
        await hospital.fault("sms_code", SEND, value=code, times=None)
        doc = await sent(hospital, account, n=n, soon=True)
        assert (doc["state"], doc["_id"] in await tasks(hospital)) == (state, task), code
        assert doc["attempts"][-1]["code"] == code
        counted = await counting.sent(hospital.ctx, ids.derive("rch", channel.appid, account))
        assert len(counted) == (state == UNKNOWN), "what did not go is not counted"
        hospital.running.box.faults.clear()


async def test_nobody_gets_more_than_so_many(hospital, account):
    first, second = [await hospital.tell(account, STOPPED, n=n) for n in (1, 2)]
    while await hospital.send():
        pass
    docs = {doc["state"]: doc for doc in [await hospital.one(key) for key in (first, second)]}
    assert docs.keys() == {SENT, DUE}
    assert docs[DUE]["reason"] in ("text_limit", "send_later"), "by either look at the count"
    hospital.later(minutes=2)
    while await hospital.send():
        pass
    assert (await hospital.one(docs[DUE]["_id"]))["state"] == SENT
    draft = await settings.propose(hospital.ctx, "messages.texts_per_day", 2, "hospital")
    await settings.approve(hospital.ctx.acting_as(Actor("staff", "stf-2")), draft.id)
    hospital.later(minutes=2)
    third, fourth = [await sent(hospital, account, n=n, soon=n == 4) for n in (3, 4)]
    assert (third["state"], third["reason"]) == (DUE, "text_limit"), "today's are used up"
    assert (fourth["state"], fourth["reason"]) == (FAILED, "text_limit")
    assert (await tasks(hospital), len(read(hospital))) == ([fourth["_id"]], 2)


async def test_a_text_that_was_not_answered_for_is_found(hospital, account):
    for n, handed_back in enumerate((True, False)):
        await hospital.ctl("sms/sessions", on=handed_back)
        await hospital.fault("lost_reply", SEND)
        doc = await sent(hospital, account, n=n)
        assert doc["state"] == UNKNOWN
        doc = await asked(hospital, doc["_id"], minutes=2)
        assert (doc["state"], doc["channel"], doc["delivery"]) == (SENT, "sms", "delivered")
        assert doc["msgid"] == read(hospital)[n]["serial"]
    hospital.later(minutes=11)
    await unheard.ring_due(hospital.house.ctx(None))
    assert await tasks(hospital) == []


async def test_of_two_that_may_be_it_neither_is_and_a_person_rings(hospital, account):
    await hospital.fault("lost_reply", SEND, times=2)
    keys = []
    for n in (1, 2):
        keys.append((await sent(hospital, account, n=n))["_id"])
        hospital.later(minutes=2)
    await hospital.fault("sms_code", REPORTS, value="InternalError")
    for minutes in (0, 9):
        states = [(await asked(hospital, key, minutes=minutes))["state"] for key in keys]
        assert states == [UNKNOWN, UNKNOWN]
    await unheard.ring_due(hospital.house.ctx(None))
    assert sorted(await tasks(hospital)) == sorted(keys)


async def test_what_the_carrier_could_not_bring_is_rung_about(hospital, account):
    await hospital.fault("sms_undelivered", SEND)
    doc = await asked(hospital, (await sent(hospital, account))["_id"], seconds=30)
    assert (doc["state"], doc["delivery"]) == (SENT, "failed")
    [task] = await hospital.ctx.db(TASKS).find({"subject": doc["_id"]})
    assert (task["kind"], "用户关机或停机" in task["about"]) == ("message_undelivered", True)


async def test_the_self_test_names_what_is_wrong_with_texts(hospital):
    channel = await institutions.channel_for(hospital.ctx, "sms")
    checks = await selftest.of_channel(hospital.house, channel)
    assert [(len(checks), check.wrong) for check in checks] == [(3, [])] * 3
    spec = ChannelSpec("sms", {}, appid=channel.appid, templates={"visit_changed": "1"})
    amended = await institutions.amend_channel(hospital.ctx, spec)
    assert await service.template_faults(hospital.ctx, amended) == [
        "visit_changed：账号里没有短信模板 1"
    ]
    with pytest.raises(ChannelIncomplete) as caught:
        wrong = ChannelSpec("sms", {}, appid="app", params={"signature": "【医院】"})
        await institutions.register_channel(hospital.ctx, wrong)
    assert caught.value.data["fields"].keys() == {
        "appid", "params.signature", "secrets.secret_id", "secrets.secret_key",
    }  # fmt: skip
