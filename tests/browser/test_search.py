"""A patient looks for a doctor by initials and books with them, also without scripts."""

import pytest

from tests.browser.conftest import Open
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.web.patient import paths

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
async def test_by_initials(hospital: Hospital, opened: Open, scripts: bool) -> None:
    eyes = await opened(java_script_enabled=scripts)
    await eyes.page.goto(f"{hospital.url}{paths.DEPARTMENTS}")
    await eyes.page.fill("[name=q]", "zqm")
    await eyes.page.press("[name=q]", "Enter")
    await eyes.sees("周启明 主任医师")
    if scripts:
        await eyes.look("found")
    await eyes.tap("周启明")
    await eyes.sees("高血压、冠心病")
    await eyes.page.goto(f"{hospital.url}{paths.DEPARTMENTS}?q=huoxing")
    await eyes.sees("没有找到相关科室")
