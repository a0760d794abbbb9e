"""就诊人 in a real browser: who comes first, taking somebody away, where the account is signed in,
and closing it; with scripts and without.
"""

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import PHONE
from tests.helpers.hospital import Hospital
from tests.helpers.identity import form, id_no
from wx_backend.identity.patients import service as patients

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = "chen-xiaodong"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
async def test_chosen_first_and_taken_away(hospital: Hospital, opened: Open, scripts: bool) -> None:
    ctx = await hospital.acting(PERSON)
    await patients.add(ctx, form(id_no("1958-04-12", 500 + scripts), "吴秀珍", "PARENT"))
    eyes = await opened(PHONE)
    await eyes.sign_in(hospital.phone_url, PERSON)
    if not scripts:
        kept = await eyes.page.context.storage_state()
        eyes = await opened(PHONE, java_script_enabled=False, storage_state=kept)
    await eyes.page.goto(f"{hospital.url}/h5/people")
    if scripts:
        await eyes.look("people")
    row = eyes.page.locator("li:has-text('吴*珍')")
    await row.get_by_role("button", name="设为默认").click()
    await row.get_by_text("默认", exact=True).wait_for()
    await row.get_by_role("link", name="移除").click()
    await eyes.heading("确定移除这位就诊人吗").wait_for()
    if scripts:
        await eyes.look("remove")
        await eyes.page.goto(f"{eyes.page.url}?care=1")
        await eyes.look("remove-care", care=True)
        await eyes.page.goto(f"{hospital.url}/h5/people")
        await eyes.look("people-care", care=True)
        await row.get_by_role("link", name="移除").click()
        await eyes.heading("确定移除这位就诊人吗").wait_for()
    await eyes.tap("确定移除")
    await row.wait_for(state="detached")
    assert [one.name for one in await patients.mine(ctx)] == ["陈*东"]
    await eyes.tap("账号与隐私")
    await eyes.heading("账号与隐私").wait_for()
    if scripts:
        await eyes.look("account")
    await eyes.tap("登录设备")
    await eyes.sees("当前设备")
    if scripts:
        await eyes.look("devices")
        await eyes.page.goto(f"{eyes.page.url}?care=1")
        await eyes.look("devices-care", care=True)
    await eyes.tap("退出其他所有设备")
    await eyes.sees("当前设备")
    await eyes.page.goto(f"{hospital.url}/h5/account")
    await eyes.tap("注销账号")
    await eyes.sees("依法继续保存")
    if scripts:
        await eyes.look("close-care", care=True)
    await eyes.page.get_by_label("我已阅读").check()
    await eyes.tap("申请注销")
    await eyes.sees("已申请注销")
    if scripts:
        await eyes.look("closing-care", care=True)
        await eyes.page.goto(f"{eyes.page.url}?care=0")
    await eyes.tap("撤销注销申请")
    await eyes.sees("依法继续保存")
    if scripts:
        await eyes.look("close")
