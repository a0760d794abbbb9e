"""Staff choose passwords that are not soon guessed, and are told of changes to their sign-in."""

import asyncio
from dataclasses import replace

import pytest

from notify.messages import service as messages
from tests.helpers.console import code_for
from tests.helpers.hospital import Hospital
from wx_backend.base.context import Origin
from wx_backend.entrypoints.demo import staff
from wx_backend.identity.signin import devices
from wx_backend.identity.signin import service as signin

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGN_IN, ME = "/console/signin", "/console/me"
GOOD, BETTER = "Ginkgo-leaf-7", "Ginkgo-leaf-and-8"
NEW_DEVICE = "您的账号在新设备上登录"


async def told(hospital: Hospital, key: str) -> list[str]:
    """Titles of all that the member is told; due work is done before."""
    await hospital.crank()
    page = await messages.inbox(hospital.ctx(), staff.BY_KEY[key].id)
    return sorted(one.title for one in page.items)


async def code_of(hospital: Hospital, key: str, secret: str) -> str:
    await code_for(hospital.house, key)  # codes of this half minute may be given again
    return signin.app_code(secret, hospital.house.wire.now())


def chosen(password: str) -> dict[str, str]:
    return {"password": password, "again": password}


async def test_each_change_is_told_and_nothing_secret(hospital, browsers):
    """An account's first password, app, recovery codes, one of them used, another password."""
    who, mine = staff.BY_KEY["pan-yue"], browsers()
    first = await signin.hand_out(hospital.ctx(), who.id)
    await mine.give_password(who.number, first)
    await mine.act(f"{SIGN_IN}/password", f"{SIGN_IN}/password", **chosen(GOOD))
    page = await mine.get(f"{SIGN_IN}/enrol")
    secret = next(word for word in page.text.split() if len(word) == 32)
    code = await code_of(hospital, "pan-yue", secret)
    assert (await mine.submit(page.form(f"{SIGN_IN}/enrol"), code=code)).status == 200
    said = ["密码与身份验证器已设置", "管理员发放了新的初始密码"]
    assert await told(hospital, "pan-yue") == sorted(said)

    code = await code_of(hospital, "pan-yue", secret)
    shown = await mine.act(ME, f"{ME}/recovery", code=code)
    spare = next(word for word in shown.text.split() if len(word) == 11 and word[5] == "-")
    other = browsers()
    await other.give_password(who.number, GOOD)
    assert (await other.give_code(spare)).status == 303
    said += ["恢复码已重新生成", "使用恢复码登录了工作台", NEW_DEVICE]
    assert await told(hospital, "pan-yue") == sorted(said)

    await other.act(ME, f"{ME}/password", current=GOOD, **chosen(BETTER))
    assert await told(hospital, "pan-yue") == sorted([*said, "登录密码已修改"])
    page = await other.get(ME)
    assert "还剩 9 个恢复码" in page.text
    assert not [one for one in (first, secret, code, spare, GOOD, BETTER) if one in page.text]


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("Ginkgo-leaf", "至少 12 位"),
        ("Password123!", "太常见"),
        ("Taohui@20261122", "与本人"),
    ],
)
async def test_a_password_that_is_soon_guessed_is_not_taken(hospital, browsers, weak, why):
    browser, number = await browsers().enter("tao-hui"), staff.BY_KEY["tao-hui"].number
    refused = await browser.act(ME, f"{ME}/password", current=staff.PASSWORD, **chosen(weak))
    assert refused.status == 422
    assert why in refused.text
    assert (await browser.give_password(number)).status == 303, "the old one still works"


async def test_a_password_from_before_a_longer_one_was_asked_for_still_works(hospital, browsers):
    await hospital.decides("identity.password_length", 14)
    browser = await browsers().enter("yu-xin")
    refused = await browser.act(ME, f"{ME}/password", current=staff.PASSWORD, **chosen(GOOD))
    assert refused.status == 422
    assert "至少 14 位" in refused.text
    await hospital.decides("identity.password_length", 12)


async def test_a_new_browser_is_told_of_and_a_known_one_is_not(hospital, browsers):
    one, other, nameless = browsers(), browsers(), browsers()
    await one.enter("han-li")
    await one.enter("han-li")
    assert await told(hospital, "han-li") == [], "the first one is remembered"
    await other.enter("han-li")
    await other.enter("han-li")
    assert await told(hospital, "han-li") == [NEW_DEVICE]
    await nameless.give_password(staff.BY_KEY["han-li"].number)
    page = await nameless.get(f"{SIGN_IN}/code")
    nameless.http.cookies.delete("device")
    code = await code_for(hospital.house, "han-li")
    assert (await nameless.submit(page.form(f"{SIGN_IN}/code"), code=code)).status == 303
    assert await told(hospital, "han-li") == [NEW_DEVICE] * 2, "who keeps no cookies is new"
    kept = await hospital.house.db.raw("credentials").find_one({"_id": staff.BY_KEY["han-li"].id})
    assert len(kept["devices"]) == 2
    assert not [one for one in (one, other) if one.http.cookies["device"] in str(kept)]


async def test_two_new_browsers_at_once_are_told_of_twice_and_one_twice_once(hospital, browsers):
    await browsers().enter("liang-jing")
    ctx, member = hospital.ctx(), staff.BY_KEY["liang-jing"].id
    seen = [replace(ctx, origin=Origin("", name)) for name in ("dev1", "dev1", "dev2")]
    await asyncio.gather(*(devices.meet(one, member) for one in seen))
    assert await told(hospital, "liang-jing") == [NEW_DEVICE] * 2


async def test_the_bell_counts_what_one_was_told_until_one_has_seen_it(hospital, browsers):
    browser = await browsers().enter("cheng-hao")
    await browsers().enter("cheng-hao")
    await hospital.crank()
    page = await browser.get("/console/staff")
    assert "我的消息，1 条未读" in page.html
    assert NEW_DEVICE in (await browser.get(page.link(f"{ME}#"))).text
    assert "条未读" not in (await browser.get("/console/staff")).html
