"""Staff at the door: two steps, lock-out, codes used once, sessions that end."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.helpers.console import Staffer, code_for
from tests.helpers.hospital import Hospital
from tests.helpers.visitor import Page
from wx_backend.base.clock import Clock
from wx_backend.entrypoints.demo import staff, world
from wx_backend.identity.revocations import service as revocations
from wx_backend.identity.signin import service as signin
from wx_backend.identity.staff import service as members

OFFICE = staff.BY_KEY["tao-hui"]
SIGN_IN = "/console/signin"


pytestmark = pytest.mark.asyncio(loop_scope="module")

KEPT = ("staff", "credentials")
"""Put back before each test; what signing in leaves behind is removed."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(mongo_uri, sandbox):
    async with Hospital(mongo_uri, sandbox) as running:
        loaded = {name: await running.house.db.raw(name).find().to_list(None) for name in KEPT}
        yield running, loaded


@pytest_asyncio.fixture(loop_scope="module")
async def hospital(whole):
    """The loaded demo as it was at first."""
    running, loaded = whole
    house, wire = running.house, running.house.wire
    for name, docs in loaded.items():
        await house.db.raw(name).delete_many({})
        await house.db.raw(name).insert_many(docs)
    for name in ("lockouts", "revocations", f"audit_{wire.now():%Y%m}"):
        await house.db.raw(name).delete_many({})
    house.views.pop(revocations.VIEW, None)
    yield running
    house.wire = wire


@pytest.fixture
def browser(browsers):
    return browsers()


class Later(Clock):
    """Real time, put forward by a test."""

    def __init__(self, clock: Clock):
        self._clock, self.ahead = clock, timedelta()

    def now(self):
        return self._clock.now() + self.ahead


@pytest.fixture
def wire(hospital):
    """The house's real time, which the test may put forward."""
    hospital.house.wire = later = Later(hospital.house.wire)
    return later


async def audited(hospital: Hospital, verb: str) -> list[dict]:
    now = hospital.house.wire.now()
    found = hospital.house.db.raw(f"audit_{now:%Y%m}")
    return await found.find({"action": f"staff:signin:{verb}"}).to_list(None)


async def inside(browser: Staffer) -> bool:
    return (await browser.get("/console/today")).status == 200


async def test_two_steps_lead_where_one_was_going(hospital, browser):
    asked = await browser.get("/console/appointments?date=2026-11-24")
    assert asked.location == f"{SIGN_IN}?next=%2Fconsole%2Fappointments%3Fdate%3D2026-11-24"
    door = await browser.get(asked.location)
    first = await browser.submit(door.form(SIGN_IN), number=OFFICE.number, password=staff.PASSWORD)
    assert not await inside(browser), "the password alone opens nothing"
    second = await browser.get(first.location)
    entered = await browser.submit(
        second.form(f"{SIGN_IN}/code"), code=await code_for(hospital.house, "tao-hui")
    )
    assert entered.location == "/console/appointments?date=2026-11-24"
    assert await inside(browser)
    assert [one["subject"] for one in await audited(hospital, "signed_in")] == [OFFICE.id]


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "/h5/people"])
async def test_nobody_is_sent_out_of_the_console(hospital, browser, elsewhere):
    door = await browser.get(f"{SIGN_IN}?next={elsewhere}")
    assert door.form(SIGN_IN).fields["next"] == ""


async def test_an_unknown_number_and_a_wrong_password_look_alike(hospital, browser):
    unknown = await browser.give_password("X9999")
    wrong = await browser.give_password(OFFICE.number, "wrong")
    assert unknown.status == wrong.status == 401
    assert unknown.text.replace("X9999", "") == wrong.text.replace(OFFICE.number, "")
    assert "工号或密码不正确" in wrong.text
    refused = await audited(hospital, "refused")
    assert sorted(one["subject"] for one in refused) == sorted([OFFICE.id, "nobody"])
    assert {one["data"]["step"] for one in refused} == {"password"}
    assert {one["actor"] for one in refused} == {"visitor:visitor"}, "nobody knows who that was"
    assert "X9999" not in str(refused), "what was typed may be a password"


async def test_the_cookie_is_kept_from_scripts_and_other_sites(hospital, browser):
    await browser.enter("tao-hui")
    page = await browser.give_password(OFFICE.number)
    lines = page.response.headers.get_list("Set-Cookie")
    (half,) = [line for line in lines if line.startswith("staff_half=")]
    for rule in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert rule in half


async def test_five_wrong_passwords_lock_the_number_also_for_the_right_one(
    hospital, browser, wire, browsers
):
    for _ in range(5):
        assert (await browser.give_password(OFFICE.number, "wrong")).status == 401
    locked = await browser.give_password(OFFICE.number)
    assert locked.status == 429
    assert "登录已暂时锁定" in locked.text
    other = await browsers().enter("pan-yue")
    assert (await other.get("/console/tasks")).status == 200, "others are not locked"

    wire.ahead += timedelta(seconds=61)
    assert (await browser.give_password(OFFICE.number, "wrong")).status == 401
    wire.ahead += timedelta(seconds=61)
    assert (await browser.give_password(OFFICE.number)).status == 429, "two minutes by now"
    wire.ahead += timedelta(seconds=61)
    await browser.enter("tao-hui")
    assert await inside(browser)


async def test_the_lock_is_in_the_database(hospital, browser):
    for _ in range(5):
        await browser.give_password(OFFICE.number, "wrong")
    stored = await hospital.house.db.raw("lockouts").find().to_list(None)
    assert sorted(one["tries"] for one in stored) == [5, 5]


async def test_a_hundred_guesses_at_once_are_a_hundred_guesses(hospital, browser):
    page = await browser.get(SIGN_IN)
    form = page.form(SIGN_IN)
    answers = await asyncio.gather(
        *(browser.submit(form, number=OFFICE.number, password=f"guess-{n}") for n in range(40))
    )
    judged = [answer for answer in answers if answer.status == 401]
    assert {answer.status for answer in answers} == {401, 429}
    assert len(judged) <= 5


async def test_an_address_is_locked_whatever_numbers_it_tries(hospital, browser):
    statuses = [(await browser.give_password(f"X{n:04}", "wrong")).status for n in range(21)]
    assert statuses == [401] * 20 + [429]


async def test_wrong_codes_count_too(hospital, browser):
    await browser.give_password(OFFICE.number)
    for _ in range(5):
        assert (await browser.give_code("000000")).status == 401
    assert (await browser.give_code(await code_for(hospital.house, "tao-hui"))).status == 429
    assert not await inside(browser)


async def test_a_code_is_used_once(hospital, browser, browsers):
    code = await code_for(hospital.house, "tao-hui")
    await browser.give_password(OFFICE.number)
    assert (await browser.give_code(code)).status == 303
    again = browsers()
    await again.give_password(OFFICE.number)
    refused = await again.give_code(code)
    assert refused.status == 401
    assert "已使用" in refused.text
    assert not await inside(again)


async def test_one_code_at_once_from_two_browsers_opens_one_door(hospital, browsers):
    pair = [browsers() for _ in range(2)]
    for one in pair:
        await one.give_password(OFFICE.number)
    code = await code_for(hospital.house, "tao-hui")
    answers = await asyncio.gather(*(one.give_code(code) for one in pair))
    assert sorted(answer.status for answer in answers) == [303, 401]


async def test_the_second_step_does_not_go_without_the_first(hospital, browser):
    page = await browser.get(SIGN_IN)
    fields = {"_xsrf": page.form(SIGN_IN).fields["_xsrf"], "code": "123456"}
    refused = await browser.post(f"{SIGN_IN}/code", fields)
    assert refused.status == 401
    assert "已过期" in refused.text


async def test_signing_out_ends_this_session_and_no_other(hospital, browser, browsers):
    await browser.enter("tao-hui")
    other = await browsers().enter("tao-hui")
    kept = browser.http.cookies.get("staff_session")
    await browser.act("/console/today", "/console/signout")
    assert not await inside(browser)
    browser.http.cookies.set("staff_session", kept, domain="127.0.0.1")
    assert not await inside(browser), "a copied cookie is worth nothing"
    assert await inside(other)


async def test_a_session_idles_out_and_use_keeps_it(hospital, browser, wire):
    await browser.enter("tao-hui")
    for _ in range(3):
        wire.ahead += timedelta(minutes=20)
        assert await inside(browser)
    wire.ahead += timedelta(minutes=31)
    assert not await inside(browser)


async def test_a_session_ends_after_its_hours_however_busy(hospital, browser, wire):
    await browser.enter("tao-hui")
    for _ in range(35):
        wire.ahead += timedelta(minutes=20)
        assert await inside(browser)
    wire.ahead += timedelta(minutes=21)
    assert not await inside(browser)


async def test_a_change_of_roles_ends_every_session_and_the_new_ones_count(hospital, browser):
    await browser.enter("tao-hui")
    member = await members.member(hospital.ctx(), OFFICE.id)
    await members.grant(hospital.ctx(), OFFICE.id, member.version, ["nurse"])
    assert not await inside(browser)
    await browser.enter("tao-hui")
    assert (await browser.get("/console/settings")).status == 403
    assert (await browser.get("/console/appointments")).status == 200


async def test_a_change_of_rights_survives_a_crash_right_after_it(hospital, browser, monkeypatch):
    async def dies(*_: object) -> None:
        raise ConnectionError

    await browser.enter("tao-hui")
    member = await members.member(hospital.ctx(), OFFICE.id)
    monkeypatch.setattr(revocations, "end", dies)
    with pytest.raises(ConnectionError):
        await members.leave(hospital.ctx(), OFFICE.id, member.version)
    monkeypatch.undo()
    assert await inside(browser), "nobody was told yet"
    await hospital.crank()
    assert not await inside(browser)


async def test_whoever_left_does_not_come_in(hospital, browser):
    member = await members.member(hospital.ctx(), OFFICE.id)
    await members.leave(hospital.ctx(), OFFICE.id, member.version)
    assert (await browser.give_password(OFFICE.number)).status == 401


async def test_own_password_rotates_this_session_and_ends_the_others(hospital, browser, browsers):
    await browser.enter("tao-hui")
    other = await browsers().enter("tao-hui")
    before = browser.http.cookies.get("staff_session")
    new = {"password": "Ginkgo-leaf-7", "again": "Ginkgo-leaf-7"}
    refused = await browser.act("/console/me", "/console/me/password", current="wrong", **new)
    assert refused.status == 401
    done = await browser.act("/console/me", "/console/me/password", current=staff.PASSWORD, **new)
    assert done.status == 303
    assert browser.http.cookies.get("staff_session") != before
    assert await inside(browser)
    assert not await inside(other)
    assert (await browser.give_password(OFFICE.number)).status == 401
    assert (await browser.give_password(OFFICE.number, "Ginkgo-leaf-7")).status == 303


async def test_recovery_codes_open_the_door_once(hospital, browser, browsers):
    await browser.enter("tao-hui")
    code = await code_for(hospital.house, "tao-hui")
    shown = await browser.act("/console/me", "/console/me/recovery", code=code)
    spare = next(word for word in shown.text.split() if len(word) == 11 and word[5] == "-")
    for status in (303, 401):
        one = browsers()
        await one.give_password(OFFICE.number)
        assert (await one.give_code(spare.upper())).status == status
        assert await inside(one) is (status == 303)
    assert [one["data"]["left"] for one in await audited(hospital, "recovered")] == [9]


async def test_a_first_password_leads_through_all_steps_and_only_once(hospital, browser, browsers):
    ctx = hospital.ctx()
    password = await signin.hand_out(ctx, OFFICE.id)
    assert (await browser.give_password(OFFICE.number)).status == 401, "the old one is void"
    first = await browser.give_password(OFFICE.number, password)
    assert first.location == f"{SIGN_IN}/password"
    skipped = await browser.get(f"{SIGN_IN}/enrol")
    assert skipped.status == 409, "no step can be left out"
    new = {"password": "Ginkgo-leaf-7", "again": "Ginkgo-leaf-7"}
    second = await browser.act(f"{SIGN_IN}/password", f"{SIGN_IN}/password", **new)
    assert second.location == f"{SIGN_IN}/enrol"
    page = await browser.get(second.location)
    secret = next(word for word in page.text.split() if len(word) == 32)
    code = signin.app_code(secret, hospital.house.wire.now())
    done = await browser.submit(page.form(f"{SIGN_IN}/enrol"), code=code)
    assert done.status == 200
    assert "请保存恢复码" in done.text
    assert await inside(browser)
    again = browsers()
    assert (await again.give_password(OFFICE.number, password)).status == 401


async def test_another_hospitals_host_knows_nothing_of_it(hospital, browser):
    await browser.enter("tao-hui")
    centre = world.CENTRE.hosts[0]
    assert (await browser.get("/console/today", Host=centre)).status == 303
    door = await browser.get(SIGN_IN, Host=centre)
    fields = {**door.form(SIGN_IN).fields, "number": OFFICE.number, "password": staff.PASSWORD}
    assert (await browser.post(SIGN_IN, fields, Host=centre)).status == 401


async def test_a_form_without_its_token_changes_nothing(hospital, browser):
    await browser.enter("tao-hui")
    refused = await browser.post("/console/signout", {})
    assert refused.status == 403
    assert await inside(browser)


async def test_a_patients_session_is_none_of_staff(hospital):
    async with await hospital.client("li-jianguo") as patient:
        assert (await patient.get("/console/today")).location.startswith(SIGN_IN)


async def test_no_secret_is_stored_readable(hospital, browser):
    await browser.enter("tao-hui")
    stored = await hospital.house.db.raw("credentials").find_one({"_id": OFFICE.id})
    assert stored["password"].startswith("$argon2id$")
    text = str(stored)
    assert staff.PASSWORD not in text
    assert staff.APP not in text


async def through_wecom(hospital: Hospital, browser: Staffer, person: str) -> Page:
    """To the platform's consent as ``person``; where the product then leads."""
    begun = await browser.get("/signin/wecom?next=/console/rosters")
    consent = begun.location.split("#")[0]
    back = urlsplit((await browser.get(f"{consent}&as={person}")).location)
    return await browser.get(back._replace(scheme="", netloc="").geturl())


async def test_wecom_opens_the_door_for_bedside_roles(hospital, browser):
    landed = await through_wecom(hospital, browser, "zhou-qiming")
    assert landed.location == "/console/rosters"
    page = await browser.get("/console/rosters")
    assert "企业微信登录" in page.text
    assert "科主任、医生" in page.text


async def test_wecom_carries_no_office_rights(hospital, browser):
    await hospital.house.db.raw("staff").update_one(
        {"number": "D1002"}, {"$set": {"roles": ["doctor", "system_admin"]}}
    )
    await through_wecom(hospital, browser, "lin-xueqin")
    assert (await browser.get("/console/today")).status == 200
    assert (await browser.get("/console/channels")).status == 403


@pytest.mark.parametrize("person", ["li-min", "chen-visitor"])
async def test_wecom_lets_nobody_in_whom_the_hospital_does_not_know(hospital, browser, person):
    refused = await through_wecom(hospital, browser, person)
    assert refused.status == 403
    assert not await inside(browser)


async def test_a_wecom_answer_belongs_to_the_browser_that_asked(hospital, browsers):
    mine, theirs = browsers(), browsers()
    begun = await mine.get("/signin/wecom")
    consent = begun.location.split("#")[0]
    back = urlsplit((await mine.get(f"{consent}&as=zhou-qiming")).location)
    stolen = await theirs.get(back._replace(scheme="", netloc="").geturl())
    assert stolen.status == 401
    assert not await inside(theirs)
