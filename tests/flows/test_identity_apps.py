"""One person in two applications at WeChat, which call them by two openids."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.flows.test_identity_sign_in import accounts_of, mini_program, sign_in
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from tests.helpers.web import whole_web
from wx_backend.entrypoints.sandbox.people import by_key

pytestmark = IN_ONE_LOOP
INFO = "/wx/cgi-bin/user/info"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(mongo_uri, sandbox):
    async with whole_web(mongo_uri, sandbox) as web:
        yield web


@fixture
async def browser(web):
    async with web.client() as client:
        yield client


@fixture
async def untied(web) -> AsyncIterator[None]:
    """The applications hang on no open platform."""
    await web.control("open_platform", tied=False)
    yield
    await web.control("open_platform", tied=True)


async def accounts_known_as(web, person: str) -> list[dict]:
    """Those that still have a name of the person, in either application."""
    names = {by_key(person).openid, by_key(person).mini_openid}
    found = [one for one in await accounts_of(web) if one["state"] == "ACTIVE"]
    return [one for one in found if names & {each["openid"] for each in one["identities"]}]


@pytest.mark.parametrize("person", ["li-jianguo", "crowd-201"])
async def test_who_follows_the_account_is_the_same_in_the_mini_program(web, browser, person):
    """WeChat tells the account of its follower what the mini-program hears as well."""
    await sign_in(web, browser, person)
    await mini_program(web, person)
    [account] = await accounts_known_as(web, person)
    assert {one["platform"]: one["openid"] for one in account["identities"]} == {
        "wechat": by_key(person).openid,
        "wechat_mini": by_key(person).mini_openid,
    }


async def test_what_is_known_is_not_asked_again_and_nobody_is_kept_out(web, browser):
    await mini_program(web, "crowd-202")
    [first] = await accounts_known_as(web, "crowd-202")
    await sign_in(web, browser, "crowd-202")
    [account] = await accounts_known_as(web, "crowd-202")
    assert account["_id"] == first["_id"]
    await web.control("faults", endpoint=INFO, kind="busy", times=1)
    await sign_in(web, browser, "crowd-202")  # what is known is not asked again
    await sign_in(web, browser, "crowd-204")  # nobody is kept out: WeChat does not tell
    [account] = await accounts_known_as(web, "crowd-204")
    assert not [key for key in account["keys"] if key.startswith("unionid:")]


async def test_without_a_unionid_they_are_two_until_it_is_known(web, browser, untied):
    await sign_in(web, browser, "crowd-203")
    channel, who = await mini_program(web, "crowd-203")
    code = (await web.control("phone_code", person="crowd-203"))["code"]
    body = {"channel": channel, "code": code}
    assert (await browser.put("/api/v1/account/phone", json=body, headers=who)).status_code == 200
    known = await accounts_known_as(web, "crowd-203")
    assert len(known) == 2, "a number alone makes nobody one"
    await web.control("open_platform", tied=True)
    await sign_in(web, browser, "crowd-203")
    await mini_program(web, "crowd-203")
    [account] = await accounts_known_as(web, "crowd-203")
    assert len(account["identities"]) == 2
