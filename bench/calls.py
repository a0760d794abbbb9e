"""``calls``: how often each hot route asks the database, measured; writes ``docs/calls.md``.

Right before a request is counted, one like it is made: what is kept in memory for a second
(departments, parameters) is there, as it is under load. Callers who come at the same time share
reads by id and inserts; a caller alone pays what the table says.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
from tornado.httpserver import HTTPServer

from bench import world
from bench.figures import Figure
from bench.load import HOST
from bench.stage import Stage
from wx_backend.base import ids
from wx_backend.base.context import House
from wx_backend.entrypoints import upkeep
from wx_backend.entrypoints.app import WebApplication
from wx_backend.entrypoints.embedded.ports import pick_free

TABLE = Path("docs/calls.md")
SETTLE_SECONDS = 0.3
"""What a request leaves to be done is over before the next one is counted."""

HEAD = """# Calls to the database

Measured by `python -m bench calls` through `Database.calls`: one caller alone, caches warm (at most
a second old). Under load concurrent callers share reads by id and inserts, so the number a request
costs falls below this.

| what | route | calls | which |
|---|---|---:|---|
"""


class Case(msgspec.Struct, frozen=True):
    """A request; ``shown`` is its path as the table has it."""

    what: str
    method: str
    path: str
    shown: str
    body: dict | None = None
    key: str = ""


class Asked(msgspec.Struct, frozen=True):
    case: Case
    calls: Counter


def run(quick: bool) -> Iterator[Figure]:
    with Stage() as stage:
        place = stage.within(world.build)
        found = stage.within(lambda house: _measure(house, place))
    rows = "".join(_row(one) for one in found)
    TABLE.write_text(HEAD + rows)
    for one in found:
        yield Figure(
            name=f"calls {one.case.what}",
            value=one.calls.total(),
            unit="calls",
            detail=dict(one.calls),
        )


def _row(one: Asked) -> str:
    which = ", ".join(f"{n} × {name}" if n > 1 else name for name, n in sorted(one.calls.items()))
    case = one.case
    return (
        f"| {case.what} | `{case.method} {case.shown}` | {one.calls.total()} | {which or '-'} |\n"
    )


@asynccontextmanager
async def _served(house: House) -> AsyncIterator[str]:
    """The whole application in this process, so that its calls can be counted."""
    await upkeep.load(house)
    port = pick_free()
    server = HTTPServer(WebApplication(house))
    server.listen(port, HOST)
    yield f"http://{HOST}:{port}"
    server.stop()
    await server.close_all_connections()


async def _measure(house: House, place: world.World) -> list[Asked]:
    first, second = await world.clients(house, 2)
    slots = place.slots(4)
    async with _served(house) as base:
        found = [(await _ask(house, base, case, second))[0] for case in _reads(place)]
        booked = await _book(house, base, first, second, slots)
        return found + booked


def _reads(place: world.World) -> list[Case]:
    department = world.department_id(0)
    day = place.days[0]
    doctor = world.doctor(world.department(0), 0).id
    api = "/api/v1"
    return [
        Case("free slots of a day", "GET", f"{api}/departments/{department}/slots?date={day}",
             f"{api}/departments/…/slots"),
        Case("days of a department", "GET", f"{api}/departments/{department}/dates",
             f"{api}/departments/…/dates"),
        Case("departments", "GET", f"{api}/departments", f"{api}/departments"),
        Case("own people", "GET", f"{api}/patients", f"{api}/patients"),
        Case("own appointments", "GET", f"{api}/appointments", f"{api}/appointments"),
        Case("unread messages", "GET", f"{api}/messages/unread", f"{api}/messages/unread"),
        Case("messages", "GET", f"{api}/messages", f"{api}/messages"),
        Case("first page", "GET", "/h5/", "/h5/"),
        Case("departments page", "GET", "/h5/departments", "/h5/departments"),
        Case("doctors page", "GET", f"/h5/departments/{department}", "/h5/departments/…"),
        Case("times page", "GET", f"/h5/doctors/{doctor}", "/h5/doctors/…"),
        Case("appointments page", "GET", "/h5/appointments", "/h5/appointments"),
    ]  # fmt: skip


async def _book(
    house: House, base: str, first: world.Client, second: world.Client, slots: list[str]
) -> list[Asked]:
    """The life of a booking; the first client's bookings make the caches warm."""
    path, key = "/api/v1/appointments", ids.new("key")

    def hold(what: str, client: world.Client, slot: str, key: str) -> Case:
        return Case(what, "POST", path, path, {"slot": slot, "patient": client.patient}, key)

    async def booked(what: str, slot: str) -> tuple[Asked, dict]:
        warm = hold("", first, slot, ids.new("key"))
        return await _ask(house, base, hold(what, second, slots[0], key), second, (warm, first))

    held, made = await booked("book (hold a number)", slots[1])
    again, _ = await booked("the same again", slots[2])
    one = f"{path}/{made['id']}"
    look = Case("one appointment", "GET", one, f"{path}/…")
    shown, _ = await _ask(house, base, look, second)
    cancel = Case("cancel", "POST", f"{one}/cancel", f"{path}/…/cancel")
    ended, _ = await _ask(house, base, cancel, second, (look, second))
    return [held, again, shown, ended]


async def _ask(
    house: House,
    base: str,
    case: Case,
    client: world.Client,
    warm: tuple[Case, world.Client] | None = None,
) -> tuple[Asked, dict]:
    """What ``case`` costs right after ``warm`` (itself unless told), and its answer."""
    await asyncio.sleep(SETTLE_SECONDS)
    await _request(base, *(warm or (case, client)))
    before = Counter(house.db.calls)
    answer = await _request(base, case, client)
    return Asked(case, house.db.calls - before), answer


async def _request(base: str, case: Case, client: world.Client) -> dict:
    """The JSON of the answer, empty for a page. Raises httpx.HTTPStatusError."""
    page = case.path.startswith("/h5")
    headers = (
        {"Cookie": f"session={client.token}"}
        if page
        else {"Authorization": f"Bearer {client.token}"}
    )
    if case.key:
        headers["Idempotency-Key"] = case.key
    async with httpx.AsyncClient(base_url=base) as http:
        answer = await http.request(case.method, case.path, json=case.body, headers=headers)
    answer.raise_for_status()
    return {} if page else answer.json()
