"""The waiting list in browsers without a screen: the patient's, and the office's."""

from booking.waiting import service as waiting
from booking.waiting.model import Join
from tests.helpers.console import Staffer
from tests.helpers.desk import free_slots
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from tests.helpers.visitor import Page, Visitor
from wx_backend.base import ids
from wx_backend.entrypoints.web.patient import paths

pytestmark = IN_ONE_LOOP


@fixture
async def clinic(clinic):
    await clinic.decides("booking.wait_list_first", 1)
    yield clinic
    await clinic.returns_at_once()


async def joins(phone: Visitor, slot, **more: str) -> Page:
    """From the doctor's full day to the entry."""
    day = await phone.get(paths.join(slot.id))
    return await phone.submit(day.form(paths.JOIN), agreed="1", **more)


async def entry_of(patient):
    [(entry, _)] = await waiting.mine(patient.ctx)
    return entry


async def test_from_a_full_slot_to_the_number(clinic, slot):
    owner, one = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    await clinic.decides("booking.symptom_screen", 1, "doctor", slot.doctor_id)
    await clinic.hospital.catch_up()
    async with Visitor(clinic.hospital.url) as phone:
        await phone.sign_in(one.person)
        page = await phone.get(paths.join(slot.id))
        for words in ("不收费", "前面没有人", "当天全天", "只为这一次候补"):
            assert words in page.text
        refused = await phone.submit(page.form(paths.JOIN))
        assert (refused.status, "有号时发消息告诉我" in refused.text) == (422, True)
        for said, status, words in (("", 422, "请先回答"), ("yes", 409, "到医院发热门诊")):
            refused = await phone.submit(refused.form(paths.JOIN), agreed="1", symptoms=said)
            assert (refused.status, words in refused.text) == (status, True)
        sent = await phone.submit(refused.form(paths.JOIN), agreed="1", symptoms="no")
        mine = await phone.follow(sent)
        assert "候补中" in mine.text
        again = await phone.submit(refused.form(paths.JOIN), agreed="1", symptoms="no")
        assert (again.status, again.location) == (303, sent.location)
        assert "候补中" in (await phone.get(paths.WAITING)).text
        await clinic.cancel(owner, held)
        await clinic.work()
        offer = await phone.get(sent.location)
        assert "有号了" in offer.text
        pay = await phone.get(offer.link("/pay"))
        assert "确认并支付" in pay.text
        leave = await phone.get(offer.link("/leave"))
        gone = await phone.follow(await phone.submit(leave.forms[0]))
        assert "您已退出这个候补" in gone.text
    entry = await entry_of(one)
    assert (entry.agreed, entry.no_symptoms_at is not None) == (True, True)
    await clinic.decides("booking.symptom_screen", 0, "doctor", slot.doctor_id)


async def test_a_number_without_a_fee_is_taken_with_one_tap(clinic):
    [slot] = await clinic.opens(capacity=1, fee_fen=0)
    owner, one, other = await clinic.patients(3)
    held = await clinic.hold(owner, slot)
    await clinic.hospital.catch_up()
    async with Visitor(clinic.hospital.url) as phone:
        await phone.sign_in(one.person)
        entry = (await joins(phone, slot)).location
        await clinic.cancel(owner, held)
        await clinic.work()
        offer = await phone.get(entry)
        found = (await entry_of(one)).appointment
        assert (await phone.get(paths.pay(found))).location == paths.WAITING
        [accept] = offer.forms
        taken = await phone.follow(await phone.submit(accept))
        assert "候补成功" in taken.text
        assert (await phone.submit(accept)).status == 303
    async with Visitor(clinic.hospital.url) as phone:
        await phone.sign_in(other.person)
        assert (await phone.get(entry)).status == 404


async def test_a_full_day_offers_the_list_and_a_free_one_does_not(clinic):
    free, slot = free_slots(clinic.hospital, "orthopaedics")[-2:]
    one = await clinic.patient()
    for holder in await clinic.patients(slot.capacity):
        await clinic.hold(holder, slot)
    await clinic.hospital.catch_up()
    async with Visitor(clinic.hospital.url) as phone:
        await phone.sign_in(one.person)
        day = await phone.get(paths.day(slot.doctor_id, slot.visit_date))
        assert day.links_with(paths.JOIN) == [paths.join(slot.id)]
        page = await phone.get(paths.join(free.id))
        assert (page.status, "现在还有号，请直接预约" in page.text) == (409, True)


async def test_the_office_sees_who_waits_and_what_happened(clinic):
    slot = free_slots(clinic.hospital, "cardiology")[-1]
    owners = await clinic.patients(slot.capacity)
    held = [await clinic.hold(one, slot) for one in owners]
    first, second = await clinic.patients(2)
    await clinic.hospital.catch_up()
    for one in (first, second):
        await waiting.join(one.ctx, Join(slot.id, one.id), ids.new("key"))
    await clinic.cancel(owners[0], held[0])
    await clinic.work()
    async with Staffer(clinic.hospital.url, clinic.house) as office:
        await office.enter("tao-hui")
        path = f"/console/waiting?date={slot.visit_date}&doctor={slot.doctor_id}"
        page = await office.get(path)
        assert f"到号 {held[0].serial}" in page.text
        assert page.text.count("李*国") == 2
        assert ("取号时限" in page.text, "正在确认号源" in page.text) == (True, False)
        of_his = {"doctor_id": slot.doctor_id, "state": "OFFERED"}
        entries = clinic.house.db.raw("waiting")
        await entries.update_one(of_his, {"$set": {"asking": True}})
        asked = await office.get(path)
        await entries.update_one(of_his, {"$set": {"asking": False}})
        assert ("取号时限" in asked.text, "正在确认号源" in asked.text) == (False, True)
        assert "没有人候补" in (await office.get(path.replace(slot.visit_date, "2026-01-01"))).text
