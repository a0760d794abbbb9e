"""Elder mode: every screen in large type, on a phone, chosen by a link and kept."""

import pytest

from tests.browser.conftest import Open
from tests.helpers.desk import free_slots, hold
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.web.patient import paths

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERSON = "wang-xiulan"


async def test_the_link_switches_and_the_choice_is_kept(hospital: Hospital, opened: Open) -> None:
    eyes = await opened()
    await eyes.page.goto(f"{hospital.url}/h5/departments?q=眼")
    await eyes.tap("大字版")
    await eyes.page.locator("body.care").wait_for()
    assert await eyes.page.input_value("[name=q]") == "眼"
    await eyes.page.goto(f"{hospital.url}/h5/")
    await eyes.look("home", care=True)
    await eyes.tap("标准版")
    await eyes.page.locator("body:not(.care)").wait_for()


async def test_every_screen(hospital: Hospital, opened: Open) -> None:
    slots = free_slots(hospital, "respiratory")
    held = await hold(hospital, PERSON, slots[0])
    other = free_slots(hospital, "eye")[0]
    await hospital.decides("booking.symptom_screen", 1, "doctor", other.doctor_id)
    screens = {
        "departments": paths.DEPARTMENTS,
        "doctors": paths.department(slots[0].department_id),
        "times": paths.day(other.doctor_id, other.visit_date, other.id),
        "book": paths.book(other.id),
        "pay": paths.pay(held.id),
        "waiting": paths.result(held.id),
        "appointment": paths.appointment(held.id),
        "cancel": paths.cancel(held.id),
        "appointments": paths.APPOINTMENTS,
        "people": paths.PEOPLE,
        "person": paths.ADD_PERSON,
        "messages": paths.MESSAGES,
        "not-there": paths.appointment("aptnone"),
    }
    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, PERSON, "/h5/?care=1")
    for name, path in screens.items():
        await eyes.go(path)
        await eyes.look(name, care=True)
