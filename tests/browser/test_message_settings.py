"""A patient says which messages come to the phone, and when it is quiet; without scripts, too."""

import pytest

from notify.messages import service as messages
from tests.browser.conftest import Open
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.web.patient import paths

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERSON = "chen-xiaodong"


async def test_chosen_kept_and_refused(hospital: Hospital, opened: Open) -> None:
    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, PERSON)
    await eyes.page.goto(f"{hospital.url}{paths.MESSAGES}")
    await eyes.tap("设置")
    await eyes.heading("消息提醒设置").wait_for()
    await eyes.look("settings")
    await eyes.page.select_option("#payment", "important")
    await eyes.page.fill("#quiet_from", "22:00")
    await eyes.tap("保存")
    await eyes.sees("处需要修改")
    await eyes.look("wrong")
    plain = await opened(
        java_script_enabled=False, storage_state=await eyes.page.context.storage_state()
    )
    await plain.page.goto(f"{hospital.url}{paths.MESSAGE_SETTINGS}?care=1")
    await plain.page.select_option("#payment", "important")
    await plain.page.fill("#quiet_from", "22:00")
    await plain.page.fill("#quiet_to", "07:00")
    await plain.tap("保存")
    await plain.sees("已保存")
    ctx = await hospital.acting(PERSON)
    kept = await messages.preferences(ctx, ctx.actor.id)
    assert (kept.payment, kept.quiet_from, kept.quiet_to) == ("important", "22:00", "07:00")
    await eyes.page.goto(f"{hospital.url}{paths.MESSAGE_SETTINGS}?care=1")
    await eyes.look("settings-care", care=True)
