"""A patient finds a doctor, reads about them, keeps them, passes them on, and finds the way; the
office writes an introduction and prints a sign.
"""

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import PC
from tests.browser.test_console import sign_in
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.web.patient import paths

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
async def test_found_kept_and_passed_on(hospital: Hospital, opened: Open, scripts: bool) -> None:
    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, "li-jianguo" if scripts else "chen-xiaodong")
    if not scripts:
        kept = await eyes.page.context.storage_state()
        eyes = await opened(java_script_enabled=False, storage_state=kept)
    await eyes.page.goto(f"{hospital.url}{paths.HOME}")
    await eyes.page.fill("[name=q]", "lxq")
    await eyes.page.press("[name=q]", "Enter")
    await eyes.tap("林雪琴")
    await eyes.tap("医生介绍")
    await eyes.heading("近期出诊").wait_for()
    if scripts:
        await eyes.look("about")
    await eyes.page.get_by_role("button", name="收藏").click()
    await eyes.sees("已收藏")
    await eyes.tap("分享")
    await eyes.heading("分享给家人朋友").wait_for()
    if scripts:
        await eyes.look("share")
    await eyes.page.goto(f"{hospital.url}{paths.about(paths.department(heart()))}")
    await eyes.page.get_by_role("button", name="收藏").click()
    await eyes.sees("已收藏")
    if scripts:
        await eyes.look("department")
    await eyes.page.goto(f"{hospital.url}{paths.HOME}")
    if scripts:
        await eyes.look("home")
    await eyes.tap("院区导航")
    await eyes.page.locator("summary").first.click()
    await eyes.sees("门诊楼 3 层 A 区")
    if scripts:
        await eyes.look("sites")
    await eyes.page.goto(f"{hospital.url}{paths.FAVOURITES}")
    await eyes.tap("林雪琴")
    await eyes.tap("医生介绍")
    await eyes.tap("已收藏")
    await eyes.page.get_by_role("button", name="收藏").wait_for()
    if scripts:
        await searched_before(hospital, eyes)


async def searched_before(hospital: Hospital, eyes) -> None:
    """What this browser searched for is there until it is cleared."""
    await eyes.page.goto(f"{hospital.url}{paths.DEPARTMENTS}")
    await eyes.page.get_by_role("link", name="lxq", exact=True).wait_for()
    await eyes.look("searched")
    await eyes.page.goto(f"{hospital.url}{paths.DEPARTMENTS}?care=1")
    await eyes.look("searched-care", care=True)
    for name, path in (
        ("about", paths.about(paths.doctor(world.doctors()[1].id))),
        ("share", paths.share(paths.department(heart()))),
        ("sites", paths.HOSPITAL),
        ("favourites", paths.FAVOURITES),
    ):
        await eyes.page.goto(f"{hospital.url}{path}")
        await eyes.look(f"{name}-care", care=True)
    await eyes.page.goto(f"{hospital.url}{paths.DEPARTMENTS}?care=0")
    await eyes.tap("清空")
    await eyes.page.reload()
    await eyes.heading("热门科室").wait_for()
    assert await eyes.page.get_by_role("link", name="lxq", exact=True).count() == 0


def heart() -> str:
    return world.DEPARTMENTS["cardiology"].id


async def test_written_and_printed(hospital: Hospital, opened: Open) -> None:
    eyes = await opened(PC)
    await sign_in(eyes, hospital, "tao-hui")
    await eyes.page.goto(f"{hospital.url}/console/directory")
    await eyes.look("directory", least=24)
    await eyes.tap("编辑 周启明")
    await eyes.page.fill("[name=introduction]", "每周二上午带教门诊。")
    await eyes.look("introduction", least=24)
    await eyes.tap("保存")
    await eyes.sees("已保存")
    await eyes.tap("桌牌 心血管内科")
    await eyes.sees("微信扫一扫，预约挂号")
    await eyes.look("sign", least=24)
