"""Signing in over HTTP, against the platforms' double: service account and mini-program."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from tests.helpers.http import http_client
from tests.helpers.identity import id_no
from tests.helpers.web import whole_web
from wx_backend.base.handler import SESSION, signed
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.sandbox import people as wechat_users
from wx_backend.identity.accounts import sessions

PATIENTS = "/api/v1/patients"


@pytest.fixture
async def web(mongo_uri, sandbox):
    async with whole_web(mongo_uri, sandbox) as web:
        yield web


@pytest.fixture
async def browser(web):
    async with web.client() as client:
        yield client


def path_of(address: str) -> str:
    """A redirect to the public address, as a path of the served one."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def consent(web, browser, person: str, next_path: str = "/h5/people") -> str:
    """From /signin to the platform's consent; where the platform sends the browser back to."""
    begun = await browser.get("/signin", params={"next": next_path})
    assert begun.status_code == 302
    page = begun.headers["Location"].split("#")[0]
    async with http_client() as phone:
        back = await phone.get(f"{page}&as={person}")
    return path_of(back.headers["Location"])


async def sign_in(web, browser, person: str = "chen-xiaodong") -> httpx.Response:
    return await browser.get(await consent(web, browser, person))


async def accounts_of(web) -> list[dict]:
    return await web.house.db.raw("accounts").find().sort("_id").to_list(None)


def code_of(answer: httpx.Response) -> str:
    return answer.json()["error"]["code"]


async def test_the_way_to_the_platform(web, browser):
    begun = await browser.get("/signin")
    address = begun.headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    channel = await institutions.channel_for(web.house.ctx(world.HOSPITAL.id), "wechat")
    assert address.startswith(f"{web.sandbox.url}/open/connect/oauth2/authorize?")
    assert address.endswith("#wechat_redirect")
    assert asked["appid"] == channel.appid
    assert asked["scope"] == "snsapi_base"
    assert asked["redirect_uri"] == f"{web.sandbox.phone_url}/signin/wechat/{channel.id}"
    assert asked["state"].isalnum()


async def test_signed_in_and_back_where_one_was_going(web, browser):
    returned = await sign_in(web, browser)
    assert (returned.status_code, returned.headers["Location"]) == (302, "/h5/people")
    listed = (await browser.get(PATIENTS)).json()
    assert [one["name"] for one in listed["items"]] == ["陈*东"]
    assert listed["places_left"] == 4


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(web, browser):
    returned = await sign_in(web, browser)
    cookie = next(
        line for line in returned.headers.get_list("Set-Cookie") if line.startswith("session=")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_the_same_person_is_the_same_account(web, browser):
    await sign_in(web, browser)
    before = await accounts_of(web)
    await sign_in(web, browser)
    assert await accounts_of(web) == before


async def mini_program(web, person: str = "chen-xiaodong") -> tuple[str, dict[str, str]]:
    """Its channel, and the headers of somebody who has signed in through it."""
    channel = await institutions.channel_for(web.house.ctx(world.HOSPITAL.id), "wechat_mini")
    code = (await web.control("login_code", person=person))["code"]
    async with web.client() as phone:
        body = {"channel": channel.id, "js_code": code}
        token = (await phone.post("/api/v1/sessions", json=body)).json()["token"]
    return channel.id, {"Authorization": f"Bearer {token}"}


async def test_a_mini_program_has_its_persons_number_checked(web, browser):
    channel, who = await mini_program(web)
    code = (await web.control("phone_code", person="chen-xiaodong", phone="13900139000"))["code"]
    body = {"channel": channel, "code": code}
    given = await browser.put("/api/v1/account/phone", json=body, headers=who)
    assert given.status_code == 200
    renewed = {"Authorization": f"Bearer {given.json()['token']}"}
    assert (await browser.get(PATIENTS, headers=renewed)).status_code == 200
    before = await accounts_of(web)
    assert [key for one in before for key in one["keys"] if key.startswith("phone:")]
    assert "13900139000" not in str(before)
    again = await browser.put("/api/v1/account/phone", json=body, headers=who)
    assert (again.status_code, code_of(again)) == (409, "phone_code_used")
    forged = await browser.put("/api/v1/account/phone", json={**body, "code": "x"}, headers=who)
    assert (forged.status_code, code_of(forged)) == (409, "phone_code_used")
    assert await accounts_of(web) == before


async def test_a_number_is_checked_only_by_a_mini_program(web, browser):
    _, who = await mini_program(web)
    office = await institutions.channel_for(web.house.ctx(world.HOSPITAL.id), "wechat")
    before = await accounts_of(web)
    code = (await web.control("phone_code", person="chen-xiaodong"))["code"]
    body = {"channel": office.id, "code": code}
    refused = await browser.put("/api/v1/account/phone", json=body, headers=who)
    assert (refused.status_code, code_of(refused)) == (409, "no_channel")
    assert await accounts_of(web) == before


async def test_a_stranger_gets_an_account(web, browser):
    before = await accounts_of(web)
    await sign_in(web, browser, "crowd-77")
    openid = wechat_users.by_key("crowd-77").openid
    (added,) = [one for one in await accounts_of(web) if one not in before]
    assert [one["openid"] for one in added["identities"]] == [openid]


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test/", "/\\evil.test", ""])
async def test_nobody_is_sent_elsewhere(web, browser, elsewhere):
    returned = await browser.get(await consent(web, browser, "chen-xiaodong", elsewhere))
    assert returned.headers["Location"] == "/"


async def test_a_snapshot_visitor_is_told_what_to_do(web, browser):
    before = await accounts_of(web)
    refused = await sign_in(web, browser, "kuaizhao")
    assert refused.status_code == 403
    assert "使用完整服务" in refused.text
    assert await accounts_of(web) == before
    assert (await browser.get(PATIENTS)).status_code == 401


async def test_another_browser_cannot_use_the_state(web, browser):
    back = await consent(web, browser, "chen-xiaodong")
    async with web.client() as other:
        refused = await other.get(back)
        assert refused.status_code == 401
        assert (await other.get(PATIENTS)).status_code == 401
    assert (await browser.get(back)).status_code == 302


async def test_nobody_is_signed_in_as_somebody_else_by_a_link(web, browser):
    await browser.get("/signin")
    async with web.client() as attacker:
        link = await consent(web, attacker, "crowd-79")
    refused = await browser.get(link)
    assert refused.status_code == 401
    assert (await browser.get(PATIENTS)).status_code == 401


async def test_a_state_is_used_once(web, browser):
    back = await consent(web, browser, "crowd-78")
    kept = dict(browser.cookies)
    await browser.get(back)
    async with web.client() as other:
        other.cookies.update(kept)
        restarted = await other.get(back)
        assert "connect/oauth2/authorize" in restarted.headers["Location"]
        assert (await other.get(PATIENTS)).status_code == 401


async def test_the_back_button_after_signing_in_does_no_harm(web, browser):
    back = await consent(web, browser, "chen-xiaodong")
    await browser.get(back)
    again = await browser.get(back)
    assert (again.status_code, again.headers["Location"]) == (302, "/")


async def test_a_used_code_starts_again_and_not_for_ever(web, browser):
    back = await consent(web, browser, "chen-xiaodong")
    code = parse_qs(urlsplit(back).query)["code"][0]
    await browser.get(back)
    async with web.client() as other:
        answer = await other.get("/signin")
        for _ in range(2):
            page = urlsplit(answer.headers["Location"])
            state = parse_qs(page.query)["state"][0]
            answer = await other.get(f"{urlsplit(back).path}?code={code}&state={state}")
            assert answer.status_code == 302
        state = parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]
        answer = await other.get(f"{urlsplit(back).path}?code={code}&state={state}")
        assert answer.status_code == 401
        assert (await other.get(PATIENTS)).status_code == 401


async def test_an_unknown_channel_is_not_found(web, browser):
    back = await consent(web, browser, "chen-xiaodong")
    query = urlsplit(back).query
    assert (await browser.get(f"/signin/wechat/chnnone?{query}")).status_code == 404


async def mini_code(web, person: str) -> str:
    return (await web.control("login_code", person=person))["code"]


async def mini_channel(web) -> str:
    ctx = web.house.ctx(world.HOSPITAL.id)
    return (await institutions.channel_for(ctx, "wechat_mini")).id


async def test_a_mini_program_gets_a_bearer_token_for_the_same_person(web, browser):
    await sign_in(web, browser)
    before = {one["_id"] for one in await accounts_of(web)}
    command = {"channel": await mini_channel(web), "js_code": await mini_code(web, "chen-xiaodong")}
    async with web.client() as mini:
        answer = await mini.post("/api/v1/sessions", json=command)
        assert answer.status_code == 201
        bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
        listed = await mini.get(PATIENTS, headers=bearer)
        assert [one["name"] for one in listed.json()["items"]] == ["陈*东"]
        assert (await mini.get(PATIENTS)).status_code == 401
    assert {one["_id"] for one in await accounts_of(web)} == before


async def test_a_mini_programs_code_works_once(web):
    command = {"channel": await mini_channel(web), "js_code": await mini_code(web, "chen-xiaodong")}
    async with web.client() as mini:
        assert (await mini.post("/api/v1/sessions", json=command)).status_code == 201
        again = await mini.post("/api/v1/sessions", json=command)
    assert (again.status_code, code_of(again)) == (401, "wechat_code_used")


async def test_a_mini_program_cannot_come_through_a_service_account(web):
    ctx = web.house.ctx(world.HOSPITAL.id)
    channel = await institutions.channel_for(ctx, "wechat")
    command = {"channel": channel.id, "js_code": await mini_code(web, "chen-xiaodong")}
    async with web.client() as mini:
        refused = await mini.post("/api/v1/sessions", json=command)
    assert (refused.status_code, code_of(refused)) == (409, "no_channel")


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer 2|1:0|"])
async def test_a_made_up_token_is_nobody(web, browser, token):
    await sign_in(web, browser)
    refused = await browser.get(PATIENTS, headers={"Authorization": token})
    assert refused.status_code == 401


async def test_a_token_of_another_purpose_or_key_is_nobody(web, browser):
    claims = sessions.issue("acc1", "chn1", world.HOSPITAL.id, 1)
    for purpose, secret in (("signin", "s" * 32), (SESSION, "t" * 32)):
        forged = signed(_with_secret(web.house, secret), purpose, claims)
        answer = await browser.get(PATIENTS, headers={"Authorization": f"Bearer {forged}"})
        assert answer.status_code == 401
    good = signed(web.house, SESSION, claims)
    answer = await browser.get(PATIENTS, headers={"Authorization": f"Bearer {good}"})
    assert answer.status_code == 200


def _with_secret(house, secret: str):
    return replace(house, settings=msgspec.structs.replace(house.settings, secret=secret))


async def bearer_of(web, person: str) -> dict[str, str]:
    command = {"channel": await mini_channel(web), "js_code": await mini_code(web, person)}
    async with web.client() as mini:
        answer = await mini.post("/api/v1/sessions", json=command)
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_signing_out_ends_this_session_only(web):
    one, two = await bearer_of(web, "li-jianguo"), await bearer_of(web, "li-jianguo")
    async with web.client() as mini:
        assert (await mini.post("/signout", headers=one)).status_code == 204
        assert (await mini.get(PATIENTS, headers=one)).status_code == 401
        assert (await mini.get(PATIENTS, headers=two)).status_code == 200


async def test_a_browser_signs_out_with_its_token_only(web, browser):
    await sign_in(web, browser)
    refused = await browser.post("/signout")
    assert refused.status_code == 403
    assert (await browser.get(PATIENTS)).status_code == 200
    xsrf = "0123456789abcdef0123456789abcdef"
    browser.cookies.set("_xsrf", xsrf)
    done = await browser.post("/signout", data={"_xsrf": xsrf, "next": "/h5/"})
    assert (done.status_code, done.headers["Location"]) == (303, "/h5/")
    assert (await browser.get(PATIENTS)).status_code == 401


async def test_people_over_json(web):
    mine, other = await bearer_of(web, "crowd-80"), await bearer_of(web, "crowd-81")
    wish = {
        "name": "王小明",
        "id_no": id_no("1960-01-01"),
        "phone": "13800138000",
        "relation": "SELF",
        "agreed": True,
    }
    async with web.client() as mini:
        added = await mini.post(PATIENTS, json=wish, headers=mine)
        assert added.status_code == 201
        person = added.json()
        assert person["name"] == "王*明"
        assert "1960" not in added.text
        here = f"{PATIENTS}/{person['binding_id']}"
        for call in (mini.delete(here, headers=other), mini.put(f"{here}/default", headers=other)):
            answer = await call
            assert (answer.status_code, code_of(answer)) == (404, "not_found")
        assert (await mini.put(f"{here}/default", headers=mine)).status_code == 204
        wrong = await mini.post(PATIENTS, json={**wish, "admin": True}, headers=mine)
        assert (wrong.status_code, code_of(wrong)) == (422, "invalid")
        assert (await mini.delete(here, headers=mine)).status_code == 204
        assert (await mini.get(PATIENTS, headers=mine)).json()["items"] == []


WEB_VIEW = {"User-Agent": "Mozilla/5.0 MicroMessenger/8.0.50 miniProgram/wx1"}


async def entry(web, who: dict[str, str], page: str = "/h5/people") -> str:
    """The address that signs the web-view in, without our own host."""
    async with web.client() as mini:
        asked = {"next": page}
        answer = await mini.post("/api/v1/sessions/entries", json=asked, headers=who)
    assert answer.status_code == 201
    parts = urlsplit(answer.json()["url"])
    return f"{parts.path}?{parts.query}"


async def test_a_mini_program_shows_our_pages_to_its_own_person_once(web, browser):
    _, who = await mini_program(web)
    address = await entry(web, who)
    shown = await browser.get(address, headers=WEB_VIEW)
    assert (shown.status_code, shown.headers["Location"]) == (302, "/h5/people")
    assert (await browser.get(PATIENTS)).status_code == 200
    async with web.client() as other:
        again = await other.get(address, headers=WEB_VIEW)
        assert again.status_code == 401
        assert (await other.get(PATIENTS)).status_code == 401


async def test_no_link_makes_a_browser_somebody_else_s(web, browser):
    _, who = await mini_program(web)
    address = await entry(web, who, "https://elsewhere.example/")
    assert (await browser.get(address)).status_code == 401
    shown = await browser.get(address, headers=WEB_VIEW)
    assert shown.headers["Location"] == "/h5/"
    for forged in ("/signin/mini", "/signin/mini?entry=x", f"{await entry(web, who)}x"):
        async with web.client() as other:
            assert (await other.get(forged, headers=WEB_VIEW)).status_code == 401
    async with web.client() as nobody:
        assert (await nobody.post("/api/v1/sessions/entries", json={})).status_code == 401
