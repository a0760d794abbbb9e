"""The story through the pages over HTTP: what a second tap, a late payment or a stranger gets."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from booking.schedules import service as schedules
from booking.timetables.model import Day, Planned
from booking.timetables.plan import clinic
from tests.helpers.desk import fill, free_slots, hold
from tests.helpers.hospital import Hospital
from tests.helpers.visitor import WECHAT, Form, Page, Visitor
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.web.patient import paths

PERSON = "li-jianguo"


@pytest.fixture
async def hospital(mongo_uri, sandbox) -> AsyncIterator[Hospital]:
    async with Hospital(mongo_uri, sandbox) as running:
        await running.returns_at_once()
        yield running


async def choose(visitor: Visitor) -> Page:
    """From the first page to the question who a slot is for."""
    home = await visitor.follow(await visitor.get("/"))
    units = await visitor.get(home.link("/h5/departments"))
    doctors = await visitor.get(units.link("/h5/departments/"))
    times = await visitor.get(doctors.link("/h5/doctors/"))
    last_day = [href for href in times.links if "date=" in href][-1]
    times = await visitor.get(last_day)
    form = times.form("/h5/book")
    return await visitor.submit(form, slot=form.offered["slot"][-1])


async def pays(hospital: Hospital, page: Page) -> None:
    """The sheet opened by ``page`` is paid."""
    prepay = page.html.split("prepay_id=")[1].split('"')[0]
    await hospital.control("pay", prepay_id=prepay, outcome="pay")


async def pay_form(visitor: Visitor, appointment_id: str) -> Form:
    return (await visitor.get(paths.pay(appointment_id))).form(paths.pay(appointment_id))


async def test_booked_cancelled_and_paid_back(hospital: Hospital) -> None:
    async with await hospital.client(PERSON, WECHAT) as visitor:
        book = await choose(visitor)
        pay = await visitor.follow(await visitor.submit(book.form("/h5/book")))
        assert "确认并支付" in pay.text
        launch = await visitor.submit(pay.forms[0])
        result = launch.link("/result")
        assert "正在确认支付结果" in (await visitor.get(result)).text
        await pays(hospital, launch)
        done = await visitor.get(result)
        assert "预约成功" in done.text
        await hospital.crank()
        detail = await visitor.get(done.link("/h5/appointments/apt"))
        cancel = await visitor.get(detail.link("/cancel"))
        ended = await visitor.follow(await visitor.submit(cancel.forms[0]))
        assert "退款中" in ended.text
        await hospital.refunds_arrive()
        assert "已退回原支付账户" in (await visitor.get(detail.response.url.path)).text
        told = await visitor.get(paths.MESSAGES)
        for words in ("预约成功", "预约已取消", "退款已到账", "未读"):
            assert words in told.text
        assert "未读" not in (await visitor.get(paths.MESSAGES)).text


async def test_the_form_sent_twice_is_one_hold(hospital: Hospital) -> None:
    async with await hospital.client(PERSON) as visitor:
        form = (await choose(visitor)).form("/h5/book")
        first, second = await visitor.submit(form), await visitor.submit(form)
        again = await visitor.submit(form, idempotency_key="another-key")
        assert first.status == 303
        assert first.location == second.location == again.location
        listed = (await visitor.json("appointments"))["items"]
    assert len(listed) == 1


async def test_where_nothing_is_to_be_paid_the_number_is_ones_own_at_once(
    hospital: Hospital,
) -> None:
    day = hospital.ctx().today() + timedelta(days=3)
    practice = world.PRACTICES[0]
    doctor = msgspec.structs.replace(practice.doctor(), id="docfree")
    template = practice.templates()[0]
    template = msgspec.structs.replace(template, line="free", doctor_id=doctor.id)
    planned = Planned(template, Day(day, day.weekday()), "OPEN")
    unit = world.DEPARTMENTS[practice.department]
    fever = clinic(planned, unit, doctor, 0, world.HOSPITAL.zone)
    await schedules.publish(hospital.ctx(), [fever])
    await hospital.catch_up()
    slot = next(one for one in free_slots(hospital, "cardiology") if not one.fee_fen)
    async with await hospital.client(PERSON) as visitor:
        book = await visitor.get(paths.book(slot.id))
        assert "免费" in book.text
        assert "请在此时间内支付" not in book.text
        done = await visitor.follow(await visitor.submit(book.form("/h5/book")))
    assert "预约成功" in done.text
    assert "已付" not in done.text


@pytest.mark.parametrize("method", ["wechat_h5", "alipay_wap"])
async def test_outside_of_apps_either_pay_page_brings_back_to_the_result(
    hospital: Hospital, method: str
) -> None:
    held = await hold(hospital, PERSON, free_slots(hospital, "eye")[0])
    async with await hospital.client(PERSON) as visitor:
        form = await pay_form(visitor, held.id)
        assert form.offered["method"] == ["wechat_h5", "alipay_wap"]
        away = await visitor.submit(form, method=method)
        assert away.status == 303
        assert away.location.startswith(hospital.sandbox.url)
        if method == "alipay_wap":  # signed by us; the cashier itself is one redirect further
            away.location = hospital.sandbox.url + (await visitor.get(away.location)).location
        cashier = await visitor.get(away.location)
        back = await visitor.post(away.location, {"outcome": "pay"})
        assert back.location == f"{hospital.url}{paths.result(held.id)}", cashier.text
        assert "预约成功" in (await visitor.follow(back)).text


async def test_a_method_of_somebody_elses_form_is_refused_in_words(hospital: Hospital) -> None:
    held = await hold(hospital, PERSON, free_slots(hospital, "eye")[0])
    async with await hospital.client(PERSON) as visitor:
        answer = await visitor.submit(await pay_form(visitor, held.id), method="barter")
        assert answer.status == 422
        assert "确认并支付" in answer.text


async def test_too_late_for_a_full_slot(hospital: Hospital) -> None:
    slot = free_slots(hospital, "cardiology")[0]
    async with await hospital.client("chen-xiaodong") as visitor:
        form = (await visitor.get(paths.book(slot.id))).form("/h5/book")
        await fill(hospital, slot)
        full = await visitor.submit(form)
        assert full.status == 409
        assert "这个时段刚刚约满" in full.text
        near = await visitor.get(full.link("/h5/book"))
        assert near.status == 200


async def test_a_department_for_children_refuses_the_others_beforehand(hospital: Hospital) -> None:
    slot = free_slots(hospital, "paediatrics")[0]
    async with await hospital.client("zhang-min") as visitor:
        page = await visitor.get(paths.book(slot.id))
        form = page.form("/h5/book")
        assert len(form.offered["patient"]) == 1  # the child
        assert "就诊人年龄不在该科室接诊范围内" in page.text
        adult = (await visitor.json("patients"))["items"][0]["patient_id"]
        refused = await visitor.submit(form, patient=adult)
        assert refused.status == 409
        assert "就诊人年龄不在该科室接诊范围内" in refused.text


async def test_nobody_chosen(hospital: Hospital) -> None:
    slot = free_slots(hospital, "eye")[0]
    async with await hospital.client(PERSON) as visitor:
        form = (await visitor.get(paths.book(slot.id))).form("/h5/book")
        del form.fields["patient"]
        asked = await visitor.submit(form)
        assert asked.status == 422
        assert "请选择给谁看病" in asked.text


async def test_a_slot_that_has_begun_leads_back_to_the_days(hospital: Hospital) -> None:
    slot = free_slots(hospital, "eye")[0]
    async with await hospital.client(PERSON) as visitor:
        form = (await visitor.get(paths.book(slot.id))).form("/h5/book")
        ctx = hospital.ctx()
        await hospital.move_clock(slot.starts_at - ctx.now() + timedelta(minutes=1))
        for page in (await visitor.get(paths.book(slot.id)), await visitor.submit(form)):
            assert page.status == 409
            assert "该时段已停止预约" in page.text
            assert "选择时间" in page.text


async def test_an_expired_hold_took_no_money(hospital: Hospital) -> None:
    held = await hold(hospital, PERSON, free_slots(hospital, "neurology")[0])
    async with await hospital.client(PERSON, WECHAT) as visitor:
        form = await pay_form(visitor, held.id)
        await hospital.move_clock(timedelta(minutes=16))
        assert "正在确认支付结果" in (await visitor.get(paths.result(held.id))).text
        await hospital.crank()
        missed = await visitor.follow(await visitor.get(paths.pay(held.id)))
        assert "没有扣款" in missed.text
        assert (await visitor.submit(form)).location == paths.result(held.id)


@pytest.mark.parametrize(
    ("taken", "words"), [(False, "已为您重新取到号"), (True, "¥50.00 会原路退回")]
)
async def test_paid_after_the_hold_was_let_go(hospital: Hospital, taken: bool, words: str) -> None:
    slot = free_slots(hospital, "neurology")[0]
    held = await hold(hospital, PERSON, slot)
    async with await hospital.client(PERSON, WECHAT) as visitor:
        launch = await visitor.submit(await pay_form(visitor, held.id))
        await let_go_unasked(hospital)
        if taken:
            await fill(hospital, slot)
        await pays(hospital, launch)
        async with asyncio.timeout(20):
            while words not in (page := await visitor.get(paths.result(held.id))).text:
                await hospital.crank()
    assert ("没有约上" in page.text) == taken


async def let_go_unasked(hospital: Hospital) -> None:
    """The platform is silent for so long that holds are freed without its word."""
    numbers = "/v3/pay/transactions/out-trade-no/*"
    await hospital.control("faults", endpoint=numbers, kind="busy", times=None)
    for _ in range(2):
        await hospital.move_clock(timedelta(minutes=16))
        await hospital.crank()
    await hospital.control("clear", what="faults")
    await hospital.catch_up()


async def test_past_the_deadline_a_booked_number_is_not_given_back(hospital: Hospital) -> None:
    slot = free_slots(hospital, "neurology")[0]
    held = await hold(hospital, PERSON, slot)
    async with await hospital.client(PERSON, WECHAT) as visitor:
        await pays(hospital, await visitor.submit(await pay_form(visitor, held.id)))
        await visitor.get(paths.result(held.id))
        form = (await visitor.get(paths.cancel(held.id))).forms[0]
        await hospital.move_clock(slot.starts_at - hospital.ctx().now() - timedelta(minutes=30))
        late = await visitor.submit(form)
        assert late.status == 409
        assert "已过可在线退号的时间" in late.text
        detail = await visitor.get(paths.appointment(held.id))
        assert not [href for href in detail.links if href.endswith("/cancel")]


async def test_what_is_somebody_elses_is_not_there(hospital: Hospital) -> None:
    held = await hold(hospital, PERSON, free_slots(hospital, "eye")[0])
    async with await hospital.client("chen-xiaodong") as stranger:
        for path in (paths.appointment, paths.pay, paths.result, paths.cancel):
            answer = await stranger.get(path(held.id))
            assert answer.status == 404
            assert "0990-6120000" in answer.text
