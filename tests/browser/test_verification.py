"""A patient is verified, at the desk or by a code to the number that the hospital has, and decides
who may read; each at their own screen.
"""

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import PC
from tests.browser.test_console import sign_in
from tests.helpers import his
from tests.helpers.hospital import Hospital
from tests.helpers.identity import form
from wx_backend.entrypoints.web.patient import paths
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients import store

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("person", "name", "scripts"),
    [("zhao-lei", "赵磊", True), ("chen-xiaodong", "陈晓东", False)],
    ids=["scripts", "plain"],
)
async def test_at_the_desk_and_then_the_readers(
    hospital: Hospital, opened: Open, person: str, name: str, scripts: bool
) -> None:
    [own, *_] = await patients.mine(await hospital.acting(person))
    doc = await hospital.ctx().db(store.PATIENTS).get(own.patient_id)
    number = hospital.house.vault.open(doc["id_no"], f"patients.id_no:{own.patient_id}")
    child = await hospital.acting("crowd-63")
    await patients.add(child, form(number, name, "PARENT"))
    phone = await opened()
    await phone.sign_in(hospital.phone_url, person)
    if not scripts:
        kept = await phone.page.context.storage_state()
        phone = await opened(java_script_enabled=False, storage_state=kept)
    await phone.page.goto(f"{hospital.url}{paths.PEOPLE}")
    await phone.tap("去核验")
    code = await phone.page.inner_text(".serial b")
    if scripts:
        await phone.look("verify")

    desk = await opened(PC, java_script_enabled=scripts)
    await sign_in(desk, hospital, "zhao-ting")
    await desk.page.goto(f"{hospital.url}/console/people")
    await desk.page.fill("[name=id_no]", number)
    await desk.tap("查找")
    await desk.page.locator("tr:has-text('本人')").get_by_role("link", name="核验").wait_for()
    if scripts:
        await desk.look("claims", least=24)
    await desk.page.locator("tr:has-text('本人')").get_by_role("link", name="核验").click()
    for typed in ("000000", code):
        await desk.page.fill("#code", typed)
        await desk.page.select_option("#paper", "ID_CARD")
        await desk.page.fill("#reason", "本人到场，证件与本人一致")
        if scripts:
            await desk.look(f"claim-{'right' if typed == code else 'wrong'}", least=24)
        await desk.tap("确认核验")
    await desk.sees("已核验，患者现在可以在手机上查看报告")

    await phone.page.reload()
    await phone.sees("已核验，可以查看病历和报告")
    await phone.tap("返回就诊人")
    await phone.tap("谁在代我办理")
    await phone.tap("停止查看")
    await phone.sees("不能看报告")
    if scripts:
        await phone.look("readers")
        await phone.page.goto(f"{phone.page.url}?care=1")
        await phone.look("readers-care", care=True)
        await phone.page.goto(f"{hospital.url}{paths.verify_person(own.binding_id)}")
        await phone.look("verify-care", care=True)
    [seen] = [one for one in await patients.mine(child) if one.id_no.endswith(number[-4:])]
    assert (seen.payer, seen.reads) == (True, False)


async def test_by_a_code_of_the_hospital(hospital: Hospital, opened: Open) -> None:
    await his.knows_numbers(hospital)
    phone, messages = await opened(), await opened()
    await phone.sign_in(hospital.phone_url, "li-jianguo")
    await phone.page.goto(f"{hospital.url}{paths.PEOPLE}")
    await phone.tap("去核验")
    await phone.look("ways")
    await phone.tap("获取验证码")
    await phone.sees("验证码已发到尾号")
    await phone.look("code")
    await messages.page.goto(f"{hospital.phone_url}/__texts/")
    await messages.look("texts")
    [code] = await his.texts(hospital)
    await messages.sees(f"验证码 {code}")
    await phone.page.fill("#code", f"{(int(code) + 1) % 10**6:06}")
    await phone.tap("确认核验")
    await phone.sees("验证码不对")
    await phone.look("wrong")
    for query, care in (("lang=en-US", False), ("care=1&lang=zh-CN", True)):
        await phone.page.goto(f"{phone.page.url.partition('?')[0]}?{query}")
        await phone.look(query.partition("=")[0], care=care)
    await phone.page.fill("#code", code)
    await phone.tap("确认核验")
    await phone.sees("已核验，可以查看病历和报告")
    await phone.look("done", care=True)
