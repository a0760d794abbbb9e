"""The timetable at the console: templates become numbers; sessions are closed and reopened."""

from datetime import timedelta

import pytest
import pytest_asyncio

from booking.timetables import service as timetables
from tests.helpers.console import Staffer
from tests.helpers.desk import free_slots, hold
from wx_backend.entrypoints.demo import world

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCTOR = next(one for one in world.PRACTICES if one.key == "fang-ziheng").doctor()
PREVIEW = "/console/templates/preview"
GENERATE = "/console/templates/generate"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(hospital):
    async with Staffer(hospital.url, hospital.house) as browser:
        yield await browser.enter("tao-hui")


async def schedule_of(hospital, key: str = "eye"):
    """A session of tomorrow or later that has free numbers, and its first free slot."""
    slot = free_slots(hospital, key)[0]
    return slot, f"/console/schedules/{slot.schedule}"


async def test_the_week_shows_who_sits_where(hospital, office):
    unit = world.DEPARTMENTS["cardiology"].id
    page = await office.get(f"/console/schedules?department={unit}")
    assert page.status == 200
    for words in ("周启明", "何志远", "305 诊室", "08:00–11:30"):
        assert words in page.text
    later = await office.get(f"/console/schedules?department={unit}&week=2026-01-07")
    assert "未生成" in later.text
    assert (await office.get("/console/schedules?week=nonsense")).status == 422


async def test_a_template_is_made_previewed_and_generated(hospital, office):
    day = hospital.ctx().today() + timedelta(days=5)
    form = {
        "doctor_id": DOCTOR.id, "weekday": str(day.weekday()), "session": "NIGHT",
        "begins": "18:00", "ends": "19:00", "room": "410 诊室", "capacity": "5",
        "effective_from": day.isoformat(), "until": day.isoformat(), "holidays": "true",
        "referral_percent": "20",
    }  # fmt: skip
    few = await office.act(
        "/console/templates/new", "/console/templates/new", **{**form, "referral_percent": "5"}
    )
    assert few.status == 422
    assert "转诊号不少于 20%" in few.text
    made = await office.act("/console/templates/new", "/console/templates/new", **form)
    assert made.location.startswith(PREVIEW)
    again = await office.act("/console/templates/new", "/console/templates/new", **form)
    assert again.status == 409
    preview = await office.get(made.location)
    assert day.isoformat() in preview.text
    done = await office.submit(preview.form(GENERATE))
    assert done.location.startswith(f"{GENERATE}/")
    assert "排队中" in (await office.get(done.location)).text
    second = await office.submit(preview.form(GENERATE))
    assert second.location == done.location, "one at a time"
    await hospital.crank()
    assert "已完成：新增 2、调整 0、保留 0" in (await office.get(done.location)).text
    await hospital.decides("booking.fee_attending_fen", 1600, "doctor", DOCTOR.id)
    assert "没有要生成的号源" in (await office.get(made.location)).text
    again = (await office.get(f"{made.location}&redo=1")).form(GENERATE)
    stopped = (await office.submit(again)).location
    await office.act(stopped, f"{stopped}/cancel")
    await hospital.crank()
    page = await office.get(stopped)
    assert "已取消" in page.text and "调整时段 0" in " ".join(page.text.split())
    redone = await office.submit(again)
    await hospital.crank()
    assert "新增 0、调整 2、保留 0" in (await office.get(redone.location)).text
    assert "重新生成号源" in (await office.get(redone.location)).text
    assert redone.location in (await office.get(GENERATE)).links
    await hospital.decides("booking.fee_attending_fen", 1500, "doctor", DOCTOR.id)
    await hospital.catch_up()
    pools = await office.get(f"/console/pools?date={day}")
    assert "转诊 5–5 号" in pools.text
    [line] = [
        one.line for one in await timetables.templates(hospital.ctx()) if one.room == "410 诊室"
    ]
    changed = await office.act(
        f"/console/templates/{line}", f"/console/templates/{line}", room="411 诊室"
    )
    assert changed.status == 303
    versions = await timetables.versions(hospital.ctx(), line)
    assert [(one.version, one.room) for one in versions] == [(1, "410 诊室"), (2, "411 诊室")]
    assert versions[1].pools == versions[0].pools


async def test_a_session_is_closed_and_reopened(hospital, office):
    slot, path = await schedule_of(hospital)
    await hold(hospital, "li-jianguo", slot)
    closed = await office.act(path, f"{path}/deviate", reason="医生外出")
    assert closed.location == path
    page = await office.get(path)
    for words in ("停诊", "医生外出", "受影响的预约", "李*国"):
        assert words in page.text
    assert "李建国" not in page.text
    assert "停诊或调整影响患者" in (await office.get("/console/tasks")).text
    reopened = await office.submit(page.form(f"{path}/deviate"), reason="恢复")
    assert reopened.location == path
    assert "受影响的预约" not in (await office.get(path)).text


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(hospital, office):
    _, path = await schedule_of(hospital, "dental")
    form = (await office.get(path)).form(f"{path}/deviate")
    assert (await office.submit(form, reason="医生外出")).status == 303
    late = await office.submit(form, reason="设备检修")
    assert late.status == 409
    assert "设备检修" not in (await office.get(path)).text


async def test_an_extra_number_is_on_the_list_with_its_reason(hospital, office):
    slot, path = await schedule_of(hospital, "respiratory")
    stored = await hospital.house.db.raw("patients").find_one({"inst": world.HOSPITAL.id})
    card = hospital.house.vault.open(stored["id_no"], f"patients.id_no:{stored['_id']}")
    given = await office.act(path, f"{path}/extra", slot=slot.id, id_no=card, reason="外地复诊")
    assert given.location == path
    page = await office.get(path)
    assert "外地复诊" in page.text
    assert "陶慧" in page.text
    assert card not in page.text
    refused = await office.act(path, f"{path}/extra", slot=slot.id, id_no="123", reason="外地复诊")
    assert refused.status == 422


async def test_a_doctor_may_look_and_nothing_else(hospital):
    slot, path = await schedule_of(hospital, "cardiology")
    async with Staffer(hospital.url, hospital.house) as doctor:
        await doctor.enter("zhou-qiming")
        page = await doctor.get(path)
        assert page.status == 200
        assert f"{path}/deviate" not in page.html
        assert (await doctor.get("/console/templates")).status == 403
        token = page.form("/console/signout").fields["_xsrf"]
        sent = {"_xsrf": token, "version": "0", "action": "close", "reason": "外出"}
        assert (await doctor.post(f"{path}/deviate", sent)).status == 403
    assert (await timetables.schedule(hospital.ctx(), slot.schedule)).state == "OPEN"


async def test_a_day_is_decided_by_a_person(hospital, office):
    day = hospital.ctx().today() + timedelta(days=3)
    page = await office.get(PREVIEW)
    form = [one for one in page.forms if one.action == "/console/templates/day"][-1]
    sent = await office.submit(form, date=day.isoformat(), kind="HOLIDAY", weekday="1")
    assert sent.location == PREVIEW
    assert day.isoformat() in (await office.get(PREVIEW)).text
    [decided] = await timetables.days(hospital.ctx(), day, day)
    assert (decided.holiday, decided.decided) == (True, 1)
