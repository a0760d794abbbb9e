"""What everybody sees over HTTP: search, days, a swapped part, the way in, refusals as pages."""

from collections.abc import AsyncIterator

import pytest

from tests.helpers.desk import fill, free_slots
from tests.helpers.hospital import Hospital
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from tests.helpers.visitor import Visitor
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.web.patient import paths

pytestmark = IN_ONE_LOOP

HEART = world.DEPARTMENTS["cardiology"].id


@fixture
async def visitor(hospital: Hospital) -> AsyncIterator[Visitor]:
    async with await hospital.client() as anybody:
        yield anybody


async def test_the_root_leads_to_the_first_page(visitor: Visitor) -> None:
    page = await visitor.follow(await visitor.get("/"))
    assert "预约挂号" in page.text
    assert "接下来的就诊" not in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("眼干", "眼科"),
        ("周启明", "心血管内科"),
        ("骨", "骨科"),
        ("  儿 科 ", "儿科"),
        ("xxg", "心血管内科"),
        ("erke", "儿科"),
        ("ZQM", "周启明 主任医师"),
    ],
)
async def test_search(visitor: Visitor, query: str, found: str) -> None:
    units = await visitor.get(f"{paths.DEPARTMENTS}?q={query}")
    assert found in units.text
    assert len([href for href in units.links if "/departments/dep" in href]) == 1


async def test_search_without_a_hit_says_what_to_do(visitor: Visitor) -> None:
    page = await visitor.get(f"{paths.DEPARTMENTS}?q=<b>火星</b>")
    assert "没有找到相关科室" in page.text
    assert "<b>火星" not in page.html


async def test_a_group_shows_its_departments_only(visitor: Visitor) -> None:
    units = await visitor.get(paths.DEPARTMENTS)
    surgery = await visitor.get(units.link("%E5%A4%96%E7%A7%91"))
    rows = surgery.html.split('id="list"')[1]
    assert "骨科" in rows
    assert "呼吸内科" not in rows


async def test_doctors_of_one_day(visitor: Visitor) -> None:
    everybody = await visitor.get(paths.department(HEART))
    assert all(one.name in everybody.text for one in world.PRACTICES[:4])
    dates = [href for href in everybody.links if "date=" in href]
    seen = [(await visitor.get(href)).text.count("诊查费") for href in dates]
    assert min(seen) < 4  # not everybody works every day
    none = await visitor.get(f"{paths.department(HEART)}?date=1999-01-01")
    assert "这一天没有医生出诊" in none.text


async def test_a_tap_on_a_date_brings_the_part_only(visitor: Visitor) -> None:
    doctor = world.doctors()[2].id
    whole = await visitor.get(paths.doctor(doctor))
    part = await visitor.get(paths.doctor(doctor), **{"HX-Request": "true"})
    back = await visitor.get(
        paths.doctor(doctor), **{"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert "<html" not in part.html
    assert part.form("/h5/book").offered == whole.form("/h5/book").offered
    assert part.response.headers["Vary"] == "HX-Request"
    assert "<html" in back.html


async def test_a_day_without_slots_offers_the_nearest(visitor: Visitor) -> None:
    doctor = next(one.id for one in world.doctors() if one.name == "沈国栋")  # two days a week
    page = await visitor.get(f"{paths.doctor(doctor)}?date=1999-01-01")
    assert "这一天没有号源" in page.text
    assert [href for href in page.links if href.startswith("/h5/book")]


async def test_a_full_slot_cannot_be_chosen(hospital: Hospital, visitor: Visitor) -> None:
    slot = free_slots(hospital, "cardiology")[0]
    await fill(hospital, slot)
    page = await visitor.get(paths.day(slot.doctor_id, slot.visit_date, slot.id))
    assert slot.id not in page.form("/h5/book").offered["slot"]
    assert "约满" in page.text


async def test_booking_asks_to_sign_in_and_comes_back(hospital: Hospital, visitor: Visitor) -> None:
    wanted = paths.book(free_slots(hospital, "eye")[0].id)
    asked = await visitor.follow(await visitor.get(wanted))
    assert "请先登录" in asked.text
    consent = (await visitor.get(asked.link("/signin"))).location.split("#")[0]
    back = (await visitor.get(f"{consent}&as=li-jianguo")).location
    landed = await visitor.get(back.replace(hospital.phone_url, hospital.url))
    assert landed.location == wanted
    again = await visitor.get(paths.sign_in(wanted))
    assert again.location == wanted  # who is signed in is not asked twice


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
async def test_the_way_in_leads_nowhere_else(visitor: Visitor, elsewhere: str) -> None:
    page = await visitor.get(paths.sign_in(elsewhere))
    assert page.link("/signin") == "/signin?next=%2Fh5%2F"


async def test_an_address_that_is_none_is_a_page_with_a_phone_number(visitor: Visitor) -> None:
    for path in ("/h5/nowhere", "/h5/departments/depnone", "/h5/doctors/docnone", "/h5"):
        page = await visitor.get(path)
        assert page.status == 404
        assert world.HOSPITAL.phone in page.text


async def test_a_form_without_its_token_is_refused(hospital: Hospital) -> None:
    slot = free_slots(hospital, "eye")[0]
    async with await hospital.client("li-jianguo") as patient:
        form = (await patient.get(paths.book(slot.id))).form("/h5/book")
        refused = await patient.submit(form, _xsrf="forged")
        assert refused.status == 403
        assert (await patient.json("appointments"))["items"] == []


async def test_pages_are_not_kept_and_run_nothing_foreign(visitor: Visitor) -> None:
    headers = (await visitor.get(paths.HOME)).response.headers
    assert headers["Cache-Control"] == "no-store"
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"


async def test_english_dates_and_labels(hospital: Hospital) -> None:
    slot = free_slots(hospital, "eye")[0]
    async with await hospital.client("li-jianguo") as patient:
        await patient.get("/h5/?lang=en-US")
        page = await patient.get(paths.book(slot.id))
        assert "Self" in page.text
        assert "You can cancel here until" in page.text
        assert "周" not in page.text.split("You can cancel")[1]


async def test_after_signing_out_ones_pages_ask_to_sign_in(hospital: Hospital) -> None:
    async with await hospital.client("li-jianguo") as patient:
        page = await patient.get(paths.ADD_PERSON)
        token = page.forms[0].fields["_xsrf"]
        left = await patient.post("/signout", {"_xsrf": token, "next": paths.HOME})
        assert left.location == paths.HOME
        asked = await patient.get(paths.PEOPLE)
        assert asked.location == paths.sign_in(paths.PEOPLE)
