"""登录设备: a patient sees where the account is signed in, and ends it there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.helpers.hospital import Hospital
from tests.helpers.http import http_client
from tests.helpers.identity import form, id_no
from tests.helpers.visitor import Page, Visitor
from wx_backend.base.handler import SESSION, signed
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.patient import paths
from wx_backend.gateways.phone import VerifiedPhone
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.accounts import sessions, store
from wx_backend.identity.patients import service as patients

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
APART = ("alipay", "2088000000000777")
"""Where nobody knows yet that it is the same person."""
PERSON, STRANGER, NEW = "chen-xiaodong", "li-jianguo", "crowd-6001"
SESSIONS = "/api/v1/account/sessions"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0.50"


@pytest.fixture
async def hospital(mongo_uri, sandbox) -> AsyncIterator[Hospital]:
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


@pytest.fixture
async def visitor(hospital: Hospital) -> AsyncIterator[Visitor]:
    async with await hospital.client(PERSON) as patient:
        yield patient


async def mini_program(hospital: Hospital, person: str = PERSON) -> dict[str, str]:
    """Headers of a mini-program on an iPhone that has just signed in."""
    channel = await institutions.channel_for(hospital.ctx(), "wechat_mini")
    code = (await hospital.control("login_code", person=person))["code"]
    async with http_client(hospital.url, headers={"User-Agent": IPHONE}) as phone:
        body = {"channel": channel.id, "js_code": code}
        token = (await phone.post("/api/v1/sessions", json=body)).json()["token"]
    return {"Authorization": f"Bearer {token}"}


async def asked(hospital: Hospital, who: dict[str, str], method: str = "GET", path: str = SESSIONS):
    async with http_client(hospital.url, headers=who) as phone:
        return await phone.request(method, path)


async def devices_page(visitor: Visitor) -> Page:
    return await visitor.get((await visitor.get(paths.ACCOUNT)).link(paths.DEVICES))


async def test_a_mini_program_is_shown_and_ended_from_the_web(
    hospital: Hospital, visitor: Visitor
) -> None:
    mini = await mini_program(hospital)
    shown = await devices_page(visitor)
    assert "微信服务号" in shown.text
    assert "微信小程序 · iPhone" in shown.text
    [end] = [one for one in shown.forms if one.action.endswith("/end")]
    assert (await visitor.submit(end)).location == paths.DEVICES
    assert (await asked(hospital, mini)).status_code == 401
    assert "iPhone" not in (await devices_page(visitor)).text
    assert (await visitor.submit(end)).status == 404


async def test_all_others_end_and_this_one_stays(hospital: Hospital, visitor: Visitor) -> None:
    mini, again = await mini_program(hospital), await mini_program(hospital)
    page = await devices_page(visitor)
    assert (await visitor.submit(page.form(paths.END_OTHERS))).location == paths.DEVICES
    assert [(await asked(hospital, one)).status_code for one in (mini, again)] == [401, 401]
    assert "iPhone" not in (await devices_page(visitor)).text, "signed in, and alone"
    mini = await mini_program(hospital)
    ended = await asked(hospital, mini, "POST", f"{SESSIONS}/end-others")
    renewed = {"Authorization": f"Bearer {ended.json()['token']}"}
    [left] = (await asked(hospital, renewed)).json()["items"]
    assert (left["here"], left["platform"], left["kind"]) == (True, "wechat_mini", "iphone")
    assert (await asked(hospital, mini)).status_code == 401
    assert (await visitor.get(paths.DEVICES)).location == paths.sign_in(paths.DEVICES)
    for path in (f"{SESSIONS}/end-others", paths.END_OTHERS):
        nobody = await asked(hospital, {"Authorization": "Bearer x"}, "POST", path)
        assert nobody.status_code in (303, 401, 403), "a visitor ends nothing"
    assert (await asked(hospital, renewed)).status_code == 200


async def test_a_stranger_ends_and_sees_nothing(hospital: Hospital, visitor: Visitor) -> None:
    mini, stranger = await mini_program(hospital), await mini_program(hospital, STRANGER)
    [mine] = [one for one in (await asked(hospital, mini)).json()["items"] if one["here"]]
    assert mine["id"] not in (await asked(hospital, stranger)).text
    refused = await asked(hospital, stranger, "DELETE", f"{SESSIONS}/{mine['id']}")
    assert refused.status_code == 404
    assert (await asked(hospital, mini)).status_code == 200
    assert (await asked(hospital, mini, "DELETE", f"{SESSIONS}/{mine['id']}")).status_code == 204
    assert (await asked(hospital, mini)).status_code == 401


async def test_a_checked_number_keeps_the_session_and_signing_out_ends_it(
    hospital: Hospital,
) -> None:
    mini = await mini_program(hospital)
    channel = await institutions.channel_for(hospital.ctx(), "wechat_mini")
    code = (await hospital.control("phone_code", person=PERSON, phone="13900139000"))["code"]
    async with http_client(hospital.url, headers=mini) as phone:
        body = {"channel": channel.id, "code": code}
        token = (await phone.put("/api/v1/account/phone", json=body)).json()["token"]
        renewed = {"Authorization": f"Bearer {token}"}
        listed = (await phone.get(SESSIONS, headers=renewed)).json()["items"]
        assert [one["here"] for one in listed] == [True]
        assert (await phone.post("/signout", headers=renewed)).status_code == 204
    assert (await asked(hospital, mini)).status_code == 401


async def test_a_session_goes_along_when_its_account_becomes_another(hospital: Hospital) -> None:
    number = VerifiedPhone("13900139000")
    elder, younger = [await hospital.acting(NEW, *one) for one in (("wechat",), APART)]
    card = id_no("1960-01-01", 7)
    for ctx in (elder, younger):
        added = await patients.add(ctx, form(card, "李建国", "SELF"))
        await patients.verify(hospital.ctx(), added.binding_id, "DESK")
    await accounts.claim_phone(elder, elder.actor.id, number)
    claims = sessions.issue(younger.actor.id, younger.channel, younger.institution, 1)
    who = {"Authorization": f"Bearer {signed(hospital.house, SESSION, claims)}"}
    channel = await institutions.channel_for(hospital.ctx(), "wechat_mini")
    code = (await hospital.control("phone_code", person=NEW, phone=number.number))["code"]
    async with http_client(hospital.url, headers=who) as phone:
        given = await phone.put("/api/v1/account/phone", json={"channel": channel.id, "code": code})
    assert given.status_code == 200, given.text
    assert (await asked(hospital, who)).status_code == 401, "that account is no more"
    renewed = {"Authorization": f"Bearer {given.json()['token']}"}
    [here, *_] = (await asked(hospital, renewed)).json()["items"]
    assert (here["id"], here["here"]) == (claims["id"], True)


async def test_use_is_written_down_apart_from_requests(hospital: Hospital) -> None:
    mini = await mini_program(hospital)
    await accounts.write_down_used(hospital.house)
    table = hospital.house.db.raw("logins")
    await table.update_many({}, {"$set": {"used": LONG_AGO}})
    before = hospital.house.db.calls["logins.change_each"]
    await asked(hospital, mini)
    assert hospital.house.db.calls["logins.change_each"] == before
    assert await accounts.write_down_used(hospital.house) == 1
    [doc] = await table.find({"used": {"$gt": LONG_AGO}}).to_list(2)
    assert doc["platform"] == "wechat_mini"


async def test_what_has_run_out_is_forgotten(hospital: Hospital) -> None:
    await mini_program(hospital)
    table = hospital.house.db.raw("logins")
    assert await store.forget_over(hospital.ctx()) == 0
    await table.update_many({}, {"$set": {"until": LONG_AGO}})
    assert await store.forget_over(hospital.ctx()) == 1
