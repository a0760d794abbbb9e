"""A story told once, with mistakes in it; then the logs, the figures and the refusals are searched
for everything personal or secret that went through.
"""

import io
import logging

import pytest

from tests.helpers import counted
from tests.helpers.bedside import Clinician, alerted, inpatient
from tests.helpers.console import Staffer, code_for
from tests.helpers.hospital import Hospital
from tests.helpers.http import http_client
from tests.helpers.visitor import WECHAT
from wx_backend.base import log
from wx_backend.entrypoints.demo import people, staff
from wx_backend.entrypoints.sandbox import people as wechat_users

NAME, PHONE = "司马相如", "15400007788"
ID_NO = people.id_no("19720304", 77)
PATIENT, NURSE = "crowd-7001", "zhao-ting"
WARD_PATIENT = "欧阳建国"
FIELDS, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
QUOTES = '"'
"""All that is left of a cookie that was taken back."""
PASSWORD = "Wrong-Guess-4711"


@pytest.fixture
def logged():
    """What the log would say at its most talkative; a function, since it grows."""
    stream, root = io.StringIO(), logging.getLogger()
    kept = root.handlers[:], root.level
    log.configure("DEBUG", stream)
    yield stream.getvalue
    root.handlers[:] = kept[0]
    root.setLevel(kept[1])
    for package in log.OURS:
        logging.getLogger(package).setLevel(logging.NOTSET)


@pytest.fixture
async def hospital(mongo_uri, sandbox, logged):
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


async def as_patient(hospital: Hospital) -> list[str]:
    """Adds a person, twice wrongly; what a thief would like to read in the log."""
    async with await hospital.client(PATIENT, WECHAT) as visitor:
        page = await visitor.get("/h5/people/new")
        form = page.form("/h5/people/new")
        typed = {"name": NAME, "id_no": ID_NO, "phone": PHONE, "relation": "SELF", "agreed": "true"}
        await visitor.submit(form, **{**typed, "id_no": ID_NO[:-1] + "#"})
        await visitor.submit(form, **{**typed, "phone": PHONE + "9"})
        added = await visitor.submit(form, **typed)
        assert added.status == 303, added.text
        await visitor.get(f"/h5/departments?q={NAME}")
        token = {"X-XSRFToken": form.fields["_xsrf"]}
        broken = b'{"name": "' + NAME.encode()
        await visitor.http.post("/api/v1/patients", content=broken, headers=token)
        return list(visitor.http.cookies.values())


async def as_staff(hospital: Hospital) -> list[str]:
    """Signs in with a mistake in each step."""
    browser = Staffer(hospital.url, hospital.house)
    try:
        number = staff.BY_KEY["tao-hui"].number
        await browser.give_password(number, PASSWORD)
        await browser.give_password(number)
        code = await code_for(hospital.house, "tao-hui")
        await browser.give_code("000001")
        await browser.give_code(code)
        await browser.get("/console/appointments?q=" + NAME)
        return [code, *browser.http.cookies.values()]
    finally:
        await browser.http.aclose()


async def as_nurse(hospital: Hospital) -> list[str]:
    """Reads a wrong value back, then the right one."""
    found = await alerted(hospital, inpatient())
    async with Clinician(hospital) as nurse:
        path = f"/doctor/alerts/{found.id}"
        await nurse.enter(NURSE, path)
        for value in ("7.25", found.value):
            await nurse.act(path, "receive", value=value)
        return list(nurse.http.cookies.values())


async def test_nothing_personal_and_no_secret_is_logged_or_counted(hospital, logged):
    secrets = [
        *await as_patient(hospital), *await as_staff(hospital), *await as_nurse(hospital)
    ]  # fmt: skip
    await hospital.crank()
    text, figures = logged(), counted.text()
    settings = hospital.settings
    searched = [
        *(NAME, PHONE, ID_NO, WARD_PATIENT, PASSWORD, staff.PASSWORD, staff.APP),
        *(member.name for family in people.families() for member in family.members),
        *(one.openid for one in wechat_users.PEOPLE),
        *(settings.secret, settings.field_keys, settings.index_key),
        *secrets,
    ]
    assert text.count("\n") > 3, "somebody has listened"
    assert [one for one in searched if one.strip(QUOTES) and one in text] == []
    assert [one for one in searched if one.strip(QUOTES) and one in figures] == []


async def test_a_failure_says_nothing_of_what_was_going_on(hospital, logged, monkeypatch):
    """Whatever breaks, the answer has a trace and no cause, and the log no values."""

    async def breaks(ctx):
        raise RuntimeError(f"insert of {ID_NO} by {PHONE} failed")

    monkeypatch.setattr("wx_backend.identity.patients.service.household", breaks)
    async with await hospital.client(PATIENT) as visitor:
        for accept in ("application/json", "text/html"):
            answer = await visitor.http.get("/api/v1/patients", headers={"Accept": accept})
            assert answer.status_code == 500
            for inside in (ID_NO, PHONE, "RuntimeError", "Traceback", "insert", ".py"):
                assert inside not in answer.text
    text = logged()
    assert "RuntimeError" in text, "the failure is logged"
    assert ID_NO not in text
    assert PHONE not in text


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/api/v1/sessions", b'{"channel":' * 50_000, "application/json"),
        ("/api/v1/sessions", b"[" * 200_000, "application/json"),
        ("/api/v1/sessions", b'{"channel": "x", "js_code": "\xff"}', "application/json"),
        ("/console/signin", b"number=%00&password=%ff&_xsrf=x", FIELDS),
        ("/console/signin", b"--x\r\nContent-Disposition: form-data\r\n\r\n", PARTS),
        ("/cb/wechat/none", b"<!DOCTYPE a [<!ENTITY b 'c'>]><xml>&b;</xml>", "text/xml"),
    ],
)
async def test_spiteful_bodies_are_refused_and_break_nothing(hospital, path, body, kind):
    async with http_client(hospital.url) as http:
        answer = await http.post(path, content=body, headers={"Content-Type": kind})
        assert 400 <= answer.status_code < 500, answer.text[:300]
        assert (await http.get("/health/live")).status_code == 200
