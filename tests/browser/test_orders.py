"""Finance finds an order, gives a part of it back and has what the HIS refused posted again."""

from datetime import timedelta

import pytest

from booking.payments import service as payments
from booking.payments.model import Order, OrderSpec
from tests.browser.conftest import Open
from tests.browser.eyes import PC, PHONE
from tests.browser.test_console import menu, sign_in
from tests.helpers import his
from tests.helpers.bureau import stuck
from tests.helpers.hospital import Hospital
from wx_backend.base import ids

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refused(hospital: Hospital) -> Order:
    """Paid in cash, and the HIS will not book it."""
    await his.keeps_books(hospital)
    await hospital.control("faults", endpoint=his.ENTRIES, kind="his_refuse", times=2)
    ctx = await hospital.acting("li-jianguo")
    spec = OrderSpec(
        purpose={"kind": "exam", "id": ids.new("exm")},
        account=ctx.actor.id,
        title="检查预约费",
        amount_fen=12_850,
        expires_at=ctx.now() + timedelta(hours=1),
    )
    order = await payments.take_cash(hospital.ctx(), spec)
    await hospital.crank()
    return order


@pytest.mark.parametrize(("size", "least"), [(PC, 24), (PHONE, 44)], ids=["pc", "phone"])
async def test_an_order(hospital: Hospital, opened: Open, size: dict, least: int) -> None:
    order = await refused(hospital)
    eyes = await opened(size)
    page = eyes.page
    page.on("dialog", lambda dialog: dialog.accept())
    await sign_in(eyes, hospital, "pan-yue")
    await menu(eyes, "订单与退款", size)
    await eyes.sees("医院拒绝入账")
    await eyes.look("orders", least=least)
    await page.locator(f"a[href='/console/orders/{order.id}']").click()
    await eyes.sees("该日已结账")
    await eyes.look("refused", least=least)
    await page.fill("#amount", "28.50")
    await page.locator("form:has(#amount) [name=why]").fill("多收检查费")
    await page.get_by_role("button", name="退款", exact=True).click()
    await eyes.sees("退款 28.50 元已受理")
    await hospital.control("clear", what="faults")
    again = page.locator("form:has(#act)")
    await again.locator("#act").select_option("again")
    await page.locator("#note").fill("医院已重新开账")
    await again.get_by_role("button", name="提交处理").click()
    await eyes.sees("医院账务：已入账")
    await eyes.look("posted", least=least)
    await page.goto(f"{hospital.url}/console/orders/{await stuck(hospital.ctx())}")
    await eyes.sees("冲正或退款受阻，待人工")
    await eyes.look("insured", least=least)
    await page.goto(f"{page.url}?lang=en-US")
    await eyes.sees("Reversal or refund stuck, needs a person")
    await eyes.look("insured-en", least=least, axe=False)
