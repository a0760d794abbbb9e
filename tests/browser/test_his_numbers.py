"""A HIS owns the number and does not answer: the patient waits for it, with scripts and without,
and pays once it has said yes; or hears that the counter was faster.
"""

from datetime import timedelta

import pytest

from booking.locks import service as locks
from tests.browser.conftest import Open
from tests.helpers import his
from tests.helpers.desk import free_slots, hold
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.web.patient import paths

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASKING = "正在向医院确认号源"


async def test_the_number_is_asked_for_and_then_paid(
    hospital: Hospital, opened: Open, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.2)
    await his.owned_by_his(hospital)
    slot = free_slots(hospital, "dental")[0]
    await hospital.control("faults", endpoint=his.LOCKS, kind="hang", times=None)
    held = await hold(hospital, "li-jianguo", slot)

    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, "li-jianguo", paths.pay(held.id))
    await eyes.heading(ASKING).wait_for()
    await eyes.look("locking")
    kept = await eyes.page.context.storage_state()
    without = await opened(java_script_enabled=False, storage_state=kept)
    await without.page.goto(f"{hospital.phone_url}{paths.pay(held.id)}")
    await without.heading(ASKING).wait_for()

    await hospital.control("clear", what="faults")
    monkeypatch.undo()  # it may take its time again
    await hospital.move_clock(timedelta(minutes=1))
    await hospital.crank()
    await eyes.heading("确认并支付").wait_for()  # by itself
    await without.heading("确认并支付").wait_for()  # as the page said to the browser

    await his.sells(hospital, slot, 2)
    gone = await hold(hospital, "wang-xiulan", slot)
    late = await opened()
    await late.sign_in(hospital.phone_url, "wang-xiulan", paths.pay(gone.id))
    await late.heading("没有约上").wait_for()
    await late.sees("医院窗口刚刚挂出了这个号")
    await late.look("gone at the counter")
