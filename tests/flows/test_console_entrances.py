"""The service account's menu and codes at the console, and the command for the menu; accounts that
their platforms refuse.
"""

import argparse

import pytest

from notify.outages import service as outages
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.cli import menu

pytestmark = IN_ONE_LOOP

PATH = "/console/channels"
MINE = '{"button": [{"name": "挂号", "type": "view", "url": "/h5/"}]}'


@fixture
async def admin(hospital, signed_in):
    """Before the account's first menu."""
    await hospital.control("clear", what="all")
    await hospital.house.db.raw("menus").delete_many({})
    return await signed_in("cheng-hao")


@pytest.fixture
def command(hospital, monkeypatch):
    """Runs ``wx-backend menu`` on the hospital's database; its exit code."""
    monkeypatch.setattr(wiring, "build", lambda settings: hospital.house)
    monkeypatch.setattr(wiring, "close", lambda house: None)
    monkeypatch.setattr(menu.settings, "load", lambda: hospital.house.settings)

    async def run(*words: str) -> int:
        parser = argparse.ArgumentParser()
        menu.configure(parser)
        return await menu._run(parser.parse_args(words))

    return run


async def service_account(hospital) -> str:
    """Its page, without a menu at the platform yet."""
    channel = await institutions.channel_for(hospital.ctx(), "wechat")
    return f"{PATH}/{channel.id}"


async def sent(admin, page: str, **fields: str):
    """Sends the form of the page that posts to the page itself; the answer."""
    shown = await admin.get(page)
    forms = [one for one in shown.forms if one.action == page and one.method == "post"]
    return await admin.submit(forms[0], **fields)


async def test_a_menu_is_seen_changed_and_published(hospital, admin):
    page = f"{await service_account(hospital)}/menu"
    before = await admin.get(page)
    assert "与患者看到的不同" in before.text and "就诊人 → 打开网页 /h5/people" in before.text
    shown = await admin.act(page, f"{page}/publish")
    assert (shown.status, shown.location) == (303, page)
    assert "与患者看到的一致" in (await admin.get(page)).text

    kept = await sent(admin, page, menu=MINE)
    assert kept.status == 303
    assert "与患者看到的不同" in (await admin.get(page)).text
    for text, words in (("{", "读不出菜单"), ('{"button": []}', "1 到 3 个")):
        refused = await sent(admin, page, menu=text)
        assert refused.status == 422 and words in refused.text


async def test_a_platform_that_says_no_is_told_and_what_is_ours_is_kept(hospital, admin):
    page = f"{await service_account(hospital)}/menu"
    await hospital.control("faults", endpoint="*selfmenu_info", kind="busy", times=3)
    await hospital.control("faults", endpoint="*/menu/create", kind="refused", value=48001)
    assert "暂时查不到" in (await admin.get(page)).text
    refused = await admin.act(page, f"{page}/publish")
    assert refused.status == 502 and "使用帮助" in refused.text
    await hospital.control("clear", what="faults")


async def test_codes_of_departments_and_doctors(hospital, admin):
    page = f"{await service_account(hospital)}/codes"
    assert "生成" in (await admin.get(page)).text
    assert (await sent(admin, page)).status == 303
    assert "下载" in (await admin.get(page)).text
    doctors = await admin.get(f"{page}?kind=d")
    assert "周启明 主任医师" in doctors.text and "下载" not in doctors.text
    mini = await institutions.channel_for(hospital.ctx(), "wechat_mini")
    assert (await admin.get(f"{PATH}/{mini.id}/codes")).status == 404


async def test_the_command_says_where_menus_differ(admin, command, capsys, tmp_path):
    assert await command("--channel", "none") == 1
    assert await command() == 1
    assert "+ 预约挂号 → 打开网页" in capsys.readouterr().out
    assert await command("--publish") == 0
    wanted = tmp_path / "menu.json"
    wanted.write_text(MINE, "utf-8")
    assert await command("--file", str(wanted)) == 1
    assert "- 我的预约" in capsys.readouterr().out
    assert await command("--publish") == 0


async def test_an_account_that_a_platform_refuses_is_seen_wherever_one_looks(
    hospital, admin, monkeypatch
):
    channel = await institutions.channel_for(hospital.ctx(), "wechat_pay")
    for heard, shown in (
        ({"": "SIGN_ERROR", "pay": "NO_AUTH"}, True),
        ({"": "", "pay": ""}, False),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(hospital.house.gateways, "news", lambda heard=heard: {channel.id: heard})
            await outages.hear(hospital.house)
        page = await admin.get(PATH)
        for words in ("平台不认可该账号，返回 SIGN_ERROR", "平台拒绝 pay，返回 NO_AUTH"):
            assert (words in page.text) == shown
        assert (f"微信支付 {channel.mchid}" in (await admin.get("/console/tasks")).text) == shown
        health = await admin.http.get(f"{hospital.url}/health/ready")
        told = "AccountsUnusable" if shown else "ok"
        assert (health.status_code, health.json()["checks"]["accounts"]) == (200, told)
