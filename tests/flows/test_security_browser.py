"""What a browser is told, and what another site can do with one that is signed in: nothing."""

import pytest

from tests.helpers.hospital import Hospital
from tests.helpers.http import http_client
from tests.helpers.matrix.stage import Stage
from tests.helpers.matrix.table import CASES
from tests.house import loaded
from wx_backend.base.handler import ApiHandler, check_access
from wx_backend.identity.staff.model import ROLES, permits

BROWSER = {"Accept": "text/html"}
PAGES = ("/h5/", "/h5/departments", "/console/signin", "/doctor/", "/nowhere", "/api/")
SIGN_IN = ("/h5/sign-in?", "/console/signin?")
TOKENLESS = {"/api/v1/sessions"}
"""Acts for no browser's session."""


@pytest.fixture
async def hospital(mongo_uri, sandbox):
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


@pytest.fixture
async def http(hospital):
    async with http_client(hospital.url) as client:
        yield client


@pytest.fixture
async def stage(hospital):
    made = Stage(hospital)
    yield made
    await made.close()


def in_production(hospital: Hospital) -> None:
    """The same process as it would answer in production."""
    settings = hospital.settings
    hospital.house.settings = type(settings)(
        **{**{name: getattr(settings, name) for name in settings.__struct_fields__},
           "env": "production"}
    )  # fmt: skip


async def test_every_page_has_a_strict_policy_and_is_not_kept(http):
    for path in PAGES:
        page = await http.get(path, headers=BROWSER, follow_redirects=True)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "script-src 'self';" in policy or "script-src" not in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert page.headers["X-Content-Type-Options"] == "nosniff", path
        assert page.headers["Referrer-Policy"] == "same-origin", path
        assert "Server" not in page.headers, path


def writes() -> list[tuple[str, type]]:
    """``METHOD pattern`` and handler of what a cookie may change."""
    return [
        (f"{method} {pattern}", handler)
        for pattern, handler in check_access(loaded.routes())
        if handler.access.kind != "platform" and pattern not in TOKENLESS
        for method in getattr(handler, "methods", list)()
        if method in ("POST", "PUT", "PATCH", "DELETE")
    ]


async def test_no_write_by_a_cookie_without_the_token(stage, http):
    """Every one, for somebody who may: without the token, and with one made up by another site."""
    staff, wrong = {}, []
    found = [(row, handler) for row, handler in writes() if row in CASES]
    assert len(found) > 50
    for row, handler in found:
        permission = handler.access.permission
        if permission:
            role = next(role for role in ROLES if permits({role}, permission))
            staff[role] = caller = staff.get(role) or await stage.staff(role)
        else:
            caller = await stage.account("account")
        ask = await CASES[row].make(stage, caller)
        before = await stage.fingerprint()
        cookies = {**caller.cookies, **ask.cookies}
        sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
        for more in ({}, {"X-XSRFToken": "0123456789abcdef"}, {"Authorization": "Basic eDp5"}):
            answer = await http.request(
                row.partition(" ")[0], ask.path, data=ask.fields, json=ask.json,
                headers={"Cookie": sent, "Idempotency-Key": "k" * 20, **more},
            )  # fmt: skip
            signs_in = answer.headers.get("Location", "").startswith(SIGN_IN)
            if answer.status_code not in (401, 403) and not signs_in:
                wrong.append(f"{row} with {more}: {answer.status_code}")
        if await stage.fingerprint() != before:
            wrong.append(f"{row}: something has changed")
    assert wrong == [], "\n".join(wrong)


async def test_a_staff_cookie_needs_the_token_whatever_else_is_sent(stage, http):
    """A header of any kind is no bearer token: staff are known by their cookie."""
    nurse = await stage.staff("duty_nurse")
    sent = "; ".join(f"{name}={value}" for name, value in nurse.cookies.items())
    staff_api = next(
        pattern for pattern, handler in check_access(loaded.routes())
        if issubclass(handler, ApiHandler) and handler.access.permission == "critical:receive"
    )  # fmt: skip
    path = staff_api.replace("([a-z0-9]{5,40})", "alr00000")
    for given in ("x", "Basic eDp5", "Bearer nothing"):
        answer = await http.post(path, json={}, headers={"Cookie": sent, "Authorization": given})
        assert answer.status_code == 403, given


async def test_cookies_of_production_belong_to_this_host_and_to_https(hospital, http):
    in_production(hospital)
    page = await http.get("/h5/departments?care=1", headers=BROWSER)
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")
    begun = await http.get("/signin")
    given = [*page.headers.get_list("Set-Cookie"), *begun.headers.get_list("Set-Cookie")]
    signed = [one for one in given if one.startswith("__Host-")]
    assert {one.partition("=")[0] for one in signed} == {"__Host-signin"}
    for one in signed:
        assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(one.split("; ")), one
        assert "Domain" not in one


async def test_an_address_that_looks_like_another_host_is_no_link(http):
    """``//evil.test/`` on our error page would lead away from us."""
    for path in ("//evil.test/x", "//evil.test/%2e%2e", "/\\evil.test/"):
        page = await http.send(
            http.build_request("GET", "/", headers=BROWSER, extensions={"target": path.encode()})
        )
        assert 'href="//' not in page.text, path
        assert 'href="/\\' not in page.text, path
        assert "evil.test" not in page.headers.get("Location", "").partition("?")[0], path


async def test_no_file_of_the_machine_is_served(http):
    for path in (
        "/static/../page.py", "/static/..%2fpage.py", "/static/%2e%2e/%2e%2e/app.py",
        "/static//etc/passwd", "/static/", "/static/vendor/", "/static/tokens.css%00.py",
    ):  # fmt: skip
        answer = await http.send(
            http.build_request("GET", "/", extensions={"target": path.encode()})
        )
        assert answer.status_code in (403, 404), path
        assert "import " not in answer.text, path
        assert "root:" not in answer.text, path


@pytest.mark.parametrize("forged", ["evil.test", "127.0.0.1:1@evil.test", "localhost:@evil.test"])
async def test_a_forged_host_leads_nobody_elsewhere(http, forged):
    for path in ("/", "/h5/appointments", "/signin", "/console", "/doctor/"):
        answer = await http.get(path, headers={**BROWSER, "Host": forged})
        assert "evil.test" not in answer.headers.get("Location", ""), path
        assert "evil.test" not in answer.text, path
