"""Money is posted to the HIS once, whatever the HIS does; paid and not posted has a name."""

import pytest

from booking.postings import service as postings
from booking.postings.model import Posting
from tests.helpers import his
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient, fixture
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import Invalid, WrongState

pytestmark = IN_ONE_LOOP
PAID, BACK = ("PAID", 5000), ("REFUNDED", 5000)
WHY = "与医院核对后决定"


@fixture
async def clinic(clinic: Outpatient) -> Outpatient:
    await his.keeps_books(clinic.hospital)
    return clinic


def clerk(clinic: Outpatient) -> Ctx:
    return clinic.hospital.ctx().acting_as(Actor("staff", "stf1"))


async def books(clinic: Outpatient) -> tuple[Patient, object]:
    [slot] = await clinic.opens(capacity=1)
    patient = await clinic.patient()
    return patient, await clinic.booked(patient, slot)


async def the_payment(clinic: Outpatient) -> Posting:
    [doc] = await clinic.docs("postings", kind="PAID")
    return await postings.posting(clinic.hospital.ctx(), doc["_id"])


async def tasks(clinic: Outpatient) -> list[str]:
    """States of what people were asked to look at, of this test's postings."""
    orders = [doc["order"] for doc in await clinic.docs("postings")]
    found = await clinic.docs("tasks", kind="unposted")
    return [one["state"] for one in found if one["subject"] in orders]


async def test_a_payment_and_its_refund_are_posted_each_once(clinic):
    patient, booked = await books(clinic)
    assert await his.entries(clinic) == [PAID]
    await clinic.cancel(patient, booked)
    await clinic.refunded()
    assert await his.entries(clinic) == [PAID, BACK]
    assert await his.posted(clinic) == {"PAID": "POSTED", "REFUNDED": "POSTED"}
    assert await tasks(clinic) == []


@pytest.mark.parametrize("kind", ["hang", "reset", "html", "truncate", "lost_reply", "his_error"])
async def test_an_unknown_outcome_is_asked_after_and_posted_once(clinic, impatient, kind):
    await clinic.fault(his.ENTRIES, kind)
    await books(clinic)
    assert await his.posted(clinic) == {"PAID": "UNKNOWN"}
    await clinic.patience(2, seconds=5)
    assert await his.entries(clinic) == [PAID]
    assert await his.posted(clinic) == {"PAID": "POSTED"}


async def test_a_his_that_does_it_late_has_it_once(clinic, impatient):
    await clinic.fault(his.ENTRIES, "slow", value=1.2)
    await books(clinic)
    await clinic.patience(3, seconds=30)
    assert await his.entries(clinic) == [PAID]
    assert await his.posted(clinic) == {"PAID": "POSTED"}


async def test_a_refusal_is_a_task_and_posted_again_by_a_person(clinic):
    await clinic.fault(his.ENTRIES, "his_refuse")
    await books(clinic)
    refused = await the_payment(clinic)
    assert (refused.state, refused.why) == ("REFUSED", "closed_period")
    assert (await his.entries(clinic), await tasks(clinic)) == ([], ["OPEN"])
    with pytest.raises(Invalid):
        await postings.again(clerk(clinic), refused.id, refused.version, " ")
    done = await postings.again(clerk(clinic), refused.id, refused.version, WHY)
    assert (done.state, await his.entries(clinic)) == ("POSTED", [PAID])
    assert await tasks(clinic) == ["DONE"]
    with pytest.raises(WrongState):
        await postings.again(clerk(clinic), refused.id, done.version, WHY)


async def test_refused_and_given_back_nothing_is_reversed(clinic):
    await clinic.fault(his.ENTRIES, "his_refuse")
    _, booked = await books(clinic)
    refused = await the_payment(clinic)
    await postings.give_back(clerk(clinic), refused.id, refused.version, WHY)
    await clinic.refunded()
    await clinic.patience(2, minutes=11)
    assert await his.posted(clinic) == {"PAID": "RETURNED", "REFUNDED": "NEEDLESS"}
    assert (await clinic.now(booked)).state == "CANCELLED"
    assert await tasks(clinic) == ["DONE"]
    assert await his.entries(clinic) == []


async def test_refused_and_cancelled_by_the_patient_heals_itself(clinic):
    await clinic.fault(his.ENTRIES, "his_refuse")
    patient, booked = await books(clinic)
    await clinic.cancel(patient, booked)
    await clinic.refunded()
    assert await his.posted(clinic) == {"PAID": "RETURNED", "REFUNDED": "NEEDLESS"}
    assert (await his.entries(clinic), await tasks(clinic)) == ([], ["DONE"])


async def test_what_the_his_forgets_cannot_be_reversed_and_is_a_task(clinic):
    await clinic.fault(his.ENTRIES, "his_forget")
    patient, booked = await books(clinic)
    assert (await his.entries(clinic), await his.posted(clinic)) == ([], {"PAID": "POSTED"})
    await clinic.cancel(patient, booked)
    await clinic.refunded()
    assert await his.posted(clinic) == {"PAID": "POSTED", "REFUNDED": "REFUSED"}
    assert await tasks(clinic) == ["OPEN"]


async def test_unknown_for_longer_than_allowed_is_a_task_until_it_is_known(clinic):
    await clinic.fault(his.ENTRIES, "his_error", times=None)
    await books(clinic)
    await clinic.patience(2, minutes=3)
    assert await tasks(clinic) == []
    await clinic.patience(1, minutes=11)
    assert (await his.posted(clinic), await tasks(clinic)) == ({"PAID": "UNKNOWN"}, ["OPEN"])
    await clinic.ctl("clear", what="faults")
    await clinic.patience(1, minutes=11)
    assert (await his.posted(clinic), await tasks(clinic)) == ({"PAID": "POSTED"}, ["DONE"])


async def test_asked_by_a_person_the_his_has_it_after_all(clinic):
    await clinic.fault(his.ENTRIES, "his_refuse")
    await books(clinic)
    refused = await the_payment(clinic)
    assert (await postings.ask(clerk(clinic), refused.id)).state == "REFUSED"
    row = {"posting": refused.id, "order_reference": refused.reference, "kind": "PAID"}
    rows = [{**row, "fen": 5000, "at": refused.at.isoformat()}]
    await clinic.ctl("his/entries", rows=rows)
    assert (await postings.ask(clerk(clinic), refused.id)).state == "POSTED"


async def test_settled_by_hand_with_a_reason_is_audited(clinic):
    await clinic.fault(his.ENTRIES, "his_refuse")
    await books(clinic)
    refused = await the_payment(clinic)
    done = await postings.settle(clerk(clinic), refused.id, refused.version, WHY)
    assert (done.state, done.acts[-1].why, await tasks(clinic)) == ("SETTLED", WHY, ["DONE"])
    audited = [one async for one in _audited(clinic, "orders:posting:settle")]
    assert [one["data"]["why"] for one in audited] == [WHY]


async def _audited(clinic: Outpatient, action: str):
    database = clinic.house.db.raw("slots").database
    for name in await database.list_collection_names():
        if name.startswith("audit_2"):
            async for one in database[name].find({"action": action}):
                yield one


async def test_a_hospital_that_wants_none_posts_nothing(clinic):
    await clinic.decides("payments.post_to_his", 0)
    try:
        await books(clinic)
        assert (await his.entries(clinic), await clinic.docs("postings")) == ([], [])
    finally:
        await clinic.decides("payments.post_to_his", 1)
