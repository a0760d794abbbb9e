"""A number of a full slot comes back: from the doctor's day to the place that was waited for."""

import pytest

from booking.appointments import service as appointments
from tests.browser.conftest import Open
from tests.helpers.desk import free_slots, hold
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.web.patient import paths

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERSON = "chen-xiaodong"


async def test_joined_offered_paid(hospital: Hospital, opened: Open) -> None:
    await hospital.decides("booking.wait_list_opens", "00:00")
    await hospital.decides("booking.wait_list_closes", "24:00")
    slot = free_slots(hospital, "respiratory")[-1]
    held = [await hold(hospital, f"crowd-{n + 1}", slot) for n in range(slot.capacity)]
    await hospital.catch_up()
    eyes = await opened()
    day = paths.day(slot.doctor_id, slot.visit_date)
    await eyes.sign_in(hospital.phone_url, PERSON, day.replace("?", "%3F"))
    await eyes.heading("选择时间").wait_for()
    await eyes.look("full-slot")
    await eyes.web.locator(".slot.wait").click()
    await eyes.heading("候补").wait_for()
    await eyes.sees("前面没有人")
    await eyes.look("join")
    join = paths.join(slot.id)
    await eyes.go(f"{join}&care=1")
    await eyes.look("join", care=True)
    await eyes.go(f"{join}&care=0")
    await eyes.web.get_by_label("有号时发消息告诉我").check()
    await eyes.tap("加入候补")
    await eyes.heading("候补详情").wait_for()
    await eyes.look("place")
    entry = eyes.page.url

    await appointments.cancel(await hospital.acting("crowd-1"), held[0].id)
    await hospital.crank()
    await eyes.go(paths.MESSAGES)
    await eyes.tap("候补到号")
    await eyes.heading("有号了").wait_for()
    assert eyes.page.url == entry
    await eyes.web.locator("[data-clock]").wait_for()
    await eyes.look("offer")
    await eyes.tap("去支付")
    await eyes.heading("确认并支付").wait_for()
    await eyes.look("pay")
    await eyes.tap("确认支付")
    for digit in "135790":
        await eyes.web.get_by_role("button", name=digit, exact=True).click()
    await eyes.heading("预约成功").wait_for()
    await hospital.crank()
    await eyes.go(paths.WAITING)
    await eyes.sees("候补成功")
    await eyes.look("list")
