"""The desk: a number from the same pool, cash that is written down, and finding it again."""

import io
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest

from booking.appointments import seating
from booking.appointments import service as appointments
from booking.appointments.model import DeskHold, LimitReached
from booking.payments.model import ALIPAY_QR, H5
from booking.schedules.model import Pool
from tests.helpers.console import Staffer
from tests.helpers.identity import PHONE, id_no
from tests.helpers.outpatient import FEE_FEN, IN_ONE_LOOP, Outpatient, fixture
from tests.helpers.paying import ALIPAY_SIDE
from wx_backend.base import ids
from wx_backend.base.audit import RECORDS
from wx_backend.base.context import Actor, Ctx, Origin
from wx_backend.base.errors import Forbidden, Invalid, WrongState
from wx_backend.entrypoints.demo import world
from wx_backend.gateways.his.port import Movement
from wx_backend.gateways.his.port import Person as HisPerson
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import RegisterForm
from wx_backend.records.encounters import access as charts
from wx_backend.records.encounters import service as encounters

pytestmark = IN_ONE_LOOP
NEW = id_no("1990-07-08", 901)


@pytest.fixture
def desk(clinic: Outpatient) -> Ctx:
    return clinic.hospital.ctx().acting_as(Actor("staff", "stfdesk", frozenset({"nurse"})))


@fixture
async def person(clinic: Outpatient, desk: Ctx) -> str:
    """Somebody with an identity card and nothing else."""
    return (await patients.register(desk, RegisterForm(name="钱小满", id_no=NEW))).patient_id


async def gives(desk: Ctx, slot, patient: str, key: str = "", **more: str):
    command = DeskHold(slot.id, patient, **more)
    return await appointments.hold_at_desk(desk, command, key or ids.new("key"))


async def actions(clinic: Outpatient) -> set[str]:
    ctx = clinic.hospital.ctx()
    return {one["action"] for one in await ctx.db(RECORDS).month(ctx.wire_now()).find()}


async def test_cash_seats_and_comes_back_by_hand(clinic, desk, person, slot):
    held = await gives(desk, slot, person, "the-first-key")
    assert (held.state, held.account, held.booked_by) == ("HELD", "", "stfdesk")
    assert (await gives(desk, slot, person, "the-first-key")).id == held.id
    assert clinic.free(slot) == 0
    for _ in range(2):
        assert (await appointments.take_cash(desk, held.id)).state == "BOOKED"
    await clinic.work()
    assert (await clinic.order(held)).ledger().paid_fen == FEE_FEN
    assert not await clinic.docs("messages_" + f"{clinic.house.wire.now():%Y%m}")
    ended = await appointments.cancel_for(desk, held.id, "patient", "患者来窗口退号")
    await appointments.unwind_cancelled(desk, ended)
    await clinic.patience(2, minutes=1)
    assert (await clinic.order(held)).state == "REFUNDING"  # nobody but the desk has the money
    for _ in range(2):
        await appointments.give_cash(desk, held.id)
    assert (await clinic.order(held)).state == "REFUNDED"
    assert (await clinic.books())["refunds"] == []
    assert {"orders:cash:returned", "patients:desk:registered"} <= await actions(clinic)


async def test_what_one_gives_back_at_the_desk_the_next_in_line_may_have(
    clinic, desk, person, slot, patient
):
    """They stand before the same computer: that is no trace of theirs."""
    at_window = replace(desk, origin=Origin("192.0.2.1", "the window's browser"))
    held = await gives(at_window, slot, person)
    await appointments.cancel_for(at_window, held.id, "patient", "患者来窗口退号")
    assert (await gives(at_window, slot, patient.id)).number == held.number


async def test_who_dies_between_the_cash_and_the_seat_has_taken_both(
    clinic, desk, person, slot, monkeypatch
):
    held = await gives(desk, slot, person)

    async def dies(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(seating, "seat", dies)
        with pytest.raises(ConnectionError):
            await appointments.take_cash(desk, held.id)
    assert (await clinic.now(held)).state == "HELD"
    await clinic.later(minutes=16)
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
    assert (await appointments.take_cash(desk, held.id)).state == "BOOKED"
    assert (await clinic.order(held)).ledger().paid_fen == FEE_FEN


async def test_the_phone_may_pay_what_the_desk_holds(clinic, desk, patient, slot):
    [binding] = await patients.mine(patient.ctx)
    held = await gives(desk, slot, patient.id, binding=binding.binding_id)
    await clinic.work()
    assert await clinic.told(patient) == ["请支付挂号费"]
    await clinic.pays(await clinic.ticket(patient, held))
    with pytest.raises(Exception, match="已支付"):
        await appointments.take_cash(desk, held.id)
    await clinic.notified()
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"


async def test_cash_closes_what_the_phone_has_open(clinic, desk, patient, slot):
    [binding] = await patients.mine(patient.ctx)
    held = await gives(desk, slot, patient.id, binding=binding.binding_id)
    await clinic.ticket(patient, held)
    await appointments.take_cash(desk, held.id)
    assert [one["state"] for one in (await clinic.books())["orders"]] == ["CLOSED"]
    assert (await clinic.order(held)).ledger().paid_fen == FEE_FEN


async def test_the_limits_are_those_of_the_phone_unless_somebody_may_and_says_why(
    clinic, desk, person
):
    first, second = await clinic.opens(slots=2)
    await gives(desk, first, person)
    with pytest.raises(LimitReached):
        await gives(desk, second, person)
    with pytest.raises(Forbidden):
        await gives(desk, second, person, beyond="急诊转来")
    office = desk.acting_as(Actor("staff", "stfoffice", frozenset({"outpatient_office"})))
    beyond = await gives(office, second, person, beyond="急诊转来")
    assert beyond.state == "HELD"
    assert "appointments:limits:passed" in await actions(clinic)


async def test_the_on_site_numbers_are_the_desks_and_the_elders(clinic, desk, person, patient):
    back = clinic.house.business.now() + timedelta(days=3)
    [slot] = await clinic.opens(capacity=1, pools=(Pool("onsite", 1, 1, back),))
    assert clinic.free(slot) == 0
    held = await gives(desk, slot, person)
    assert held.number == 1
    await clinic.decides("booking.elder_age", 60)
    [other] = await clinic.opens(capacity=1, days=4, pools=(Pool("onsite", 1, 1, back),))
    elder = await clinic.patient("1950-01-02")
    assert (await clinic.hold(elder, other)).number == 1
    await clinic.decides("booking.elder_age", 65)


async def test_the_hospital_cancels_with_a_reason_and_everything_goes_back(
    clinic, desk, patient, slot
):
    booked = await clinic.booked(patient, slot)
    await clinic.later(days=2, hours=20)  # past the patient's deadline
    ended = await appointments.cancel_for(desk, booked.id, "hospital", "设备故障")
    assert (ended.ended_by, ended.why) == ("hospital", "设备故障")
    again = await appointments.cancel_for(desk, booked.id, "patient", "又来")
    assert again == ended
    await clinic.refunded()
    assert (await clinic.order(booked)).state == "REFUNDED"
    assert "由医院取消" in " ".join(await clinic.texts(patient))
    with pytest.raises(WrongState):
        await appointments.take_cash(desk, booked.id)


async def test_the_office_serves_finds_exports_and_reads_the_story(clinic, desk, slot):
    async with Staffer(clinic.hospital.url, clinic.house) as office:
        await office.enter("tao-hui")
        page = await office.get("/console/counter")
        form = next(form for form in page.forms if "id_no" in form.fields)
        made = await office.submit(form, name="孙小圣", id_no=id_no("1991-07-08", 902))
        assert made.status == 303
        counter = await office.get(
            f"{made.location}?department={slot.department_id}&date={slot.visit_date}"
        )
        form = next(form for form in counter.forms if "idempotency_key" in form.fields)
        sent = await office.submit(form, slot=slot.id)
        assert sent.status == 303, sent.text
        await office.act(sent.location, f"{sent.location}/cash")
        await clinic.work()
        slip = await office.get(f"{sent.location}/slip")
        assert "已付" in slip.text
        await office.act(sent.location, f"{sent.location}/cancel", by="hospital", why="停电")
        await office.act(sent.location, f"{sent.location}/cash-back")
        await clinic.work()
        nobody = await office.act(sent.location, f"{sent.location}/phone")
        assert (nobody.status, "没有登记联系电话" in nobody.text) == (404, True)
        story = (await office.get(sent.location)).text
        for words in ("占号", "收款 现金 50.00 元", "退款完成 现金", "停电", "陶慧", "取消"):
            assert words in story or words == "占号", words
        for asked in (
            {"who": id_no("1991-07-08", 902)},
            {"name": "孙小圣"},
            {"doctor": slot.doctor},
        ):
            days = {"first": slot.visit_date, "last": slot.visit_date}
            found = await office.act("/console/bookings", "/console/bookings", **days, **asked)
            assert "共 1 条" in found.text, asked
            assert "孙*圣" in found.text
        none = await office.act("/console/bookings", "/console/bookings", **days, name="孙大圣")
        assert "没有符合条件的预约" in none.text
        years = {"first": "2020-01-01", "last": slot.visit_date}
        wide = await office.act("/console/bookings", "/console/bookings", **years)
        assert (wide.status, "最多查 92 天" in wide.text) == (422, True)
        file = await office.act("/console/bookings", "/console/bookings", **days, export="1")
        [heads, row] = openpyxl.load_workbook(io.BytesIO(file.response.content)).active.values
        assert (heads[5], row[5]) == ("就诊人", "孙*圣")


async def test_a_phone_number_finds_who_it_was_given_for(clinic, desk, patient):
    found = await patients.look_up(desk, PHONE)
    assert patient.id in {one.patient_id for one in found}
    assert PHONE not in str(found)


async def test_a_record_number_finds_whose_chart_it_is(clinic, desk, person):
    """Of the own institution alone, over merges of charts, and every look is audited."""
    now = desk.now()
    for change, stamp, mrn, more in (
        ("PERSON", "A1", "901-A", {"id_no": NEW, "name": "钱小满"}),
        ("PERSON", "A2", "901-B", {}),
        ("PERSON", "A3", "902-A", {"id_no": id_no("1950-01-02", 903)}),
    ):
        said = HisPerson(mrn=mrn, **more)
        await encounters.apply(desk, Movement(change=change, stamp=(now, now, stamp), person=said))
    for typed in ("901-A", " 901-A "):
        [found] = await charts.people(desk, typed)
        assert (found.patient_id, found.name) == (person, "钱*满")
    assert {"charts:number:found", "patients:identity:found"} <= await actions(clinic)
    [by_card] = await charts.people(desk, NEW)
    assert by_card == found
    for none in ("901-B", "902-A", "903-A", ""):
        with pytest.raises(Invalid):
            await charts.people(desk, none)
    with pytest.raises(Invalid):
        await charts.people(desk.within(world.CENTRE.id), "901-A")
    survivor = Movement(
        change="MERGED", stamp=(now, now, "A4"), former="901-A",
        person=HisPerson(mrn="901-B", id_no=NEW),
    )  # fmt: skip
    await encounters.apply(desk, survivor)
    for typed in ("901-A", "901-B"):
        assert await charts.people(desk, typed) == [found]
    async with Staffer(clinic.hospital.url, clinic.house) as office:
        await office.enter("tao-hui")
        there = await office.act("/console/counter", "/console/counter", who="901-A")
        assert there.location == f"/console/counter/{person}"
        none = await office.act("/console/counter", "/console/counter", who="903-A")
        assert "没有这个病历号" in none.text
        none = await office.act("/console/bookings", "/console/bookings", who="903-A")
        assert "没有这个病历号" in none.text


@pytest.mark.usefixtures("side")
async def test_who_scans_the_desks_code_has_the_number(clinic, desk, person, slot):
    held = await gives(desk, slot, person)
    ticket = await appointments.show_code(desk, held.id, clinic.side.code)
    assert await appointments.code_shown(desk, held) == ticket
    assert (await appointments.ask_paid(desk, held.id)).state == "HELD"
    await clinic.fault("notify/*", "notify_never")
    await clinic.pays(ticket)
    assert (await appointments.ask_paid(desk, held.id)).state == "BOOKED"
    assert await appointments.code_shown(desk, held) is None
    with pytest.raises(WrongState):
        await appointments.show_code(desk, held.id, clinic.side.code)


async def test_cash_after_a_code_nobody_scanned_and_who_scans_it_later_gets_it_back(
    clinic, desk, person, slot
):
    held = await gives(desk, slot, person)
    with pytest.raises(Invalid):
        await appointments.show_code(desk, held.id, H5)
    shown = await appointments.show_code(desk, held.id, ALIPAY_QR)
    await appointments.take_cash(desk, held.id)
    await clinic.work()
    await clinic.pays(shown)
    await clinic.notified(ALIPAY_SIDE.notices())
    await clinic.refunded()
    ledger = (await clinic.order(held)).ledger()
    assert (ledger.paid_fen, ledger.kept_fen) == (2 * FEE_FEN, FEE_FEN)
    assert (await clinic.books(ALIPAY_SIDE))["sums"]["balance"] == 0
    assert (await clinic.now(held)).state == "BOOKED"
