"""Cases of reconciliation: each about a day or difference of its own."""

from datetime import date, timedelta
from itertools import count

from booking.reconciliation import store
from booking.reconciliation.matching import Line
from booking.reconciliation.model import (
    Difference,
    Month,
    Run,
    month_id,
    run_id,
)
from tests.helpers.matrix.cases import GOOD, Case, at
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids

API, PAGE = "/api/v1/reconciliation", "/console/reconciliation"
DAY, ID = r"(20\d\d-\d\d-\d\d)", r"([a-z0-9]{5,40})"
WHY = {"why": "平台补发账单"}
_days, _years = count(), count(2030)
NOT_OURS = frozenset({*GOOD, 204, 409})
"""In the other institution the month has no closed days."""


async def run_in(stage: Stage, state: str) -> Run:
    """A day that nobody else asks about."""
    day = date(2021, 1, 1) + timedelta(days=next(_days))
    inst = stage.ctx.institution or ""
    made = Run(id=run_id(inst, day), inst=inst, day=day.isoformat(), state=state,
               asked_at=stage.ctx.now())  # fmt: skip
    await store.add(stage.ctx, made)
    return made


def day(base: str, state: str, verb: str = "", **sent: str) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        made = await run_in(stage, state)
        return _asked(base, f"{base}{made.day}{verb}", made.id, sent)

    return Case(make, of="institution")


def _asked(base: str, path: str, key: str, sent: dict) -> Ask:
    if base.startswith("/api"):
        return Ask(path, json=sent or None, objects=(key,))
    return Ask(path, fields=sent or None, objects=(key,))


def asks(path: str) -> Case:
    """Yesterday: every institution may reconcile its own."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        return Ask(path.format(stage.ctx.today() - timedelta(days=1)))

    return Case(make)


def month(base: str, verb: str, closed: bool, **sent: str) -> Case:
    """A February, all of it closed, or closed itself."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        ctx, named = stage.ctx, f"{next(_years)}-02"
        inst, now = ctx.institution or "", ctx.now()
        if closed:
            await store.close_month(ctx, Month(id=month_id(inst, named), inst=inst, month=named,
                                               closed_by="stf", closed_at=now))  # fmt: skip
        for n in range(1, 30):
            try:
                on = date.fromisoformat(f"{named}-{n:02}")
            except ValueError:
                continue
            made = Run(id=run_id(inst, on), inst=inst, day=on.isoformat(), state="CLOSED",
                       asked_at=now)  # fmt: skip
            await store.add(ctx, made)
        return _asked(base, f"{base}/months/{named}{verb}", named, sent)

    return Case(make, good=NOT_OURS)


def difference(base: str, verb: str = "", **sent: object) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        run, now = await run_in(stage, "DONE"), stage.ctx.now()
        theirs = Line("PAID", ids.new("pay"), 5000, "alipay", "2026", now)
        one = Difference(
            id=ids.new("dif"), inst=run.inst, day=run.day, side="platform", kind="missing_here",
            no=theirs.no, money="PAID", platform="alipay", fen=5000, at=now, found_at=now, run=1,
            theirs=theirs,
        )  # fmt: skip
        await store.replace_differences(stage.ctx, run.day, [one])
        return _asked(base, f"{base}/differences/{one.id}{verb}", one.id, sent)

    return Case(make, of="institution")


REPAIR = {"action": "explain", "version": "1", "why": "平台测试单"}
CASES: dict[str, Case] = {
    rf"GET {API}/months/(20\d\d-(?:0[1-9]|1[0-2]))": at(f"{API}/months/2026-11"),
    rf"POST {API}/months/(20\d\d-(?:0[1-9]|1[0-2]))/close": month(API, "/close", closed=False),
    rf"POST {API}/months/(20\d\d-(?:0[1-9]|1[0-2]))/reopen": month(
        API, "/reopen", closed=True, **WHY
    ),
    f"GET {API}/days/{DAY}": day(f"{API}/days/", "DONE"),
    f"POST {API}/days/{DAY}/run": asks(f"{API}/days/{{}}/run"),
    f"POST {API}/days/{DAY}/cancel": day(f"{API}/days/", "WAITING", "/cancel"),
    f"POST {API}/days/{DAY}/close": day(f"{API}/days/", "DONE", "/close"),
    f"POST {API}/days/{DAY}/reopen": day(f"{API}/days/", "CLOSED", "/reopen", **WHY),
    f"GET {API}/differences/{ID}": difference(API),
    f"POST {API}/differences/{ID}/repair": difference(API, "/repair", **REPAIR | {"version": 1}),
    f"GET {PAGE}": at(f"{PAGE}?month=2026-11"),
    f"GET {PAGE}/{DAY}": at(f"{PAGE}/2026-11-02"),
    f"GET {PAGE}/{DAY}/run": at(f"{PAGE}/2026-11-02/run"),
    f"POST {PAGE}/{DAY}/run": asks(f"{PAGE}/{{}}/run"),
    f"GET {PAGE}/{DAY}/cancel": at(f"{PAGE}/2026-11-02/cancel"),
    f"POST {PAGE}/{DAY}/cancel": day(f"{PAGE}/", "WAITING", "/cancel"),
    f"GET {PAGE}/{DAY}/close": at(f"{PAGE}/2026-11-02/close"),
    f"POST {PAGE}/{DAY}/close": day(f"{PAGE}/", "DONE", "/close"),
    f"GET {PAGE}/{DAY}/reopen": at(f"{PAGE}/2026-11-02/reopen"),
    f"POST {PAGE}/{DAY}/reopen": day(f"{PAGE}/", "CLOSED", "/reopen", **WHY),
    rf"GET {PAGE}/months/(20\d\d-\d\d)/close": at(f"{PAGE}/months/2026-11/close"),
    rf"POST {PAGE}/months/(20\d\d-\d\d)/close": month(PAGE, "/close", closed=False),
    rf"GET {PAGE}/months/(20\d\d-\d\d)/reopen": at(f"{PAGE}/months/2026-11/reopen"),
    rf"POST {PAGE}/months/(20\d\d-\d\d)/reopen": month(PAGE, "/reopen", closed=True, **WHY),
    f"GET {PAGE}/differences/{ID}": difference(PAGE),
    f"GET {PAGE}/differences/{ID}/repair": at(f"{PAGE}/differences/dif0000/repair"),
    f"POST {PAGE}/differences/{ID}/repair": difference(PAGE, "/repair", **REPAIR),
}
