"""A session is what was proved, no more: not planted, not enlarged, not kept after it ended."""

from urllib.parse import urlsplit

import pytest

from tests.helpers.console import Staffer, code_for
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.demo import staff

NEW = {"password": "Ginkgo-leaf-7", "again": "Ginkgo-leaf-7"}
DOCTOR = "lin-xueqin"


@pytest.fixture
async def hospital(mongo_uri, sandbox):
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


@pytest.fixture
async def browser(hospital):
    opened = Staffer(hospital.url, hospital.house)
    yield opened
    await opened.http.aclose()


async def through_wecom(browser: Staffer, person: str) -> None:
    begun = await browser.get("/signin/wecom?next=/console/me")
    consent = begun.location.split("#")[0]
    back = urlsplit((await browser.get(f"{consent}&as={person}")).location)
    await browser.get(back._replace(scheme="", netloc="").geturl())


async def test_a_new_password_gives_a_wecom_session_no_office_rights(hospital, browser):
    """Without a code of the app nobody becomes an administrator, whatever they type."""
    await hospital.house.db.raw("staff").update_one(
        {"_id": staff.BY_KEY[DOCTOR].id}, {"$set": {"roles": ["doctor", "system_admin"]}}
    )
    await through_wecom(browser, DOCTOR)
    assert (await browser.get("/console/channels")).status == 403
    done = await browser.act("/console/me", "/console/me/password", current=staff.PASSWORD, **NEW)
    assert done.status == 303, done.text
    assert (await browser.get("/console/me")).status == 200, "still signed in"
    assert (await browser.get("/console/channels")).status == 403


async def test_a_planted_session_is_not_taken_over(hospital, browser):
    """Whoever signs in gets a session of their own, also with somebody else's cookie in place."""
    other = Staffer(hospital.url, hospital.house)
    await other.enter("he-zhiyuan")
    planted = other.http.cookies["staff_session"]
    browser.http.cookies.set("staff_session", planted, domain="127.0.0.1", path="/")
    await browser.enter("tao-hui")
    mine = [one.value for one in browser.http.cookies.jar if one.name == "staff_session"]
    assert mine != [planted]
    page = await other.get("/console/me")
    assert staff.BY_KEY["tao-hui"].name not in page.text
    await other.http.aclose()


async def test_the_code_of_the_sign_in_renews_no_recovery_codes(hospital, browser):
    """A code seen over a shoulder is worth nothing a second time, at any door."""
    await browser.give_password(staff.BY_KEY["tao-hui"].number)
    code = await code_for(hospital.house, "tao-hui")
    assert (await browser.give_code(code)).status == 303
    again = await browser.act("/console/me", "/console/me/recovery", code=code)
    assert again.status == 401
    kept = await hospital.house.db.raw("credentials").find_one({"_id": staff.BY_KEY["tao-hui"].id})
    assert kept["recovery"] == []


async def test_a_session_that_was_signed_out_opens_nothing_when_it_is_sent_again(hospital, browser):
    await browser.enter("tao-hui")
    token = browser.http.cookies["staff_session"]
    page = await browser.get("/console/me")
    await browser.submit(page.form("/console/signout"))
    thief = Staffer(hospital.url, hospital.house)
    thief.http.cookies.set("staff_session", token)
    assert (await thief.get("/console/me")).location.startswith("/console/signin")
    await thief.http.aclose()
