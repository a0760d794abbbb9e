"""The console's pages through HTTP: who may open what, and what each action does."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from booking.appointments import service as appointments
from booking.appointments.model import Hold
from booking.payments.events import REFUND_ABNORMAL
from booking.schedules import service as schedules
from notify.relay import store
from notify.relay.model import WAITS
from tests.helpers.catalogues import english
from tests.helpers.console import Staffer
from wx_backend.base import events
from wx_backend.base.cache import recent
from wx_backend.directory.settings import service as parameters
from wx_backend.directory.settings.model import PARAMETERS
from wx_backend.entrypoints.demo import staff, world
from wx_backend.entrypoints.web.console import exports
from wx_backend.entrypoints.web.console.menu import MENU
from wx_backend.identity.patients import service as patients
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters.model import HOSPITAL, ward_place
from wx_backend.identity.staff import service as members
from wx_backend.identity.staff.model import ROLES, MemberForm, permits
from wx_backend.identity.worklist import service as worklist

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = {role: one.key for one in reversed(staff.PEOPLE) for role in one.roles}
"""One person of each role."""
TEXT = re.compile(r'[>"]([^<>"]+)(?=[<"])')
"""What a page says, in its attributes too."""


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_opens_its_pages_and_no_others(hospital, signed_in, role):
    key = FIRST[role]
    browser, roles = await signed_in(key), staff.BY_KEY[key].roles
    for entry in (entry for group in MENU for entry in group.entries):
        page = await browser.get(entry.href)
        allowed = permits(roles, entry.permission)
        assert page.status == (200 if allowed else 403), entry.href
        assert (f'href="{entry.href}"' in page.html) == allowed
    assert (await browser.get("/console/me")).status == 200


@pytest.mark.parametrize("key", ["tao-hui", "cheng-hao", "pan-yue", "xia-lan"])
async def test_who_reads_english_is_told_nothing_of_ours_in_chinese(signed_in, key):
    browser, roles = await signed_in(key), staff.BY_KEY[key].roles
    theirs = {one.title for one in staff.PEOPLE} | {PARAMETERS["booking.symptoms"].default}
    browser.http.cookies["lang"] = "en-US"
    for entry in (entry for group in MENU for entry in group.entries):
        if permits(roles, entry.permission):
            page = await browser.get(entry.href)
            texts = {one.strip() for one in TEXT.findall(page.html)}
            assert texts & english().keys() <= theirs, entry.href
    del browser.http.cookies["lang"]


async def test_an_address_that_is_none_looks_like_one_that_is_not_yours(signed_in):
    browser = await signed_in("cheng-hao")
    missing = await browser.get("/console/nowhere")
    other = await browser.get("/console/staff/stf00000000000000000000000000")
    assert missing.status == other.status == 404


async def test_another_institutions_member_is_not_found(hospital, signed_in):
    centre = hospital.house.ctx(world.CENTRE.id)
    theirs = await members.add(centre, "C1001", MemberForm(name="外院"))
    admin, security = await signed_in("cheng-hao"), await signed_in("deng-fei")
    path = f"/console/staff/{theirs.id}"
    assert (await admin.get(path)).status == 404
    own = (await admin.get(f"/console/staff/{staff.BY_KEY['zhao-ting'].id}")).form("/console/staff")
    sent = {"_xsrf": own.fields["_xsrf"], "version": "1", "name": "改名"}
    assert (await admin.post(f"{path}/describe", sent)).status == 404
    assert (await admin.post(f"{path}/hand-out", sent)).status == 404
    token = (await security.get("/console/me")).form("/console/signout").fields["_xsrf"]
    granted = {"_xsrf": token, "version": "1", "roles": "doctor"}
    assert (await security.post(f"{path}/grant", granted)).status == 404
    assert await members.member(centre, theirs.id) == theirs
    found = await admin.act("/console/staff", "/console/staff", q="C1001")
    assert "没有符合条件的员工" in found.text


async def test_who_is_looked_for_stands_in_no_address(signed_in):
    """A name is posted, also for the next page; the address says nothing of it."""
    admin = await signed_in("cheng-hao")
    page = await admin.act("/console/staff", "/console/staff", q="赵婷")
    assert page.status == 200
    assert "N2001" in page.text and "O5001" not in page.text
    assert page.response.request.url.query == b""
    assert "A0001" in (await admin.get("/console/staff?q=陶慧")).text, "an address looks for nobody"
    first = await admin.get("/console/staff")
    [onward] = [one for one in first.forms if one.fields.get("after")]
    second = await admin.submit(onward)
    assert "N2001" in second.text and "A0001" not in second.text


async def test_accounts_are_made_by_one_and_given_rights_by_another(hospital, signed_in):
    admin, security = await signed_in("cheng-hao"), await signed_in("deng-fei")
    made = await admin.act(
        "/console/staff/new", "/console/staff/new", number="D7001", name="江南", wecom="Jiang-Nan"
    )
    assert "初始密码" in made.text
    member = await members.by_number(hospital.ctx(), "D7001")
    now = hospital.house.wire.now()
    handed = await hospital.house.db.raw(f"audit_{now:%Y%m}").find_one(
        {"action": "staff:signin:credentials_reset", "subject": member.id}
    )
    assert handed["actor"] == f"staff:{staff.BY_KEY['cheng-hao'].id}"
    assert (member.roles, member.wecom) == ((), "jiang-nan")
    path = f"/console/staff/{member.id}"
    assert (await security.get("/console/staff/new")).status == 403
    granted = await security.act(path, f"{path}/grant", roles="doctor")
    assert granted.location == path
    token = (await admin.get(path)).form(f"{path}/describe").fields["_xsrf"]
    refused = await admin.post(f"{path}/grant", {"_xsrf": token, "version": "2", "roles": "nurse"})
    assert refused.status == 403
    assert (await members.member(hospital.ctx(), member.id)).roles == ("doctor",)


async def test_a_number_is_given_once(hospital, signed_in):
    admin = await signed_in("cheng-hao")
    again = await admin.act("/console/staff/new", "/console/staff/new", number="O5001", name="重复")
    assert again.status == 422
    assert "已被使用" in again.text
    assert (await members.by_number(hospital.ctx(), "O5001")).name == "陶慧"


async def test_nobody_grants_to_themselves(hospital, signed_in):
    security = await signed_in("deng-fei")
    own = staff.BY_KEY["deng-fei"]
    page = await security.get(f"/console/staff/{own.id}")
    token = page.form("/console/signout").fields["_xsrf"]
    fields = {"_xsrf": token, "version": "1", "roles": "system_admin"}
    assert (await security.post(f"/console/staff/{own.id}/grant", fields)).status == 403
    assert (await members.member(hospital.ctx(), own.id)).roles == own.roles


async def test_what_changed_meanwhile_is_not_overwritten(hospital, signed_in):
    admin = await signed_in("cheng-hao")
    nurse = staff.BY_KEY["zhao-ting"]
    path = f"/console/staff/{nurse.id}"
    form = (await admin.get(path)).form(f"{path}/describe")
    assert (await admin.submit(form, title="主管护师")).status == 303
    late = await admin.submit(form, title="护师")
    assert late.status == 409
    assert (await members.member(hospital.ctx(), nurse.id)).title == "主管护师"


async def test_a_task_is_taken_by_one_and_finished_with_words(hospital, signed_in):
    finance, customer = await signed_in("pan-yue"), await signed_in("yu-xin")
    ctx = hospital.ctx()
    task = await worklist.open_task(ctx, "refund_abnormal", "r1", "ord1", "退款需要人工处理")
    again = await worklist.open_task(ctx, "refund_abnormal", "r1", "ord1", "退款需要人工处理")
    assert again.id == task.id, "the same cause is the same task"
    path = f"/console/tasks/{task.id}"
    assert "退款需要人工处理" not in (await customer.get("/console/tasks")).text
    token = (await customer.get("/console/me")).form("/console/signout").fields["_xsrf"]
    stolen = await customer.post(f"{path}/take", {"_xsrf": token, "version": "1"})
    assert stolen.status == 404, "not theirs is not found"
    form = (await finance.get("/console/tasks")).form(f"{path}/take")
    assert (await finance.submit(form)).status == 303
    assert (await finance.submit(form)).status == 409, "taken already"
    short = await finance.act("/console/tasks", f"{path}/finish", note="好")
    assert short.status == 422
    done = await finance.act("/console/tasks", f"{path}/finish", note="已线下退款")
    assert done.status == 303
    assert "已线下退款" in (await finance.get("/console/tasks?show=done")).text
    back = await worklist.open_task(ctx, "refund_abnormal", "r1", "ord1", "又来了")
    assert (back.state, back.holder) == ("OPEN", ""), "the same cause is back"


async def test_a_late_task_asks_further_people_once(hospital, signed_in):
    office = await signed_in("tao-hui")
    await worklist.open_task(hospital.ctx(), "refund_closed", "late", "ord2", "逾期的退款")
    assert "逾期的退款" not in (await office.get("/console/tasks")).text
    await hospital.move_clock(timedelta(hours=5))
    assert await hospital.crank()
    page = await office.get("/console/tasks")
    assert "逾期的退款" in page.text
    assert "已超时" in page.text
    stored = await hospital.house.db.raw("tasks").find_one({"about": "逾期的退款"})
    assert (stored["escalated"], stored["priority"], "due_at" in stored) == (1, 1, False)


async def test_a_refund_that_failed_becomes_a_task(hospital):
    data = {**REFUND_ABNORMAL.example, "refund": "ref77", "order": "ord77"}
    event = events.happened(hospital.ctx(), REFUND_ABNORMAL, "ord77", 9, **data)
    orders = hospital.house.db.raw("orders")
    await orders.insert_one({"_id": "ord77", "inst": world.HOSPITAL.id, "outbox": [event]})
    await hospital.crank()
    await orders.delete_one({"_id": "ord77"})
    task = await hospital.house.db.raw("tasks").find_one({"subject": "ord77"})
    assert (task["kind"], task["roles"], task["state"]) == ("refund_abnormal", ["finance"], "OPEN")


async def test_who_is_on_duty_and_who_takes_over(hospital, signed_in):
    ctx, head = hospital.ctx(), await signed_in("sun-yun")
    chain = await rosters.chain(ctx, ward="W03")
    before = await rosters.who(ctx, "duty_doctor", chain)
    assert (len(before.members), before.far) == (1, False)
    assert (await rosters.who(ctx, "quality_office", chain)).far
    assert (await rosters.who(ctx, "director", chain)).place == chain[1]
    unknown = await rosters.chain(ctx, ward="W99")
    assert unknown == ["ward:W99", HOSPITAL]
    assert (await rosters.who(ctx, "duty_doctor", unknown)).nobody

    week = rosters_week(hospital)
    planned = await rosters.planned(ctx, ward_place("W03"), *week)
    duty = next(one for one in planned if one.covers(ctx.now()) and one.duty == "duty_doctor")
    other = next(one.id for one in staff.PEOPLE if "doctor" in one.roles and one.id != duty.member)
    page = f"/console/rosters?place=ward:W03&week={ctx.today()}"
    swapped = await head.act(page, f"/console/rosters/{duty.id}/swap", member=other)
    assert swapped.status == 303
    assert (await rosters.who(ctx, "duty_doctor", chain)).members == (other,)
    gone = await head.act(page, f"/console/rosters/{duty.id}/cancel")
    assert gone.status == 303
    assert (await rosters.who(ctx, "duty_doctor", chain)).nobody
    nurse = await signed_in("zhao-ting")
    token = (await nurse.get("/console/me")).form("/console/signout").fields["_xsrf"]
    refused = await nurse.post(f"/console/rosters/{duty.id}/cancel", {"_xsrf": token})
    assert refused.status == 403


def rosters_week(hospital):
    now = hospital.house.business.now()
    return now - timedelta(days=1), now + timedelta(days=1)


async def test_a_duty_is_planned_on_the_hospitals_wall_clock(hospital, signed_in):
    head, ctx = await signed_in("sun-yun"), hospital.ctx()
    day = ctx.today() + timedelta(days=20)
    who = staff.BY_KEY["he-zhiyuan"].id
    made = await head.act(
        f"/console/rosters?place=ward:W03&week={day}", "/console/rosters/plan",
        duty="duty_doctor", member=who, starts_at=f"{day}T20:00",
        ends_at=f"{day + timedelta(days=1)}T08:00",
    )  # fmt: skip
    assert made.status == 303
    stored = await hospital.house.db.raw("duties").find_one({"member": who, "version": 1},
                                                           sort=[("starts_at", -1)])  # fmt: skip
    assert f"{stored['starts_at']:%Y-%m-%d %H:%M}" == f"{day} 12:00"
    wrong = await head.act(
        f"/console/rosters?place=ward:W03&week={day}", "/console/rosters/plan",
        duty="duty_doctor", member=who, starts_at=f"{day}T20:00", ends_at=f"{day}T19:00",
    )  # fmt: skip
    assert wrong.status == 422


async def test_a_parameter_needs_two_people(hospital, signed_in):
    office, director = await signed_in("tao-hui"), await signed_in("han-li")
    page = await office.get("/console/settings?at=hospital:")
    form = next(f for f in page.forms if f.fields.get("name") == "booking.per_day")
    wrong = await office.submit(form, value="99")
    assert wrong.status == 422
    assert (await office.submit(form, value="2")).status == 303
    assert await parameters.resolve(hospital.ctx(), "booking.per_day") == 3
    waiting = await director.get("/console/settings")
    verdict = next(f for f in waiting.forms if f.fields.get("verdict") == "approve")
    token = (await office.get("/console/me")).form("/console/signout").fields["_xsrf"]
    own = await office.post(verdict.action, {"_xsrf": token, "verdict": "approve"})
    assert own.status == 403
    assert (await director.submit(verdict)).status == 303
    assert await parameters.resolve(hospital.ctx(), "booking.per_day") == 2
    assert (await parameters.origins(hospital.ctx()))["booking.per_day"].level == "hospital"
    assert "陶慧" in (await director.get("/console/settings/booking.per_day")).text


async def test_parked_deliveries_are_looked_at_by_some_and_replayed_by_others(hospital, signed_in):
    deliveries = hospital.house.db.raw("deliveries")
    now = hospital.house.wire.now()
    event = {
        "id": "x:1:0", "type": "task.done", "v": 1, "at": now, "inst": world.HOSPITAL.id,
        "subject": "x", "actor": "system:system", "trace": "tr", "data": {"task": "<b>x</b>"},
    }  # fmt: skip
    await deliveries.insert_one(
        {"_id": "x:1:0/a.b", "inst": world.HOSPITAL.id, "event": event, "reaction": "a.b",
         "lane": "relay", "state": "PARKED", "tries": 12, "reason": "TimeoutError",
         "parked_at": now}
    )  # fmt: skip
    service, admin = await signed_in("yu-xin"), await signed_in("cheng-hao")
    seen = await service.get("/console/dead-letters")
    assert "TimeoutError" in seen.text
    assert "<b>x</b>" not in seen.html
    assert not [form for form in seen.forms if form.action.endswith("/replay")]
    token = (await service.get("/console/me")).form("/console/signout").fields["_xsrf"]
    fields = {"_xsrf": token, "id": "x:1:0/a.b"}
    assert (await service.post("/console/dead-letters/replay", fields)).status == 403
    assert (await deliveries.find_one({"_id": "x:1:0/a.b"}))["state"] == "PARKED"
    sent = await admin.act("/console/dead-letters", "/console/dead-letters/replay")
    assert sent.status == 303
    assert (await deliveries.find_one({"_id": "x:1:0/a.b"}))["state"] == "DUE"
    await deliveries.delete_many({"_id": "x:1:0/a.b"})


async def test_a_delivery_laid_aside_is_a_task_until_it_is_sent_again(hospital, signed_in):
    admin, ctx = await signed_in("cheng-hao"), hospital.ctx()
    data = {**REFUND_ABNORMAL.example}
    del data["refund"]  # the reaction cannot work with it
    event = events.happened(ctx, REFUND_ABNORMAL, "ord78", 1, **data)
    delivery = store.delivery(ctx, event, "wx_backend.identity.worklist.refund_abnormal", "relay")
    deliveries, tasks = hospital.house.db.raw("deliveries"), hospital.house.db.raw("tasks")
    await deliveries.insert_one({**delivery, "tries": len(WAITS)})
    await hospital.crank()
    assert (await deliveries.find_one({"_id": delivery["_id"]}))["state"] == "PARKED"
    assert (
        "worklist.refund_abnormal 搁置，原因 KeyError" in (await admin.get("/console/tasks")).text
    )
    page = await admin.get("/console/dead-letters")
    form = next(f for f in page.forms if f.fields.get("id") == delivery["_id"])
    assert (await admin.submit(form)).status == 303
    assert (await tasks.find_one({"subject": delivery["_id"]}))["state"] == "DONE"
    await deliveries.delete_one({"_id": delivery["_id"]})


async def test_todays_clinics_count_what_is_taken_not_what_is_over(hospital, signed_in):
    office, ctx = await signed_in("tao-hui"), hospital.ctx()
    day = ctx.today() + timedelta(days=2)  # tomorrow closes at the evening cut-off
    unit = world.DEPARTMENTS["cardiology"].id
    export = f"{hospital.url}/console/today?date={day}&department={unit}&export=1"

    async def taken() -> int:
        return sum(int(row[7]) for row in (await sheet(office, export))[1:])

    assert await taken() == 0
    slot = next(o.slot for o in schedules.offers_on(ctx, unit, day).offers if o.free)
    patient = await hospital.acting("li-jianguo")
    person = (await patients.mine(patient))[0]
    await appointments.hold(patient, Hold(slot.id, person.patient_id), "a-key-of-this-test")
    assert await taken() == 1
    listed = await office.get(f"/console/appointments?date={day}&department={unit}")
    assert "李*国" in listed.text
    assert "李建国" not in listed.text


async def sheet(browser: Staffer, path: str) -> list[tuple]:
    """The rows of an exported list."""
    made = await browser.http.get(path)
    assert made.headers["Content-Type"] == exports.KIND
    return list(load_workbook(BytesIO(made.content)).active.iter_rows(values_only=True))


async def test_exports_are_audited(hospital, signed_in):
    office = await signed_in("tao-hui")
    assert (await sheet(office, "/console/today?export=1"))[0][:3] == ("科室", "医生", "职称")
    for path in ("/console/appointments?export=1", "/console/tasks?export=1"):
        assert len((await sheet(office, path))[0]) > 6
    now = hospital.house.wire.now()
    record = await hospital.house.db.raw(f"audit_{now:%Y%m}").find_one(
        {"action": "console:list:exported"}
    )
    assert record["actor"] == f"staff:{staff.BY_KEY['tao-hui'].id}"


async def test_the_auditor_finds_what_a_member_did(hospital, signed_in):
    await signed_in("tao-hui")
    auditor = await signed_in("xia-lan")
    page = await auditor.get("/console/audit?who=O5001&source=staff:signin:")
    assert "陶慧（O5001）" in page.text
    assert "staff:signin:signed_in" in page.text
    assert "程浩" not in page.text
    looked = await auditor.get("/console/audit?source=console:")
    assert "console:audit:read" in looked.text, "looking is audited too"


async def test_channels_test_themselves_and_say_what_is_wrong(hospital, signed_in):
    admin = await signed_in("cheng-hao")
    page = await admin.get("/console/channels")
    tests = [form for form in page.forms if form.action.endswith("/test")]
    results = {form.action: await admin.submit(form) for form in tests}
    for signs in ("用商户私钥签名并验证 ", "用应用私钥签名并验证 "):
        (pay,) = [one for one in results.values() if signs in one.text]
        assert "平台认可我们的签名" in pay.text
        assert "有问题" not in pay.text
    channels = hospital.house.db.raw("channels")
    broken = await channels.find_one({"platform": "wechat"})
    await channels.update_one({"_id": broken["_id"]}, {"$set": {"templates": {}}})
    recent(hospital.house, "channels").forget(broken["_id"])
    tested = await admin.submit(next(form for form in tests if broken["_id"] in form.action))
    assert "缺少模板" in tested.text
    await channels.replace_one({"_id": broken["_id"]}, broken)
    recent(hospital.house, "channels").forget(broken["_id"])


@pytest.mark.parametrize(
    "address",
    ["/console/appointments?page=0", "/console/today?date=yesterday", "/console/tasks?show=x"],
)
async def test_nonsense_in_an_address_is_refused_in_words(signed_in, address):
    browser = await signed_in("tao-hui")
    page = await browser.get(address)
    assert page.status == 422
    assert "没有成功" in page.text
