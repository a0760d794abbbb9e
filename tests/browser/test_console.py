"""The staff console in a real browser, at PC and phone size."""

import pytest

from booking.appointments.events import CANCELLED
from notify.messages import sending
from notify.messages import service as messages
from tests.browser.conftest import Open
from tests.browser.eyes import PC, PHONE, Eyes
from tests.helpers.console import code_for
from tests.helpers.hospital import Hospital
from wx_backend.base.events import Event
from wx_backend.entrypoints.demo import staff
from wx_backend.identity.worklist import service as worklist

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIZES = pytest.mark.parametrize(
    ("size", "least"), [(PC, 24), (PHONE, 44)], ids=["pc", "phone"]
)  # WCAG 2.2, 2.5.8 at a PC


async def sign_in(eyes: Eyes, hospital: Hospital, key: str) -> None:
    await eyes.page.goto(f"{hospital.url}/console/signin")
    await eyes.page.fill("#number", staff.BY_KEY[key].number)
    await eyes.page.fill("#password", staff.PASSWORD)
    await eyes.tap("下一步")
    await eyes.page.fill("#code", await code_for(hospital.house, key))
    await eyes.tap("登录")
    await eyes.page.wait_for_selector(".shell")
    await eyes.page.wait_for_load_state()  # what is chosen before the scripts are there is lost


async def menu(eyes: Eyes, label: str, size: dict) -> None:
    """By the menu, which a phone has to open first."""
    if size is PHONE:
        await eyes.page.get_by_role("button", name="打开菜单").click()
        await eyes.page.wait_for_selector(".side.show:not(.showing)")
    await eyes.page.locator(".side").get_by_role("link", name=label).click()
    await eyes.page.wait_for_selector(f".crumb b:has-text('{label}')")
    await eyes.page.wait_for_load_state()  # what is chosen before the scripts are there is lost


@SIZES
async def test_signing_in(hospital: Hospital, opened: Open, size: dict, least: int) -> None:
    eyes = await opened(size)
    await eyes.page.goto(f"{hospital.url}/console/today")
    await eyes.heading("员工登录").wait_for()
    await eyes.look("sign-in", least=least)
    await eyes.page.fill("#number", "O5001")
    await eyes.page.fill("#password", "not the password")
    await eyes.tap("下一步")
    await eyes.sees("工号或密码不正确")
    await eyes.look("sign-in-wrong", least=least)
    await eyes.page.fill("#password", staff.PASSWORD)
    await eyes.tap("下一步")
    await eyes.heading("输入动态码").wait_for()
    await eyes.look("code", least=least)
    await eyes.page.fill("#code", await code_for(hospital.house, "tao-hui"))
    await eyes.tap("登录")
    await eyes.page.wait_for_url("**/console/today")
    await eyes.look("today", least=least)
    await eyes.page.get_by_role("button", name="陶慧").click()
    await eyes.look("who", least=least)
    await eyes.tap("退出登录")
    await eyes.heading("员工登录").wait_for()


@SIZES
async def test_an_account_of_ones_own(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    """Made by one administrator, given a role by another, set up by its owner."""
    number = f"D90{least}"
    admin = await opened(size)
    await sign_in(admin, hospital, "cheng-hao")
    await menu(admin, "员工与角色", size)
    await admin.look("staff", least=least)
    await admin.tap("新建员工")
    await admin.page.fill("#number", number)
    await admin.page.fill("#name", "林晓")
    await admin.look("new-member", least=least)
    await admin.tap("建立账号")
    await admin.heading("初始密码").wait_for()
    first = await admin.page.inner_text(".secret")
    await admin.look("handed-out", least=least)

    security = await opened(size)
    await sign_in(security, hospital, "deng-fei")
    await security.page.goto(f"{hospital.url}/console/staff")
    await security.page.fill("[name=q]", number)
    await security.tap("查询")
    await security.page.locator("tr:has-text('林晓') a").click()
    await security.page.get_by_label("医生", exact=True).check()
    security.page.once("dialog", lambda dialog: dialog.accept())
    await security.look("grant", least=least)
    await security.tap("更新角色")
    await security.sees("角色已更新")

    owner = await opened(size)
    await owner.page.goto(f"{hospital.url}/console/signin")
    await owner.page.fill("#number", number)
    await owner.page.fill("#password", first)
    await owner.tap("下一步")
    await owner.heading("设置自己的密码").wait_for()
    await owner.page.fill("#password", "Ginkgo-leaf-7")
    await owner.page.fill("#again", "Ginkgo-leaf-7")
    await owner.look("own-password", least=least)
    await owner.tap("保存，下一步")
    await owner.heading("绑定身份验证器").wait_for()
    await owner.look("enrol", least=least)
    secret = await owner.page.inner_text(".secret")
    code = staff.signin.app_code(secret, hospital.house.wire.now())
    await owner.page.fill("#code", code)
    await owner.tap("完成绑定")
    await owner.heading("请保存恢复码").wait_for()
    await owner.look("recovery", least=least)
    await owner.tap("我已保存")
    await owner.page.wait_for_url("**/console/today")
    await hospital.crank()
    await owner.page.reload()
    await owner.look("bell", least=least)
    await owner.page.get_by_role("link", name="我的消息，2 条未读").click()
    await owner.sees("密码与身份验证器已设置")
    await owner.look("me", least=least)


@SIZES
async def test_the_outpatient_office(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    eyes = await opened(size)
    await sign_in(eyes, hospital, "tao-hui")
    await eyes.page.select_option("[name=department]", label="呼吸内科")
    await eyes.page.wait_for_url("**department=*")
    assert await eyes.page.locator("#list tbody tr:has-text('心血管内科')").count() == 0
    await menu(eyes, "预约明细", size)
    await eyes.look("appointments", least=least)
    await menu(eyes, "值班表", size)
    await eyes.page.select_option("[name=place]", label="心内一病区")
    await eyes.page.wait_for_url("**place=ward*")
    await eyes.look("rosters", least=least)
    await menu(eyes, "参数设置", size)
    await eyes.look("settings", least=least)
    await eyes.page.get_by_label("可提前预约的天数的新值").fill("21")
    await eyes.page.get_by_label("可提前预约的天数的新值").press("Enter")
    await eyes.sees("已提交")
    await eyes.look("proposed", least=least)
    await eyes.page.goto(f"{hospital.url}/console/settings/critical.receive_minutes")
    await eyes.look("parameter", least=least)
    await eyes.page.goto(f"{hospital.url}/console/me")
    await eyes.look("me", least=least)


@SIZES
async def test_the_work_list(hospital: Hospital, opened: Open, size: dict, least: int) -> None:
    about = f"订单 ord-{least} 的退款需要人工处理"
    await worklist.open_task(hospital.ctx(), "refund_abnormal", f"r{least}", "ord1", about)
    eyes = await opened(size)
    await sign_in(eyes, hospital, "pan-yue")
    await menu(eyes, "待办", size)
    await eyes.sees(about)
    await eyes.look("tasks", least=least)
    row = eyes.page.locator(f"tr:has-text('{about}')")
    await row.get_by_role("button", name="领取").click()
    await eyes.sees("已领取")
    await row.get_by_label("办理结果").fill("已线下退款并登记")
    await eyes.look("taken", least=least)
    await row.get_by_role("button", name="办结").click()
    await eyes.sees("已办结")
    await eyes.look("no-tasks", least=least)


IN_ENGLISH = {
    "today": "Clinics",
    "appointments": "Appointments",
    "waiting": "Waiting list",
    "counter": "Counter",
    "schedules": "Schedule",
    "templates": "Clinic templates",
    "rosters": "Duty rosters",
    "pools": "Pools",
    "restrictions": "Restrictions",
    "settings": "Parameters",
    "directory": "Dept. and doctor",
}
"""By page of the outpatient office: its heading."""


async def test_in_english(hospital: Hospital, opened: Open) -> None:
    """Chosen before signing in, kept from then on; no word is too long for its place at a PC."""
    eyes = await opened(PC)
    await eyes.page.goto(f"{hospital.url}/console/signin")
    await eyes.page.get_by_role("link", name="English").click()
    await eyes.heading("Staff sign-in").wait_for()
    await eyes.look("sign-in-en", least=24)
    await eyes.page.fill("#number", staff.BY_KEY["tao-hui"].number)
    await eyes.page.fill("#password", staff.PASSWORD)
    await eyes.tap("Next")
    await eyes.page.fill("#code", await code_for(hospital.house, "tao-hui"))
    await eyes.tap("Sign in")
    await eyes.page.wait_for_url("**/console/today")
    for name, heading in IN_ENGLISH.items():
        await eyes.page.goto(f"{hospital.url}/console/{name}")
        await eyes.heading(heading).first.wait_for()
        await eyes.look(f"{name}-en", least=24, axe=False)
    await eyes.page.get_by_role("button", name="陶慧").click()
    await eyes.look("who-en", least=24)
    await eyes.tap("中文")
    await eyes.heading("科室与医生").wait_for()


async def the_service_account(admin: Eyes, hospital: Hospital, least: int) -> None:
    """Its menu is compared and published; a department gets a code."""
    await admin.page.get_by_role("link", name="菜单", exact=True).click()
    await admin.heading("服务号菜单").wait_for()
    await admin.look("account-menu", least=least)
    admin.page.once("dialog", lambda dialog: dialog.accept())
    await admin.tap("发布")
    await admin.sees("菜单已发布")
    await admin.sees("与患者看到的一致")
    await admin.page.get_by_role("link", name="返回渠道").click()
    await admin.page.get_by_role("link", name="二维码", exact=True).click()
    await admin.heading("带参数二维码").wait_for()
    await admin.page.get_by_role("button", name="生成").first.click()
    await admin.sees("二维码已生成")
    await admin.look("account-codes", least=least)


async def the_message_log(admin: Eyes, hospital: Hospital, size: dict, least: int) -> None:
    """What one patient was told, and why a channel did not bring it."""
    ctx = hospital.ctx()
    key = f"apt{least}00"
    event = Event(
        id=f"{key}:1:0", type=CANCELLED.name, v=CANCELLED.version, at=ctx.wire_now(),
        inst=ctx.institution, subject=key, actor="system", trace=ctx.trace,
        data={**CANCELLED.example, "account": "acc-browser"},
    )  # fmt: skip
    await messages.tell(ctx, event)
    await sending.send_due(hospital.house.ctx(None))
    await menu(admin, "消息记录", size)
    await admin.page.goto(f"{hospital.url}/console/messages?subject={key}")
    await admin.page.locator("#list tr:has-text('预约已取消')").wait_for()
    await admin.sees("没有在该渠道登录过")
    await admin.look("messages", least=least)


@SIZES
async def test_the_administrators(hospital: Hospital, opened: Open, size: dict, least: int) -> None:
    admin = await opened(size)
    await sign_in(admin, hospital, "cheng-hao")
    await menu(admin, "搁置投递", size)
    await admin.look("dead-letters", least=least)
    await menu(admin, "平台渠道", size)
    await admin.look("channels", least=least)
    for n in range(await admin.page.get_by_role("button", name="自检").count()):
        await admin.page.get_by_role("button", name="自检").nth(n).click()
        await admin.sees("自检结果")
        await admin.look(f"channel-{n}", least=least)
    await the_service_account(admin, hospital, least)
    await the_message_log(admin, hospital, size, least)
    auditor = await opened(size)
    await sign_in(auditor, hospital, "xia-lan")
    await auditor.heading("操作审计").wait_for()
    await auditor.page.select_option("[name=source]", label="员工登录")
    await auditor.page.wait_for_url("**source=*")
    await auditor.sees("staff:signin:signed_in")
    await auditor.look("audit", least=least)
    await auditor.page.goto(f"{hospital.url}/console/settings")
    await auditor.heading("没有权限").wait_for()
    await auditor.look("forbidden", least=least)
