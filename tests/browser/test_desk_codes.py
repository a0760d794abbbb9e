"""The desk shows a code of either platform; who stands there pays it, and the page sees it."""

import pytest

from tests.browser.conftest import Open
from tests.browser.desk import choose, enrol, give
from tests.browser.eyes import PC, PHONE
from tests.browser.test_console import menu, sign_in
from tests.helpers.hospital import Hospital

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAYS = {"微信": ("wechat_native", "pay"), "支付宝": ("alipay_qr", "alipay/pay")}


async def scanned(hospital: Hospital, method: str, control: str) -> None:
    """The patient pays the code that was opened last."""
    orders = hospital.house.db.raw("orders")
    [order] = await orders.find().sort("created_at", -1).limit(1).to_list(1)
    opened = [one for one in order["entries"] if one["kind"] == "attempt_opened"]
    assert opened[-1]["data"]["method"] == method
    await hospital.control(control, out_trade_no=opened[-1]["ref"], person="crowd-1")


@pytest.mark.parametrize(
    ("size", "least", "app"), [(PC, 24, "微信"), (PHONE, 44, "支付宝")], ids=["pc", "phone"]
)
async def test_a_code_at_the_desk(
    hospital: Hospital, opened: Open, size: dict, least: int, app: str
) -> None:
    eyes = await opened(size)
    page = eyes.page
    await sign_in(eyes, hospital, "tao-hui")
    await menu(eyes, "窗口挂号", size)
    await enrol(eyes, "周扫码", "1993-05-06", 800 + least)
    await choose(eyes, hospital)
    await give(eyes)
    [other] = set(WAYS) - {app}
    await page.get_by_role("button", name=f"{other}扫码收款").click()
    await eyes.heading(f"请用{other}扫码支付").wait_for()
    await page.get_by_role("button", name=f"改用{app}扫码").click()
    await eyes.heading(f"请用{app}扫码支付").wait_for()
    await eyes.look("code", least=least)
    await page.get_by_role("button", name="查询是否已支付").click()
    await eyes.sees("还没有收到款")
    await page.get_by_role("button", name=f"{app}扫码收款").click()
    await eyes.heading(f"请用{app}扫码支付").wait_for()
    await scanned(hospital, *WAYS[app])
    await hospital.refunds_arrive()  # whatever is due is done: the payment is asked after
    await eyes.sees("挂号成功")
    await eyes.look("paid", least=least)
