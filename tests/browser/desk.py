"""The steps of the desk in a browser: somebody new, and a number for them that is held."""

from tests.browser.eyes import Eyes
from tests.helpers.desk import free_slots
from tests.helpers.hospital import Hospital
from tests.helpers.identity import id_no
from wx_backend.base.masking import mask_name


async def enrol(eyes: Eyes, name: str, born: str, number: int) -> None:
    """From the desk's first page: who has no chart yet gets one."""
    await eyes.page.fill("#name", name)
    await eyes.page.fill("#id_no", id_no(born, number))
    await eyes.tap("建档并挂号")
    await eyes.heading(mask_name(name)).wait_for()


async def choose(eyes: Eyes, hospital: Hospital) -> str:
    """Tomorrow's first free number of neurology is marked; returns the date."""
    tomorrow = free_slots(hospital, "neurology")[0].visit_date
    await eyes.page.select_option("[name=department]", label="神经内科")
    await eyes.page.wait_for_url("**department=*")
    await eyes.page.select_option("[name=date]", value=tomorrow)
    await eyes.page.wait_for_url(f"**date={tomorrow}*")
    await eyes.page.locator("#list [name=slot]:not([disabled])").first.check()
    return tomorrow


async def give(eyes: Eyes) -> None:
    """The marked number is theirs, to be paid."""
    await eyes.page.get_by_role("button", name="挂号", exact=True).click()
    await eyes.sees("已占号，请收款")
