"""Signing in inside Alipay over HTTP, against the platform's double."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.flows.test_identity_sign_in import PATIENTS, accounts_of, browser, code_of, consent, web
from tests.helpers.visitor import ALIPAY
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.demo import world

__all__ = ["browser", "web"]


async def alipay_way(web, browser, person: str) -> httpx.Response:
    """In Alipay's browser, from /signin until it is back."""
    return await browser.get(await consent(web, browser, person))


@pytest.fixture
async def in_alipay(web):
    async with web.client() as client:
        client.headers["User-Agent"] = ALIPAY
        yield client


async def test_inside_alipay_one_signs_in_by_alipay(web, in_alipay):
    begun = await in_alipay.get("/signin", params={"next": "/h5/people"})
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    channel = await institutions.channel_for(web.house.ctx(world.HOSPITAL.id), "alipay")
    assert (asked["app_id"], asked["scope"]) == ([channel.appid], ["auth_base"])
    assert asked["redirect_uri"] == [f"{web.sandbox.phone_url}/signin/alipay/{channel.id}"]
    before = await accounts_of(web)
    returned = await alipay_way(web, in_alipay, "crowd-90")
    assert (returned.status_code, returned.headers["Location"]) == (302, "/h5/people")
    assert (await in_alipay.get(PATIENTS)).json()["items"] == []
    (added,) = [one for one in await accounts_of(web) if one not in before]
    assert [(one["platform"], one["appid"]) for one in added["identities"]] == [
        ("alipay", channel.appid)
    ]
    await alipay_way(web, in_alipay, "crowd-90")
    assert len(await accounts_of(web)) == len(before) + 1


async def test_an_alipay_code_works_once(web, in_alipay):
    back = await consent(web, in_alipay, "crowd-91")
    code = parse_qs(urlsplit(back).query)["auth_code"][0]
    await in_alipay.get(back)
    async with web.client() as other:
        other.headers["User-Agent"] = ALIPAY
        begun = urlsplit((await other.get("/signin")).headers["Location"])
        state = parse_qs(begun.query)["state"][0]
        again = await other.get(f"{urlsplit(back).path}?auth_code={code}&state={state}")
        assert "publicAppAuthorize" in again.headers["Location"], "it begins anew"
        assert (await other.get(PATIENTS)).status_code == 401


async def test_alipays_mini_program_gets_a_bearer_token_for_the_same_person(web, in_alipay):
    await alipay_way(web, in_alipay, "crowd-93")
    before = len(await accounts_of(web))
    channel = await institutions.channel_for(web.house.ctx(world.HOSPITAL.id), "alipay")
    code, openid = (await web.control("alipay/auth_code", person="crowd-93")).values()
    command = {"channel": channel.id, "js_code": code}
    async with web.client() as mini:
        given = await mini.post("/api/v1/sessions", json=command)
        assert given.status_code == 201, given.text
        bearer = {"Authorization": f"Bearer {given.json()['token']}"}
        assert (await mini.get(PATIENTS, headers=bearer)).json()["items"] == []
        assert (await mini.get(PATIENTS)).status_code == 401
        told = await web.control("alipay/phone_number", person="crowd-93", phone="13900139093")
        body = {"channel": channel.id, "code": told["response"]}
        checked = await mini.put("/api/v1/account/phone", json=body, headers=bearer)
        assert checked.status_code == 200, checked.text
        forged = body | {"code": told["response"].replace('"sign": "', '"sign": "AAAA')}
        refused = await mini.put("/api/v1/account/phone", json=forged, headers=bearer)
        assert (refused.status_code, code_of(refused)) == (409, "alipay_phone_unproven")
        again = await mini.post("/api/v1/sessions", json=command)
        assert (again.status_code, code_of(again)) == (401, "alipay_code_used")
    assert len(await accounts_of(web)) == before
    [known] = [one for one in await accounts_of(web) if one["identities"][0]["openid"] == openid]
    assert [key for key in known["keys"] if key.startswith("phone:")]


async def test_a_channel_of_another_platform_is_no_way_back(web, in_alipay):
    back = urlsplit(await consent(web, in_alipay, "crowd-92"))
    refused = await in_alipay.get(f"{back.path.replace('alipay', 'wechat')}?{back.query}")
    assert (refused.status_code, (await in_alipay.get(PATIENTS)).status_code) == (409, 401)
