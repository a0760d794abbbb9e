"""A clinic is stopped: from the message to another date, with one tap and a word on symptoms."""

import pytest

from booking.appointments import service as appointments
from booking.payments.model import JSAPI
from booking.timetables import service as timetables
from tests.browser.conftest import Open
from tests.helpers.desk import free_slots, hold
from tests.helpers.hospital import Hospital
from tests.helpers.outpatient import eventually
from tests.helpers.timetables import OFFICE, deviation
from wx_backend.entrypoints.web.patient import paths

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERSON = "zhang-min"


async def test_another_date_with_one_tap(hospital: Hospital, opened: Open) -> None:
    slot = free_slots(hospital, "orthopaedics")[8]
    held = await hold(hospital, PERSON, slot)
    them = await hospital.acting(PERSON)
    ticket = await appointments.pay(them, held.id, JSAPI, "127.0.0.1")
    prepay = ticket.jsapi["package"].removeprefix("prepay_id=")
    await hospital.control("pay", prepay_id=prepay, outcome="pay")

    async def booked() -> bool:
        await hospital.crank()
        return (await appointments.own(them, held.id)).state == "BOOKED"

    await eventually(booked)
    office = hospital.ctx().acting_as(OFFICE)
    session = await timetables.schedule(office, slot.schedule)
    await timetables.deviate(office, session.line, session.date, 0, deviation("close"))
    await hospital.crank()

    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, PERSON, paths.MESSAGES)
    await eyes.tap("医生停诊，请选择处理方式")
    await eyes.heading("医生停诊").wait_for()
    await eyes.sees("为您保留到")
    await eyes.look("stop")
    await eyes.go(f"{eyes.page.url.partition(hospital.phone_url)[2]}?care=1")
    await eyes.look("stop", care=True)
    await hospital.decides("booking.symptom_screen", 1, "department", slot.department_id)
    await eyes.go(f"{eyes.page.url.partition(hospital.phone_url)[2].partition('?')[0]}?care=0")
    await eyes.look("stop-symptoms")
    await eyes.web.get_by_label("没有", exact=True).first.check()
    await eyes.tap("接受，费用不变")
    await eyes.sees("已为您改约，无需再付费")
    await hospital.decides("booking.symptom_screen", 0, "department", slot.department_id)
    await eyes.look("moved")
    await eyes.tap("查看预约")
    await eyes.heading("预约详情").wait_for()
    await eyes.sees("已支付")
    await eyes.look("appointment")
