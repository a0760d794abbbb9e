"""Three bills are paid at once on the phone; a deposit, the list of a day and a price beside it."""

import pytest

from booking.prices import service as prices
from tests.browser.conftest import Open
from tests.helpers import his
from tests.helpers.hospital import Hospital
from wx_backend.base.money import yuan
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.patient import paths
from wx_backend.gateways.his_bills.port import Named
from wx_backend.identity.patients import access
from wx_backend.identity.patients import service as patients

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERSON = "li-jianguo"


async def test_three_bills_at_once(hospital: Hospital, opened: Open) -> None:
    await his.is_cashier(hospital)
    await prices.begin(hospital.ctx(), "first")
    await hospital.crank()
    ctx = await hospital.acting(PERSON)
    [me] = [one for one in await patients.mine(ctx) if one.is_default]
    named = Named(*await access.card_of(ctx, me.patient_id))
    told = await hospital.control("his/stays", name=named.name, id_no=named.id_no)
    owed = await (await institutions.his_bills(hospital.ctx())).pending(named)
    total = sum(bill.fen for bill in owed)

    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, PERSON, paths.bills(me.patient_id))
    await eyes.heading("门诊缴费").wait_for()
    await eyes.web.get_by_text("查看明细").first.click()
    await eyes.sees(owed[0].items[0].name)
    await eyes.look("bills")
    boxes = eyes.web.get_by_role("checkbox")
    await boxes.first.uncheck()
    await eyes.sees(f"¥{yuan(total - owed[0].fen)}")
    await boxes.first.check()
    await eyes.tap("去缴费")
    await eyes.heading("确认并支付").wait_for()
    await eyes.look("bills to pay")
    await eyes.tap("确认支付")
    await eyes.web.get_by_text("请输入支付密码").wait_for()
    for digit in "135790":
        await eyes.web.get_by_role("button", name=digit, exact=True).click()
    await eyes.heading("已支付，正在通知医院").wait_for()
    await eyes.look("bills being booked")
    await hospital.crank()
    await eyes.heading("缴费成功").wait_for()  # by itself
    await eyes.sees("电子票据")
    await eyes.look("bills paid")

    await eyes.go(paths.BILLS)
    await eyes.sees("没有待缴的账单")
    await eyes.look("nothing to pay")
    await eyes.go(paths.STAYS)
    await eyes.web.get_by_role("navigation", name="选择日期").get_by_role("link").last.click()
    await eyes.sees(told["visit_no"])
    await eyes.look("a day of a stay")
    await eyes.go(paths.DEPOSIT)
    await eyes.look("deposit")
    await eyes.web.get_by_label("住院号").fill(told["visit_no"])
    await eyes.web.get_by_label("患者姓名").fill(named.name)
    await eyes.tap("下一步")
    await eyes.web.get_by_role("button", name="¥3000").click()
    await eyes.look("how much")
    assert await eyes.web.get_by_label("金额（元）").input_value() == "3000"
    await eyes.go(paths.prices("xcg"))
    await eyes.sees("血常规（五分类）")
    await eyes.look("prices")
