"""Every route × everybody: who may, does; who may not is refused and nothing has happened."""

import httpx
import pytest

from booking.appointments import service as appointments
from booking.appointments import store
from tests.helpers.hospital import Hospital
from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage
from tests.helpers.matrix.table import CASES, ELSEWHERE
from tests.house import loaded
from tests.house.source import ROOT
from wx_backend.base.errors import NotFound
from wx_backend.base.handler import Access, Handler, check_access
from wx_backend.entrypoints.app import Front
from wx_backend.identity.staff.model import permits

SIGN_IN = ("/h5/sign-in", "/console/signin")
SAFE = ("GET", "HEAD")
"""What these ask for is still there when the next one comes."""


def rows() -> dict[str, Access]:
    """``METHOD pattern`` of every route, and who may call it."""
    return {
        f"{method} {pattern}": handler.access
        for pattern, handler in check_access(loaded.routes())
        for method in (handler.methods() if issubclass(handler, Handler) else ["GET"])
    }


def expected(access: Access, case: Case, caller: Caller) -> str:
    """``ok``, ``sign in``, ``forbidden`` or ``not found``."""
    if access.kind == "public":
        return "ok"
    if caller.kind == "visitor" or (caller.kind == "staff" and caller.here and not caller.own):
        return "sign in"
    if access.kind not in ("person", caller.kind):
        return "sign in"
    if access.kind == "staff" and not permits(caller.roles, access.permission):
        return "forbidden"
    hidden = {"account": not caller.own, "institution": not caller.here}
    return "not found" if hidden.get(case.of) else "ok"


def outcome(answer: httpx.Response, access: Access, case: Case) -> str:
    leads = answer.headers.get("location", "")
    ended = leads == case.lands and "staff_session=" in answer.headers.get("set-cookie", "")
    expected = access.kind == "public" or ended
    if answer.status_code == 401 or (leads.startswith(SIGN_IN) and not expected):
        return "sign in"
    if answer.status_code in case.good:
        return "ok"
    known = {403: "forbidden", 404: "not found"}
    return known.get(answer.status_code, f"{answer.status_code}: {answer.text[:300]}")


@pytest.fixture
async def stage(mongo_uri, sandbox):
    async with Hospital(mongo_uri, sandbox) as hospital:
        made = Stage(hospital)
        yield made
        await made.close()


def test_every_route_has_a_row():
    named = CASES.keys() | ELSEWHERE.keys()
    assert rows().keys() - named == set(), "these need a case in tests/helpers/matrix/table.py"
    assert named - rows().keys() == set(), "these are no routes any more"
    assert CASES.keys() & ELSEWHERE.keys() == set()
    assert [file for file in ELSEWHERE.values() if not (ROOT / file).exists()] == []


async def test_everybody_at_every_door(stage):
    wrong = []
    for row, access in rows().items():
        if row in CASES:
            wrong += await _row(stage, row, access, CASES[row])
    assert wrong == [], "\n".join(wrong)


async def _row(stage: Stage, row: str, access: Access, case: Case) -> list[str]:
    """What is wrong in one row."""
    method, callers = row.partition(" ")[0], await stage.everybody()
    owner = callers[1]
    if access.kind == "staff":
        owner = next(one for one in callers if permits(one.roles, access.permission))
    elif access.kind == "public":
        callers = callers[:2]
    may = [one for one in callers if expected(access, case, one) == "ok"]
    may_not = [one for one in callers if one not in may]
    ask = await case.make(stage, owner)
    wrong, before = [], await stage.fingerprint()
    for caller in may_not:
        wrong += await _cell(stage, method, row, ask, case, access, caller)
    if await stage.fingerprint() != before:
        wrong.append(f"{row}: a refused call changed something")
    for caller in may:
        again = caller is not owner and (case.mine or (caller.own and method not in SAFE))
        own = await case.make(stage, caller) if again else ask
        wrong += await _cell(stage, method, row, own, case, access, caller)
    return wrong


async def _cell(
    stage: Stage, method: str, row: str, ask: Ask, case: Case, access: Access, caller: Caller
) -> list[str]:
    answer = await stage.ask(method, ask, caller)
    wanted, got = expected(access, case, caller), outcome(answer, access, case)
    wrong = [f"{row} by {caller.name}: {got}, not {wanted}"] if got != wanted else []
    if not caller.own or wanted != "ok":
        asked = ask.path + str(ask.fields or ask.json or "")
        shown = [key for key in ask.objects if key in answer.text and key not in asked]
        wrong += [f"{row} shows {key} to {caller.name}" for key in shown]
    return wrong


@pytest.mark.parametrize("path", ["/cb/wechat_pay/x", "/cb/alipay/x", "/cb/wechat/x", "/live"])
async def test_doors_whose_proof_is_no_session_open_to_no_session(stage, path):
    callers = await stage.everybody()
    before = await stage.fingerprint()
    for caller in callers:
        for method in ("GET", "POST"):
            answer = await stage.ask(method, Ask(path), caller)
            assert 400 <= answer.status_code < 500, f"{method} {path} by {caller.name}"
    assert await stage.fingerprint() == before


async def test_the_matrix_finds_a_door_left_open(stage, monkeypatch):
    """An object read without its owner, and a permission nobody looks at."""

    async def anybodys(ctx, appointment_id):
        found = await store.get(ctx, appointment_id)
        if found is None:
            raise NotFound()
        return found

    row = "GET /api/v1/appointments/([a-z0-9]+)"
    assert await _row(stage, row, rows()[row], CASES[row]) == []
    monkeypatch.setattr(appointments, "own", anybodys)
    [wrong] = await _row(stage, row, rows()[row], CASES[row])
    assert wrong == f"{row} by another account: ok, not not found"

    row = "POST /console/settings/propose"
    monkeypatch.setattr(Front, "permits", lambda front, actor, permission: True)
    wrong = await _row(stage, row, rows()[row], CASES[row])
    assert f"{row} by staff nurse: ok, not forbidden" in wrong
    assert f"{row}: a refused call changed something" in wrong
