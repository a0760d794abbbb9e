"""Booking over JSON: the codes and shapes mini-programs rely on, and calls to the database."""

import asyncio
from collections import Counter

from booking.schedules import service as schedules
from tests.helpers.outpatient import IN_ONE_LOOP, UNIT, fixture
from wx_backend.base import ids
from wx_backend.entrypoints.web.patient import paths

pytestmark = IN_ONE_LOOP

APPOINTMENT = {
    "id", "state", "version", "patient", "department", "doctor", "location", "starts_at", "ends_at",
    "visit_date", "serial", "fee_fen", "expires_at", "rescue", "moved_to", "lock", "order",
    "no_symptoms_at",
}  # fmt: skip


@fixture
async def browser(clinic, patient):
    async with await clinic.hospital.client(patient.person) as visitor:
        await visitor.get("/h5/people")  # any page with a form gives out the token
        yield visitor


async def post(browser, path: str, key: str = "", **body) -> tuple[int, dict]:
    headers = {
        "X-XSRFToken": browser.http.cookies.get("_xsrf", ""),
        "Idempotency-Key": key or ids.new("key"),
    }
    url = f"{browser.base}/api/v1/{path}"
    answer = await browser.http.post(url, json=body, headers=headers)
    return answer.status_code, answer.json()


async def get(browser, path: str) -> tuple[int, dict]:
    answer = await browser.http.get(f"{browser.base}/api/v1/{path}")
    return answer.status_code, answer.json()


KEPT_A_SECOND = ("departments.find", "doctors.find", "wards.find", "settings.find")


def calls(clinic) -> dict[str, int]:
    """Calls to the database since the last time; what every process follows is not among them, nor
    what a busy machine has had time to forget: it is kept for a second.
    """
    counted = {name: n for name, n in clinic.house.db.calls.items() if name not in KEPT_A_SECOND}
    clinic.house.db.calls.clear()
    return counted


async def warm(browser) -> None:
    """Departments and parameters are in memory, as they always are after the first request."""
    assert (await get(browser, "departments"))[0] == 200


async def test_the_story(clinic, patient, browser):
    [slot] = await clinic.opens()
    status, held = await post(browser, "appointments", slot=slot.id, patient=patient.id)
    assert (status, held["state"], held["serial"]) == (201, "HELD", "A001")
    assert held.keys() == APPOINTMENT
    here = f"appointments/{held['id']}"
    status, ticket = await post(browser, f"{here}/payment", method="wechat_jsapi")
    assert status == 200
    await clinic.ctl("pay", prepay_id=ticket["jsapi"]["package"].removeprefix("prepay_id="))
    status, checked = await post(browser, f"{here}/payment/check")
    assert (status, checked["state"], checked["expires_at"]) == (200, "BOOKED", None)
    assert checked["order"] == {
        "state": "PAID",
        "amount_fen": 5000,
        "paid_fen": 5000,
        "refunding_fen": 0,
        "refunded_fen": 0,
    }
    assert (await post(browser, f"{here}/cancel"))[1]["state"] == "CANCELLED"
    await clinic.refunded()
    shown = (await get(browser, here))[1]
    assert (shown["state"], shown["order"]["state"]) == ("CANCELLED", "REFUNDED")
    assert [one["id"] for one in (await get(browser, "appointments"))[1]["items"]] == [held["id"]]
    await clinic.balanced()


async def test_refusals_have_codes_and_change_nothing(clinic, patient, browser):
    slot, other = await clinic.opens(slots=2, capacity=1)
    await clinic.hold(await clinic.patient(), slot)
    before = await clinic.stored()

    async def refused(**body) -> tuple[int, str]:
        status, answer = await post(browser, "appointments", **body)
        assert answer["error"]["message"]
        return status, answer["error"]["code"]

    assert await refused(slot=slot.id, patient=patient.id) == (409, "slot_full")
    assert await refused(slot="slotnone", patient=patient.id) == (404, "not_found")
    assert await refused(slot=other.id, patient="patnone") == (404, "not_found")
    assert await refused(slot=other.id, patient=patient.id, fee=1) == (422, "invalid")
    assert await refused(slot=other.id) == (422, "invalid")
    assert await refused(slot="<b>", patient=patient.id) == (422, "invalid")
    assert await refused(slot={"$ne": ""}, patient=patient.id) == (422, "invalid")
    assert await clinic.stored() == before


async def test_who_has_symptoms_is_sent_to_the_fever_clinic(clinic, patient, browser):
    [slot] = await clinic.opens()
    await clinic.decides("booking.symptom_screen", 1, "doctor", slot.doctor_id)
    before, wants = await clinic.stored(), {"slot": slot.id, "patient": patient.id}
    status, asked = await post(browser, "appointments", **wants)
    assert (status, asked["error"]["code"]) == (422, "symptoms_not_said")
    assert "发热" in asked["error"]["data"]["symptoms"]
    status, refused = await post(browser, "appointments", **wants, symptoms=True)
    assert (status, refused["error"]["code"]) == (409, "fever_clinic")
    page = await browser.get(paths.book(slot.id))
    assert page.form(paths.BOOK).offered["symptoms"] == ["no", "yes"]
    for said, status, words in (
        ({}, 422, "请先回答"),
        ({"symptoms": "yes"}, 409, "到医院发热门诊就诊"),
    ):
        page = await browser.submit(page.form(paths.BOOK), patient=patient.id, **said)
        assert (page.status, words in page.text) == (status, True)
        assert "symptoms" not in page.form(paths.BOOK).fields  # nothing is chosen for them
    assert await clinic.stored() == before
    calls(clinic)
    status, held = await post(browser, "appointments", **wants, symptoms=False)
    assert (status, held["no_symptoms_at"] is not None) == (201, True)
    assert calls(clinic) == {"bindings.read_together": 1, "appointments.insert": 1}
    await clinic.decides("booking.symptom_screen", 0, "doctor", slot.doctor_id)


async def test_without_a_key_nothing_is_booked(clinic, patient, browser):
    [slot] = await clinic.opens()
    headers = {"X-XSRFToken": browser.http.cookies.get("_xsrf", "")}
    for key in ({}, {"Idempotency-Key": "short"}):
        answer = await browser.http.post(
            f"{browser.base}/api/v1/appointments",
            json={"slot": slot.id, "patient": patient.id},
            headers=headers | key,
        )
        assert answer.status_code == 422
    assert await clinic.docs("appointments") == []


async def test_a_stranger_sees_nothing(clinic, patient, browser):
    [slot] = await clinic.opens()
    held = await clinic.hold(await clinic.patient(), slot)
    here = f"appointments/{held.id}"
    assert (await get(browser, here))[0] == 404
    for path in ("payment/check", "cancel"):
        assert (await post(browser, f"{here}/{path}"))[0] == 404
    assert (await post(browser, f"{here}/payment", method="wechat_h5"))[0] == 404
    assert (await get(browser, "appointments"))[1]["items"] == []
    async with await clinic.hospital.client() as visitor:
        assert (await get(visitor, "appointments"))[0] == 401
        assert (await get(visitor, here))[0] == 401
    assert (await clinic.now(held)).state == "HELD"


async def test_my_appointments_page_by_page_lose_nobody(clinic, patient, browser):
    slots = [(await clinic.opens(days=2 + n))[0] for n in range(5)]
    held = [await clinic.hold(patient, slot) for slot in slots]
    same = {"starts_at": held[0].starts_at}
    await clinic.house.db.raw("appointments").update_many({}, {"$set": same})
    seen, cursor = [], ""
    for _ in range(3):
        page = (await get(browser, f"appointments?limit=2&cursor={cursor}"))[1]
        seen += [one["id"] for one in page["items"]]
        cursor = page["cursor"]
    assert sorted(seen) == sorted(one.id for one in held)
    assert cursor == ""
    for wrong in ("x", "1.", "99999999999999999999.apt", "."):
        assert (await get(browser, f"appointments?cursor={wrong}"))[0] in (200, 422)


async def test_a_hold_costs_two_shared_calls(clinic, patient, browser):
    [slot] = await clinic.opens()
    await warm(browser)
    other = await clinic.patient()
    await clinic.hold(other, slot)  # parameters are in memory now
    calls(clinic)
    assert (await post(browser, "appointments", slot=slot.id, patient=patient.id))[0] == 201
    assert calls(clinic) == {"bindings.read_together": 1, "appointments.insert": 1}


async def test_that_all_places_are_taken_costs_one_shared_call(clinic, patient, browser):
    [slot] = await clinic.opens()
    await warm(browser)
    for _ in range(slot.capacity):
        await clinic.hold(await clinic.patient(), slot)
    calls(clinic)
    status, refused = await post(browser, "appointments", slot=slot.id, patient=patient.id)
    assert (status, refused["error"]["code"]) == (409, "slot_full")
    assert calls(clinic) == {"appointments.read_together": 1}


async def test_a_rush_shares_its_calls(clinic):
    [slot] = await clinic.opens(capacity=50)
    rush = await clinic.patients(50)
    await clinic.hold(rush[0], slot)
    calls(clinic)
    await asyncio.gather(*(clinic.hold(one, slot) for one in rush[1:]))
    made = Counter(calls(clinic))
    assert made["appointments.insert"] <= 10
    assert made["bindings.read_together"] <= 10


async def test_reading_costs_what_the_docstrings_say(clinic, patient, browser):
    [slot] = await clinic.opens()
    booked = await clinic.booked(patient, slot)
    await warm(browser)
    calls(clinic)
    assert (await get(browser, "appointments"))[0] == 200
    assert calls(clinic) == {"appointments.find": 1}
    assert (await get(browser, f"appointments/{booked.id}"))[0] == 200
    assert calls(clinic) == {"appointments.read_together": 1, "orders.read_together": 1}
    date = f"date={slot.visit_date}"
    assert (await get(browser, f"departments/{UNIT.id}/slots?{date}"))[0] == 200
    assert (await get(browser, f"departments/{UNIT.id}/dates"))[0] == 200
    assert calls(clinic) == {}


async def test_the_board_shows_what_is_free(clinic, patient, browser):
    [slot] = await clinic.opens(capacity=2)
    path = f"departments/{UNIT.id}/slots?date={slot.visit_date}"

    async def shown() -> dict:
        doctors = (await get(browser, path))[1]["doctors"]
        return next(one for doctor in doctors for one in doctor["slots"] if one["id"] == slot.id)

    assert (await shown())["free"] == 2
    await clinic.hold(patient, slot)
    await clinic.hold(await clinic.patient(), slot)
    clinic.house.business.offset += 2 * schedules.OVERLAP  # past every ready answer's time
    assert ((await shown())["state"], (await shown())["free"]) == ("full", 0)
