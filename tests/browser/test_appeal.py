"""A restriction from the proposal to an appeal that is granted: at the console and on the phone."""

from datetime import timedelta

import pytest

from booking.restrictions import service as restrictions
from booking.restrictions.model import Grounds, Restriction, of_patient
from tests.browser.conftest import Open
from tests.browser.eyes import PC, PHONE
from tests.browser.test_console import menu, sign_in
from tests.helpers.desk import free_slots
from tests.helpers.hospital import Hospital
from wx_backend.base import ids
from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.identity.patients import service as patients

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = "li-jianguo"
WHY = "三次都是因为老人住院，有住院证明可以核对"


async def proposed(hospital: Hospital) -> str:
    """As the rules propose it: three numbers of the person given back."""
    ctx, now = await hospital.acting(PERSON), hospital.house.business.now()
    me = next(one for one in await patients.mine(ctx) if one.relation == "SELF")
    grounds = tuple(
        Grounds(
            appointment=ids.new("apt"),
            account=ctx.actor.id if n else "somebody else",
            at=now - timedelta(days=n),
            starts_at=now + timedelta(days=3 - n),
            department="心血管内科",
            doctor="周启明",
        )
        for n in range(3)
    )
    one = Restriction(
        id=ids.new("rst"), inst=ctx.institution, kind="cancel", state="PROPOSED", version=1,
        subject=of_patient(me.patient_id), patient=me.name, accounts=(ctx.actor.id,),
        grounds=grounds, limit=3, days=30, ban_days=30, zone=HOSPITAL_ZONE, proposed_at=now,
    )  # fmt: skip
    await restrictions.propose(hospital.ctx(), one)
    await hospital.crank()
    return one.id


async def test_decided_appealed_and_lifted(hospital: Hospital, opened: Open) -> None:
    key = await proposed(hospital)
    office = await opened(PC)
    await sign_in(office, hospital, "tao-hui")
    await menu(office, "限制与申诉", PC)
    await office.look("list", least=24)
    await office.tap("查看")
    await office.look("proposed", least=24)
    await office.page.get_by_label("决定", exact=True).select_option("impose")
    await office.page.get_by_label("理由").fill("三次均在就诊前一天退号")
    await office.tap("提交决定")
    await office.sees("已限制在线预约")
    await office.look("in-force", least=24)

    phone = await opened(PHONE)
    slot = free_slots(hospital, "cardiology")[0]
    await phone.sign_in(hospital.phone_url, PERSON, f"/h5/book?slot={slot.id}")
    await phone.tap("确认预约")
    await phone.sees("暂停在线预约")
    await phone.look("refused")
    await phone.tap("查看限制与申诉")
    await phone.look("mine")
    await phone.page.goto(f"{hospital.url}/h5/restrictions?care=1")
    await phone.look("mine-care", care=True)
    await phone.page.goto(f"{hospital.url}/h5/restrictions/{key}")
    await phone.look("one-care", care=True)
    await phone.page.goto(f"{hospital.url}/h5/restrictions/{key}?care=0")
    await phone.look("one")
    await phone.page.get_by_label("如有异议").fill(WHY)
    await phone.tap("提交申诉")
    await phone.sees("申诉复核中")
    await phone.look("appealed")
    await hospital.crank()

    affairs = await opened(PHONE)
    await sign_in(affairs, hospital, "ma-guohua")
    await affairs.page.goto(f"{hospital.url}/console/restrictions?show=appealed")
    await affairs.look("console-phone")
    await affairs.tap("查看")
    await affairs.look("review")
    await affairs.page.get_by_label("复核结果").select_option("grant")
    await affairs.page.get_by_label("复核意见").fill("已核对住院证明")
    await affairs.tap("提交复核")
    await affairs.sees("申诉成立，限制已解除")

    await phone.page.reload()
    await phone.sees("已核对住院证明")
    await phone.look("lifted")
