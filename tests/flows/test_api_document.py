"""The API does what its published document says: along the story, and under fuzzing."""

import asyncio
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.helpers.api import Caller, Described, bearer
from tests.helpers.hospital import Hospital
from tests.helpers.http import http_client
from tests.helpers.identity import id_no
from tests.helpers.matrix.stage import Stage
from tests.helpers.matrix.table import CASES
from tests.helpers.visitor import Visitor
from tests.house import loaded
from wx_backend.base.handler import check_access
from wx_backend.directory.institutions import service as institutions
from wx_backend.identity.staff.model import ROLES, permits

EXAMPLES = 12
"""Tries for each operation and phase; the drill takes more."""
ME = "crowd-5000"
"""Somebody of the sandbox who was never here before."""
APART = (
    *(
        "/reports",
        "/waiting",
        "/account/phone",
        "/desk-code",
        "/proof",
        "/readers",
        "/stops",
        "/restrictions",
    ),
    *("/favourites", "/reschedule", "/sessions/entries", "/account/sessions/("),
    *("/bills", "/bill-payments", "/deposits", "/stays", "/account/closing"),
)
"""Patients' own calls that are in no story here."""
OTHERS = "account/sessions/end-others"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,unsupported_method,missing_required_header,ignored_auth"
)


@pytest.fixture
async def hospital(mongo_uri, sandbox):
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


@pytest.fixture
async def described(hospital) -> Described:
    async with http_client(hospital.url) as http:
        answer = await http.get("/api/openapi.json")
    assert answer.status_code == 200
    return Described(answer.json())


async def test_the_story_is_answered_as_published(hospital, described):
    """Every operation succeeds once, and its answer fits; so do the refusals on the way."""
    token = await bearer(hospital, ME)
    async with (
        Caller(hospital.url, described, token) as me,
        Caller(hospital.url, described) as visitor,
    ):
        await visitor.call("get", "patients", 401)
        units = (await visitor.call("get", "departments"))["items"]
        unit = next(one["id"] for one in units if "心血管" in one["name"])
        found = await visitor.call("get", "search", params={"q": "xxg"})
        assert [one["id"] for one in found["departments"]] == [unit]
        assert (await visitor.call("get", f"departments/{unit}/doctors"))["items"]
        await visitor.call("get", "departments/depnone/doctors", 404)
        assert (await visitor.call("get", "prices", params={"q": "xcg"}))["items"] == []
        dates = (await visitor.call("get", f"departments/{unit}/dates"))["items"]
        date = next(one["date"] for one in dates[1:] if one["free"])
        day = await visitor.call("get", f"departments/{unit}/slots", params={"date": date})
        free = [slot for one in day["doctors"] for slot in one["slots"] if slot["state"] == "free"]
        await visitor.call("get", f"departments/{unit}/slots", 422, params={"date": "soon"})

        person = {
            "name": "张小凡",
            "id_no": id_no("1984-05-06", 7),
            "phone": "13800138000",
            "relation": "SELF",
            "agreed": True,
        }
        added = await me.call("post", "patients", 201, json=person)
        await me.call("post", "patients", 422, json={**person, "more": 1})
        await me.call("put", f"patients/{added['binding_id']}/default", 204)
        patient = added["patient_id"]

        hold = {"slot": free[0]["id"], "patient": patient}
        held = await me.call("post", "appointments", 201, json=hold)
        await me.call("post", "appointments", 409, json=hold)
        await me.call("post", "appointments", 404, json={**hold, "patient": "patnone"})
        ticket = await me.call(
            "post", f"appointments/{held['id']}/payment", json={"method": "wechat_jsapi"}
        )
        prepay = ticket["jsapi"]["package"].removeprefix("prepay_id=")
        await hospital.control("pay", prepay_id=prepay, outcome="pay")
        checked = await me.call("post", f"appointments/{held['id']}/payment/check")
        await hospital.crank()
        assert checked["order"]["paid_fen"] == held["fee_fen"]
        booked = await me.call("get", f"appointments/{held['id']}")
        assert booked["state"] == "BOOKED"
        assert (await me.call("get", "appointments"))["items"]
        assert (await me.call("get", "messages"))["items"]
        assert (await me.call("get", "messages/unread"))["unread"]
        await me.call("post", "messages/read", json={})
        channel = (await institutions.channel_for(hospital.ctx(), "wechat_mini")).id
        code = (await hospital.control("login_code", person=ME))["code"]
        for status, given in ((201, code), (401, "nobody")):
            mini = {"channel": channel, "js_code": given}
            await visitor.call("post", "sessions", status, json=mini)
        [asked, *_] = (await me.call("get", "messages/consents"))["items"]
        agreed = {"templates": [asked["template_id"]], "tap": "tap00001"}
        assert (await me.call("post", "messages/consents", json=agreed))["items"]
        await me.call("post", "messages/consents", 422, json={**agreed, "templates": ["none"]})
        wanted = await me.call("get", "messages/preferences")
        await me.call("put", "messages/preferences", json=wanted)
        await me.call("put", "messages/preferences", 422, json={"quiet_from": "22:00"})
        cancelled = await me.call("post", f"appointments/{held['id']}/cancel")
        assert cancelled["state"] == "CANCELLED"
        await me.call("post", f"appointments/{held['id']}/payment", 409, json={"method": "x"})
        account = (await hospital.acting(ME)).actor.id
        await me.call("get", "live", params={"after": f"me:{account}="})
        await me.call("delete", f"patients/{added['binding_id']}", 204)
        assert "items" in await me.call("get", "patients")
        here, *_ = (await me.call("get", "account/sessions"))["items"]
        assert here["here"]
        await me.call("get", "stops/stc00000", 404)
        await me.call("post", "stops/stc00000/answer", 404, json={"choice": "refund"})
        assert (await me.call("post", OTHERS))["token"] != token
    await other_calls(hospital, described)
    assert described.operations() - described.seen == set()


async def other_calls(hospital: Hospital, described: Described) -> None:
    """Calls that are in no story, by somebody who may, about an object of the matrix."""
    stage = Stage(hospital)
    for pattern, handler in check_access(loaded.routes()):
        access, apart = handler.access, any(part in pattern for part in APART)
        if not pattern.startswith("/api/") or not (access.kind == "staff" or apart):
            continue
        caller = await stage.account("me")
        if access.kind == "staff":
            may = next(role for role in ROLES if permits({role}, access.permission))
            caller = await stage.staff(may)
        for method in handler.methods():
            ask = await CASES[f"{method} {pattern}"].make(stage, caller)
            answer = await stage.ask(method, ask, caller)
            assert answer.is_success, f"{method} {ask.path}: {answer.text}"
            described.check(method.lower(), urlsplit(ask.path).path, answer)
    await stage.close()


async def test_fuzzing_finds_no_failure(hospital, tmp_path):
    """schemathesis over every operation as a signed-in patient: no 5xx, answers as published."""
    token = await bearer(hospital, ME)
    running = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("schemathesis")), "run"),
        f"{hospital.url}/api/openapi.json",
        *("--header", f"Authorization: Bearer {token}"),
        *("--exclude-path", f"/api/v1/{OTHERS}"),  # the fuzzer's own token ends with it
        *("--checks", CHECKS, "--phases", "examples,coverage,fuzzing"),
        *("--max-examples", str(EXAMPLES), "--seed", "7", "--no-color"),
        *("--suppress-health-check", "all", "--generation-database", "none"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await running.communicate()
    print(told.decode())
    assert running.returncode == 0


async def test_the_page_shows_every_operation(hospital, described):
    async with Visitor(hospital.url) as visitor:
        page = await visitor.get("/api/")
    assert page.status == 200
    assert page.response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for _, path in described.operations():
        assert path in page.text
