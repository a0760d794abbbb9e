"""What was laid aside: looked at, mended with a reason, tried again; a task until it is solved."""

import msgspec.json
import pytest

from booking.payments.events import REFUND_ABNORMAL
from notify.messages import failing
from notify.messages import store as messages
from notify.relay import store
from notify.relay.model import WAITS, digest
from tests.helpers import hl7 as samples
from tests.helpers.hospital import Hospital
from wx_backend.base import events, ids
from wx_backend.entrypoints.interfaces import inbox, processing
from wx_backend.entrypoints.web.console.pages.dead_letters import MEND, MESSAGE, PATH
from wx_backend.gateways.hl7.message import parse
from wx_backend.records.encounters import service as encounters

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHOLE = samples.adt("A01", "A1")
NAMELESS = WHOLE.replace("M1001^^^JQ^MR", "")
REACTION = "wx_backend.identity.worklist.refund_abnormal"


async def audited(hospital: Hospital, action: str) -> dict:
    now = hospital.house.wire.now()
    table = hospital.house.db.raw(f"audit_{now:%Y%m}")
    return (await table.find_one({"action": action}, sort=[("at", -1)]))["data"]


async def tasks(hospital: Hospital, kind: str) -> list[tuple[str, str]]:
    found = hospital.house.db.raw("tasks").find({"kind": kind})
    return sorted([(doc["subject"], doc["state"]) async for doc in found])


async def parked(hospital: Hospital) -> dict:
    """A delivery whose event lacks what its reaction needs, at its last try."""
    ctx, data = hospital.ctx(), {**REFUND_ABNORMAL.example, "told_at": hospital.house.wire.now()}
    del data["refund"]
    event = events.happened(ctx, REFUND_ABNORMAL, ids.new("ord"), 1, **data)
    delivery = store.delivery(ctx, event, REACTION, "relay")
    await hospital.house.db.raw("deliveries").insert_one({**delivery, "tries": len(WAITS)})
    await hospital.crank()
    return await hospital.house.db.raw("deliveries").find_one({"_id": delivery["_id"]})


async def test_an_event_is_mended_and_tried_again_and_what_it_was_is_kept(hospital, signed_in):
    admin, doc = await signed_in("cheng-hao"), await parked(hospital)
    before = doc["event"]["data"]
    assert doc["state"] == "PARKED"
    page = await admin.get(f"{MEND}?id={doc['_id']}")
    text = msgspec.json.encode({**before, "refund": "ref901"}).decode()
    sent = await admin.submit(page.form(MEND), data=text, reason="补上退款单号")
    assert sent.location == PATH
    await hospital.crank()
    after = await hospital.house.db.raw("deliveries").find_one({"_id": doc["_id"]})
    assert after["state"] == "DONE"
    assert after["event"]["data"] == {**before, "refund": "ref901"}, "moments stay moments"
    [version] = after["versions"]
    assert (version["data"], version["reason"]) == (before, "补上退款单号")
    told = await audited(hospital, "relay:delivery:mend")
    assert told["before"] == digest(before)
    assert told["after"] == digest(after["event"]["data"])
    assert told["before"] != told["after"]
    assert (doc["_id"], "DONE") in await tasks(hospital, "delivery_parked")


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        ("{", "改", "不是 JSON 对象"),
        ("[1]", "改", "不是 JSON 对象"),
        ('{"told_at": "yesterday"}', "改", "须为带时区的时间"),
        ("{}", " ", "请写明修改原因"),
    ],
)
async def test_nonsense_is_refused_and_changes_nothing(hospital, signed_in, data, reason, words):
    admin, doc = await signed_in("cheng-hao"), await parked(hospital)
    page = await admin.get(f"{MEND}?id={doc['_id']}")
    again = await admin.submit(page.form(MEND), data=data, reason=reason)
    assert again.status == 422
    assert words in again.text
    assert await hospital.house.db.raw("deliveries").find_one({"_id": doc["_id"]}) == doc


async def test_who_may_only_look_may_not_mend(hospital, signed_in):
    service, doc = await signed_in("yu-xin"), await parked(hospital)
    assert (await service.get(PATH)).status == 200
    assert (await service.get(f"{MEND}?id={doc['_id']}")).status == 403


async def alarmed(hospital: Hospital, text: str = NAMELESS) -> str:
    """A message that nothing can be made of; the id of its alarm."""
    ctx, message = hospital.ctx(), parse(text.replace("|A1|", f"|{ids.new('c')[:20]}|"))
    doc = inbox.document(
        ctx, message, message.text.encode(), peer="test", faithful=True, lease="own"
    )
    await inbox.keep(ctx, doc)
    change = await processing.attempt(ctx, inbox.received(doc), message)
    await inbox.settle(ctx, doc["received_at"], [change])
    await hospital.crank()
    found = await hospital.house.db.raw("interface_alarms").find_one({"message": doc["_id"]})
    return found["_id"]


async def test_a_message_is_mended_and_handled_and_its_task_is_done(hospital, signed_in):
    admin, alarm = await signed_in("cheng-hao"), await alarmed(hospital)
    assert (alarm, "OPEN") in await tasks(hospital, "interface_alarm")
    assert f"{MESSAGE}/{alarm}" in (await admin.get("/console/tasks")).links
    assert f"{MESSAGE}/{alarm}" in (await admin.get(PATH)).links
    path = f"{MESSAGE}/{alarm}"
    page = await admin.get(path)
    assert "PID-3" in page.text
    form = page.form(path)
    still = await admin.submit(form, text=NAMELESS.replace("\r", "\r\n"), reason="原样再试")
    assert still.status == 409
    assert "hl7_unmappable" in still.text
    wordless = await admin.submit(form, text=WHOLE.replace("\r", "\r\n"), reason="")
    assert wordless.status == 422
    done = await admin.submit(form, text=WHOLE.replace("\r", "\r\n"), reason="补上病历号")
    assert done.location == PATH, done.text
    assert (await encounters.encounter(hospital.ctx(), "V2001")).place.bed == "12"
    told = await audited(hospital, "interface:message:replay")
    assert (told["edited"], told["reason"]) == (True, "补上病历号")
    assert len({told["before"], told["after"]}) == 2
    assert (alarm, "DONE") in await tasks(hospital, "interface_alarm")
    assert "已处理" in (await admin.get(path)).text


async def test_a_message_is_dismissed_with_a_reason(hospital, signed_in):
    admin, alarm = await signed_in("cheng-hao"), await alarmed(hospital)
    path = f"{MESSAGE}/{alarm}"
    form = (await admin.get(path)).form(f"{path}/dismiss")
    assert (await admin.submit(form, reason="")).status == 422
    assert (await admin.submit(form, reason="联调测试消息")).location == PATH
    assert (await audited(hospital, "interface:message:dismiss"))["reason"] == "联调测试消息"
    assert (alarm, "DONE") in await tasks(hospital, "interface_alarm")


async def test_a_message_to_a_person_that_is_parked_is_a_task(hospital, signed_in):
    ctx, admin = hospital.ctx(), await signed_in("cheng-hao")
    key, now = ids.new("msg"), hospital.house.wire.now()
    doc = {
        "_id": key, "inst": ctx.institution, "title": "预约成功", "grade": "NORMAL", "at": now,
        "event": {"type": "appointment.booked"}, "channels": ["wechat"], "tries": 9,
        "lease": "own", "state": "PARKED", "reason": "x",
    }  # fmt: skip
    await failing.parked(ctx, doc, "send_invalid:47003")
    table = hospital.house.db.raw(f"messages_{messages.months(now)[0]:%Y%m}")
    await table.insert_one(doc)
    assert (key, "OPEN") in await tasks(hospital, "message_parked")
    page = await admin.get(PATH)
    form = next(one for one in page.forms if one.fields.get("id") == key)
    assert (await admin.submit(form)).location == PATH
    assert (key, "DONE") in await tasks(hospital, "message_parked")
    await table.delete_one({"_id": key})
