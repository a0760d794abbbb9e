"""A day in three books at the console: run, looked at, one difference repaired, the day closed."""

import pytest

from booking.reconciliation import service
from tests.browser.conftest import Open
from tests.browser.eyes import PC, PHONE
from tests.browser.test_console import sign_in
from tests.helpers.hospital import Hospital
from tests.helpers.office import Office
from tests.helpers.planted_day import Planter

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHY = "平台已收款，未收到通知"
POINTS = """() => {
  const place = document.querySelector('[data-chart] > div');
  const drawn = window.echarts.getInstanceByDom(place).getZr().storage.getDisplayList(true);
  const points = drawn.filter(({shape}) => shape && shape.symbolType === 'circle');
  return points.filter(({shape}) => shape.width === 2).length;
}"""
"""How many points of the chart's line are drawn; its legend has a larger one."""


async def test_a_repair(hospital: Hospital, opened: Open) -> None:
    office = Office(hospital)
    await office.fresh()
    planter = await office.planter()
    for plant in (Planter.never_told, Planter.known_after_midnight):
        plant(planter)
    for _ in range(6):
        planter.pay()
    await office.write(planter.plan)
    eyes = await opened(PC)
    page = eyes.page
    page.on("dialog", lambda dialog: dialog.accept())
    await sign_in(eyes, hospital, "pan-yue")
    path = f"/console/reconciliation/{office.day}"
    await eyes.go(path)
    await eyes.sees("这一天还没有对账")
    await eyes.tap("开始对账")
    await eyes.sees("排队中")
    await eyes.look("waiting", least=24)
    await service.work_due(office.house.ctx(None))
    await eyes.sees("三方合计")
    await eyes.look("day", least=24)
    await eyes.tap("返回日历")
    await page.locator("[data-chart] canvas").first.wait_for()
    await eyes.look("month", least=24)
    await eyes.go(f"{path}?lang=en-US")
    await eyes.heading("Reconciliation of").wait_for()
    await eyes.look("day-en", least=24, axe=False)
    await eyes.go(f"{path}?lang=zh-CN")
    await page.get_by_role("link", name="处理", exact=True).click()
    await eyes.heading("平台有，本院无").wait_for()
    await eyes.look("difference", least=24)
    await page.fill("[name=why]", WHY)
    await eyes.tap("提交处理")
    await eyes.sees("两边已一致")
    await eyes.look("repaired", least=24)
    await page.set_viewport_size(PHONE)
    await eyes.look("repaired-phone")
    await eyes.tap(f"返回 {office.day}")
    await eyes.look("day-phone")
    await page.set_viewport_size(PC)
    await eyes.tap("日结")
    await eyes.sees("已日结")
    assert (await service.run(office.ctx, office.day)).state == "CLOSED"
    await eyes.go(f"/console/reconciliation?month={office.day:%Y-%m}")
    await page.set_viewport_size(PHONE)
    await eyes.look("month-phone")
    assert await page.evaluate(POINTS) == 1, "the day is a point, however narrow"
    await eyes.go("/console/prices")
    await eyes.look("catalogue-phone")
    await page.set_viewport_size(PC)
    await eyes.look("catalogue", least=24)
    await eyes.tap("立即导入")
    await eyes.sees("已收到 0 项")
    await eyes.look("importing", least=24)
    await eyes.tap("取消导入")
    await eyes.sees("没有移除任何项目")
    await page.set_viewport_size(PHONE)
    await eyes.look("import-cancelled-phone")
