"""The bedside pages through HTTP, without JavaScript: rights, read-back, who was first, swaps."""

from contextlib import AsyncExitStack

import msgspec
import pytest
import pytest_asyncio

from notify.critical import store
from tests.helpers.bedside import Clinician, acting, alerted, earlier, hears, inpatient
from tests.helpers.hospital import Hospital
from tests.helpers.houses import forget
from tests.helpers.visitor import BROWSER
from wx_backend.base.handler import signed
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelSpec
from wx_backend.entrypoints.demo import hl7, staff, world
from wx_backend.entrypoints.web.doctor import paths
from wx_backend.identity.signin import sessions
from wx_backend.identity.signin.model import STAFF_SESSION
from wx_backend.identity.staff import service as members
from wx_backend.identity.worklist import service as worklist

pytestmark = pytest.mark.asyncio(loop_scope="module")

NURSE, DOCTOR, DIRECTOR, ELSEWHERE = "zhao-ting", "lin-xueqin", "zhou-qiming", "gu-ruolan"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at(hospital):
    """``await at("zhao-ting")``: their browser in WeCom, the same one for the whole module."""
    async with AsyncExitStack() as stack:
        known: dict[str, Clinician] = {}

        async def one(key: str) -> Clinician:
            if key not in known:
                browser = await stack.enter_async_context(Clinician(hospital))
                assert (await browser.enter(key)).status == 200
                known[key] = browser
            return known[key]

        yield one


async def now(hospital: Hospital, key: str):
    return await store.get(hospital.ctx(), key)


async def test_the_cards_link_leads_through_wecom_and_back_to_it(hospital):
    alert = await alerted(hospital)
    async with Clinician(hospital) as browser:
        page = await browser.enter(NURSE, paths.alert(alert.id))
        assert page.status == 200
        assert "待接收" in page.text and "欧**国" in page.text and "欧阳建国" not in page.text
        assert "2.5 ↓" in page.text and "草案 DRAFT" in page.text
        assert "心内一病区" in page.text and "还有 5 分钟" in page.text


async def test_outside_wecom_one_signs_in_by_number_and_comes_back(hospital):
    async with Clinician(hospital, BROWSER) as browser:
        asked = await browser.get("/doctor/alerts/alrsomething")
        assert asked.location == "/console/signin?next=%2Fdoctor%2Falerts%2Falrsomething"
        page = await browser.get(asked.location)
        assert page.link("/signin/wecom").endswith("next=%2Fdoctor%2Falerts%2Falrsomething")


async def test_a_swap_of_somebody_signed_out_takes_the_whole_page_along(hospital):
    async with Clinician(hospital) as browser:
        answer = await browser.get("/doctor/alerts", **{"HX-Request": "true"})
        assert answer.status == 401
        assert answer.response.headers["HX-Redirect"] == "/signin/wecom?next=%2Fdoctor%2Falerts"


async def test_without_a_bedside_role_it_says_what_to_do(hospital):
    person = staff.BY_KEY["fang-ziheng"]
    known = hospital.house.db.raw("staff")
    await known.update_one({"_id": person.id}, {"$set": {"roles": ["finance"]}})
    async with Clinician(hospital) as browser:
        page = await browser.enter("fang-ziheng")
        assert page.status == 403
        assert "这里供临床与管理岗位使用" in page.text


async def test_who_has_no_duty_for_the_patient_finds_nothing(hospital, at):
    alert = await alerted(hospital)
    other = await at(ELSEWHERE)
    for path in ("", "report"):
        assert (await other.get(paths.alert(alert.id, path))).status == 404
    refused = await other.post(
        paths.alert(alert.id, "receive"),
        {"_xsrf": other.http.cookies["_xsrf"], "version": "1", "item": "K", "value": "2.5"},
    )
    assert refused.status == 404
    assert (await now(hospital, alert.id)).state == "RAISED"
    assert alert.id not in (await other.get(paths.ALERTS)).html


async def test_a_wrong_read_back_is_told_and_changes_nothing(hospital, at):
    alert, nurse = await alerted(hospital), await at(NURSE)
    page = await nurse.get(paths.alert(alert.id))
    form = page.form(paths.alert(alert.id, "receive"))
    assert "value" not in form.fields, "nothing is chosen to begin with"
    assert alert.value in form.offered["value"] and len(form.offered["value"]) == 4
    empty = await nurse.submit(form)
    assert (empty.status, "请先选择您看到或听到的数值" in empty.text) == (422, True)
    wrong = next(one for one in form.offered["value"] if one != alert.value)
    page = await nurse.submit(form, value=wrong)
    assert (page.status, "复述与检验结果不一致" in page.text) == (422, True)
    assert f"赵婷 复述与结果不符 复述为 {wrong}" in page.text
    assert "value" not in page.form(paths.alert(alert.id, "receive")).fields, "one begins anew"
    found = await now(hospital, alert.id)
    assert (found.state, found.misreads) == ("RAISED", 1)
    again = page.form(paths.alert(alert.id, "receive"))
    assert (await nurse.submit(again, value=wrong)).status == 422
    locked = await nurse.submit(again, value=wrong)
    assert (locked.status, "由对方复述接收" in locked.text) == (409, True)
    assert not [one for one in locked.forms if one.action.endswith("receive")]
    assert "赵婷" in locked.text and "升级到第 2 级" in locked.text
    right = await nurse.submit(again, value=alert.value)
    assert (right.status, (await now(hospital, alert.id)).state) == (409, "RAISED")


async def test_a_shift_is_handed_over_by_forms_alone(hospital, at):
    alert, doctor, director = await alerted(hospital), await at(DOCTOR), await at(DIRECTOR)
    path = paths.alert(alert.id)
    page = await doctor.follow(await doctor.act(path, "receive", value=alert.value))
    nobody = await doctor.submit(page.form(f"{path}/handover"))
    assert (nobody.status, "请选择接班的同事" in nobody.text) == (422, True)
    to = staff.BY_KEY[DIRECTOR]
    asked = await doctor.follow(await doctor.act(path, "handover", to=to.id, note="血气待回报"))
    assert f"已请 {to.name} 接班，等待答复" in asked.text
    answer = await director.get(path)
    assert "血气待回报" in answer.text and "接班，由我负责" in answer.text
    taken = await director.submit(answer.form(f"{path}/takeover"), answer="ACCEPT")
    done = await director.follow(taken)
    assert f"现由 {to.name} 负责" in done.text and f"{to.name} 已接班，由其负责" in done.text
    late = await doctor.get(path)
    assert not [one for one in late.forms if one.action.endswith("handover")]
    assert (await now(hospital, alert.id)).responsible.member == to.id


async def test_from_reading_back_to_closing_by_forms_alone(hospital, at):
    alert, nurse, doctor = await alerted(hospital), await at(NURSE), await at(DOCTOR)
    path = paths.alert(alert.id)
    received = await nurse.follow(await nurse.act(path, "receive", value=alert.value))
    assert "复述正确，已记录接收" in received.text and "待通知医生" in received.text
    assert "值班医生" in received.text
    told = await nurse.act(path, "notify", number="D9999", how="PHONE")
    assert (told.status, "没有这个工号" in told.text) == (422, True)
    told = await nurse.act(path, "notify", number=staff.BY_KEY[NURSE].number, how="PHONE")
    assert (told.status, "请选择一位在岗的医生" in told.text) == (422, True)
    told = await nurse.act(path, "notify", number=staff.BY_KEY[DOCTOR].number, how="PHONE")
    told = await nurse.follow(told)
    assert "待处置" in told.text and not [one for one in told.forms if "handle" in one.action]

    page = await doctor.get(path)
    handle = page.form(f"{path}/handle")
    nothing = await doctor.submit(handle)
    assert (nothing.status, "请至少选择一项处置措施" in nothing.text) == (422, True)
    other = await doctor.submit(handle, measures="OTHER")
    assert (other.status, "请说明处理情况" in other.text) == (422, True)
    assert other.form(f"{path}/handle").fields["measures"] == "OTHER", "what was chosen stays"
    sent = {**handle.fields, "measures": ["RECHECK", "MEDICATION"], "note": "静脉补钾"}
    assert (await doctor.post(f"{path}/handle", sent)).location == path
    tried = {"outcome": "REACHED", "how": "PHONE", "version": 1}
    token = {"X-XSRFToken": handle.fields["_xsrf"]}
    call = f"/api/v1/critical/alerts/{alert.id}/contact"
    assert (await doctor.http.post(call, json=tried, headers=token)).status_code == 200
    closed = await doctor.follow(await doctor.act(path, "close", note="病程记录 10:50"))
    assert "已闭环" in closed.text and "立即复查、用药或调整用药；静脉补钾" in closed.text
    found = await now(hospital, alert.id)
    assert found.state == "CLOSED"
    assert found.handled.measures == ("RECHECK", "MEDICATION")
    assert found.received.device.startswith("127.0.0.1 Mozilla/5.0 wxwork/")
    [contact] = [one for one in found.steps if one.action == "contact"]
    assert contact.device == found.received.device, "by a page and over JSON alike"
    assert alert.id in (await doctor.get(f"{paths.ALERTS}?show=ended")).html


async def test_who_comes_second_reads_who_was_first(hospital, at):
    alert, nurse, doctor = await alerted(hospital), await at(NURSE), await at(DOCTOR)
    path = paths.alert(alert.id)
    early = (await nurse.get(path)).form(f"{path}/receive")
    late = (await doctor.get(path)).form(f"{path}/receive")
    assert (await nurse.submit(early, value=alert.value)).location == path
    stale = await doctor.submit(late, value=alert.value)
    assert stale.status == 409
    assert "赵婷 已于" in stale.text and "复述接收，无需重复操作" in stale.text
    doctor.http.cookies["lang"] = "en-US"
    stale = await doctor.submit(late, value=alert.value)
    assert "赵婷 has already done this at" in stale.text and "To be acknowledged" not in stale.text
    assert "Physician to be notified" in stale.text and f", bed {alert.bed}" in stale.text
    del doctor.http.cookies["lang"]
    again = await nurse.submit(early, value=alert.value)
    assert again.location == path, "one's own second tap is no mistake"
    found = await now(hospital, alert.id)
    assert [step.action for step in found.steps].count("receive") == 1


async def test_a_physician_who_reads_it_back_is_notified_with_that(hospital, at):
    alert, doctor = await alerted(hospital), await at(DOCTOR)
    page = await doctor.follow(
        await doctor.act(paths.alert(alert.id), "receive", value=alert.value)
    )
    assert "待处置" in page.text and page.form(paths.alert(alert.id, "handle"))


async def test_who_has_gone_home_is_contacted_before_it_counts_as_handled(hospital, at):
    alert, doctor = await alerted(hospital, kind="O"), await at(DOCTOR)
    path = paths.alert(alert.id)
    page = await doctor.follow(await doctor.act(path, "receive", value=alert.value))
    assert "患者不在院内" in page.text
    early = await doctor.act(path, "handle", measures="RECALL_PATIENT")
    assert (early.status, "请先登记联系患者的情况" in early.text) == (409, True)
    page = await doctor.act(path, "contact", outcome="UNREACHED", how="PHONE")
    page = await doctor.act(path, "contact", outcome="REACHED", how="PHONE", person="女儿")
    page = await doctor.follow(page)
    assert "未联系上 · 电话" in page.text and "已联系上 · 电话 · 女儿" in page.text
    page = await doctor.follow(await doctor.act(path, "handle", measures="RECALL_PATIENT"))
    assert "待记录" in page.text


async def test_the_full_name_is_shown_when_asked_for_and_audited(hospital, at):
    alert, nurse = await alerted(hospital), await at(NURSE)
    page = await nurse.act(paths.alert(alert.id), "name")
    assert (page.status, "欧阳建国" in page.text) == (200, True)
    audited = hospital.house.db.raw(f"audit_{hospital.house.wire.now():%Y%m}")
    assert await audited.find_one({"action": "records:name:revealed", "subject": alert.report})
    assert "欧阳建国" not in (await nurse.get(paths.alert(alert.id))).text


async def test_the_whole_report_is_there_with_what_is_critical(hospital, at):
    alert, nurse = await alerted(hospital), await at(NURSE)
    page = await nurse.get(paths.alert(alert.id, "report"))
    assert page.html.count("<tr") == 1 + hl7.RESULTS
    assert page.html.count('class="hot"') == 1
    assert "10⁹/L" in page.text


async def test_the_course_of_the_result_is_told_in_words_and_as_a_line(hospital, at):
    one, nurse = inpatient(), await at(NURSE)
    await earlier(hospital, one, days=2, potassium="4.1")
    await earlier(hospital, one, days=1, potassium="3.3")
    alert = await alerted(hospital, one)
    page = await nurse.get(paths.alert(alert.id))
    assert "4.1 → 3.3 → 2.5" in page.text and "<polyline" in page.html
    first = await nurse.get(paths.alert((await alerted(hospital)).id))
    assert "<polyline" not in first.html


async def test_a_correction_takes_it_back_under_the_readers_eyes(hospital, at):
    one, nurse = inpatient(), await at(NURSE)
    alert = await alerted(hospital, one)
    form = (await nurse.get(paths.alert(alert.id))).form(paths.alert(alert.id, "receive"))
    corrected = hl7.report("RC1", one, alert.lis_id).replace("|||F\r", "|||C\r")
    await hears(hospital, corrected.replace("2.5|", "4.1|"))
    await hospital.crank()
    late = await nurse.submit(form, value=alert.value)
    assert (late.status, "已撤回" in late.text) == (409, True)


async def test_a_false_alarm_needs_a_reason_and_the_laboratorys_word(hospital, at):
    alert, doctor = await alerted(hospital), await at(DOCTOR)
    path = paths.alert(alert.id)
    missing = await doctor.act(path, "refute", reason="标本溶血")
    assert (missing.status, "请写明检验科确认人" in missing.text) == (422, True)
    page = await doctor.act(path, "refute", reason="标本溶血", laboratory="李敏")
    page = await doctor.follow(page)
    assert "误报" in page.text and "标本溶血；检验科确认：李敏" in page.text
    nurse = await at(NURSE)
    assert not [one for one in (await nurse.get(path)).forms if "refute" in one.action]


async def test_a_swap_brings_the_part_with_its_tabs_and_no_frame(hospital, at):
    alert, nurse = await alerted(hospital), await at(NURSE)
    for path in (paths.HOME, paths.ALERTS, paths.alert(alert.id)):
        part = await nurse.get(path, **{"HX-Request": "true"})
        assert part.html.lstrip().startswith('<div id="live"') and "<html" not in part.html
        assert 'id="tabs" hx-swap-oob="true"' in part.html
        assert len(part.response.content) < 20_000


async def test_the_first_page_says_what_is_urgent_and_who_is_on_duty(hospital, at):
    alert, nurse = await alerted(hospital), await at(NURSE)
    page = await nurse.get(paths.HOME)
    assert paths.alert(alert.id) in page.links
    assert "心内一病区" in page.text and "值班护士 赵婷" in page.text
    everywhere = await nurse.get(paths.DUTY)
    assert "呼吸病区" in everywhere.text and "赵婷 护士（我）" in everywhere.text


async def test_messages_are_read_by_being_opened(hospital, at):
    await alerted(hospital)
    head = await at("sun-yun")
    nurse = await at(NURSE)
    assert "危急值待接收" in (await nurse.get(paths.MESSAGES)).text
    assert "条未读" not in (await nurse.get(paths.MESSAGES)).text
    assert (await head.get(f"{paths.MESSAGES}?cursor=nonsense")).status == 422


async def test_a_task_is_taken_given_back_and_finished_on_the_phone(hospital, at):
    nurse = await at(NURSE)
    me = acting(hospital, NURSE).actor.id
    task = await worklist.open_task(
        hospital.ctx(), "delivery_parked", "phone", "s", "投递需要查看", person=me
    )
    take = (await nurse.get(paths.TASKS)).form(paths.task(task.id, "take"))
    assert "已领取" in (await nurse.follow(await nurse.submit(take))).text
    assert "已有变化" in (await nurse.follow(await nurse.submit(take))).text
    give = (await nurse.get(paths.TASKS)).form(paths.task(task.id, "release"))
    assert "已退回" in (await nurse.follow(await nurse.submit(give))).text
    await nurse.submit((await nurse.get(paths.TASKS)).form(paths.task(task.id, "take")))
    finish = (await nurse.get(paths.TASKS)).form(paths.task(task.id, "finish"))
    assert (await nurse.submit(finish, note="x")).status == 422
    assert "已办结" in (await nurse.follow(await nurse.submit(finish, note="已处理"))).text


async def test_news_alone_do_not_keep_a_session_from_idling_out(hospital):
    ctx = acting(hospital, NURSE)
    session = sessions.issue(ctx, await members.member(ctx, ctx.actor.id))
    session = msgspec.structs.replace(session, seen=session.seen - 2 * sessions.SLIDE)
    cookie = signed(hospital.house, STAFF_SESSION, sessions.claims(session))
    async with Clinician(hospital) as browser:
        browser.http.cookies.set(STAFF_SESSION, cookie)
        fetched = await browser.get(paths.HOME, **{"HX-Request": "true", "X-Unattended": "1"})
        assert fetched.status == 200
        assert STAFF_SESSION not in fetched.response.headers.get("Set-Cookie", "")
        opened = await browser.get(paths.HOME)
        assert STAFF_SESSION in opened.response.headers["Set-Cookie"]


async def test_an_address_that_is_none_is_not_found(at):
    nurse = await at(NURSE)
    for path in ("/doctor/nowhere", paths.alert("alrnone00"), "/doctor"):
        page = await nurse.get(path)
        assert (page.status, "没有找到" in page.text) == (404, True)


async def test_a_post_without_the_token_is_refused(hospital, at):
    alert, nurse = await alerted(hospital), await at(NURSE)
    fields = {"version": "1", "item": alert.item, "value": alert.value}
    assert (await nurse.post(paths.alert(alert.id, "receive"), fields)).status == 403
    assert (await now(hospital, alert.id)).state == "RAISED"


async def test_the_laboratory_is_called_back_from_the_page(hospital, at):
    alert, nurse = await alerted(hospital), await at(NURSE)
    assert "检验科电话" not in (await nurse.get(paths.alert(alert.id))).text
    params = {"host": "127.0.0.1", "port": "2576", "phone": "0990-612 0088"}
    await institutions.register_channel(
        hospital.ctx(), ChannelSpec("lis", {}, appid=world.LABORATORY, params=params)
    )
    forget(hospital.house)
    page = await nurse.get(paths.alert(alert.id))
    assert 'href="tel:0990-6120088"' in page.html and "0990-612 0088" in page.text
