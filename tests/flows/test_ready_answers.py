"""A day's free slots are answered before a handler is made, exactly as the handler would."""

from collections.abc import AsyncIterator

import httpx
import pytest

from booking.schedules import handlers
from tests.helpers.api import bearer
from tests.helpers.desk import free_slots
from tests.helpers.hospital import Hospital
from tests.helpers.http import http_client
from wx_backend.base import metrics
from wx_backend.base.handler import SESSION, signed
from wx_backend.entrypoints import ready
from wx_backend.identity.accounts import sessions

PACKED = {"Accept-Encoding": "gzip"}


@pytest.fixture
async def hospital(mongo_uri, sandbox) -> AsyncIterator[Hospital]:
    async with Hospital(mongo_uri, sandbox, request_rate="0.001", request_burst="9") as running:
        yield running


@pytest.fixture
def address(hospital: Hospital) -> str:
    slot = free_slots(hospital, "cardiology")[0]
    return f"/api/v1/departments/{slot.department_id}/slots?date={slot.visit_date}"


@pytest.fixture
async def phone(hospital: Hospital) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client(hospital.url, headers=PACKED) as http:
        yield http


@pytest.fixture
def given(monkeypatch) -> list[str]:
    """Who answered, in order: ``at hand`` or ``handler``."""
    found: list[str] = []
    finish, get = ready._Answer.finish, handlers.DepartmentSlots.get
    monkeypatch.setattr(ready._Answer, "finish", lambda one: found.append("at hand") or finish(one))
    monkeypatch.setattr(
        handlers.DepartmentSlots, "get", lambda one, key: found.append("handler") or get(one, key)
    )
    return found


def counted() -> float:
    return metrics.child(metrics.HTTP_SECONDS, "DepartmentSlots", "GET", "2xx")._sum.get()


async def test_it_says_what_the_handler_says_and_is_counted(phone, address, given):
    first = await phone.get(address)
    before = counted()
    second = await phone.get(address)
    assert given == ["handler", "at hand"]
    assert second.status_code == first.status_code == 200
    assert second.content == first.content
    headers = [{**one.headers, "date": ""} for one in (first, second)]
    assert headers[0] == headers[1]
    assert second.headers["date"].endswith("GMT")
    assert counted() > before


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Encoding": "identity"},
        {"Authorization": "Bearer nonsense"},
        {"Cookie": "session=nonsense"},
        {"If-None-Match": '"other"'},
    ],
)
async def test_what_is_not_plain_is_the_handlers(phone, address, given, headers):
    await phone.get(address)
    assert (await phone.get(address, headers=headers)).status_code == 200
    assert given == ["handler"] * 2


async def test_an_answer_that_is_known_is_not_sent_again(phone, address):
    await phone.get(address)
    tag = (await phone.get(address)).headers["etag"]
    assert (await phone.get(address, headers={"If-None-Match": tag})).status_code == 304


async def test_a_mini_programs_session_counts_for_itself_and_may_end(
    hospital, phone, address, given
):
    ctx = await hospital.acting("li-jianguo")
    claims = sessions.issue(ctx.actor.id, ctx.channel, ctx.institution, 1)
    token = signed(hospital.house, SESSION, claims)
    signed_in = {"Authorization": f"Bearer {token}"}
    await phone.get(address)
    assert (await phone.get(address, headers=signed_in)).status_code == 200
    assert given == ["handler", "at hand"]
    await sessions.end(ctx, claims["id"])
    assert (await phone.get(address, headers=signed_in)).status_code == 200  # to anybody
    assert given == ["handler", "at hand", "handler"]
    fresh = {"Authorization": f"Bearer {await bearer(hospital, 'li-jianguo')}"}
    answers = [(await phone.get(address, headers=fresh)).status_code for _ in range(9)]
    assert answers == [200] * 8 + [429]
    assert (await phone.get(address)).status_code == 200  # an address has its own limit


async def test_asking_too_often_is_refused_as_anywhere(phone, address, given):
    answers = [(await phone.get(address)).status_code for _ in range(12)]
    assert answers == [200] * 9 + [429] * 3
    assert given == ["handler"] + ["at hand"] * 8


@pytest.mark.parametrize("query", ["", "?date=soon", "?date=%FF", "?date=2026-11-24&of=me"])
async def test_a_question_that_is_not_right_is_refused(phone, address, given, query):
    answer = await phone.get(address.partition("?")[0] + query)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"
    assert "at hand" not in given


async def test_a_change_shows_at_once_where_it_would(hospital, phone, address, given):
    """A booking made here turns the answer stale: it is made anew by the handler."""
    await phone.get(address)
    slot = free_slots(hospital, "cardiology")[0]
    view = hospital.house.views["availability"]
    view.mark(slot.id, 1, taken=True)
    hospital.house.business.offset += handlers.service.OVERLAP
    doctors = (await phone.get(address)).json()["doctors"]
    shown = next(one for each in doctors for one in each["slots"] if one["id"] == slot.id)
    assert shown["free"] == slot.capacity - 1
    assert given == ["handler"] * 2
