"""Requests about a case of a stopped clinic, which is the caller's own or of a new session."""

from datetime import timedelta

from booking.stops import store
from booking.stops.events import DROPPED
from booking.stops.model import Case as StopCase
from booking.stops.model import case_id
from tests.helpers.matrix import timetables
from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base.events import happened

ID = r"([a-z0-9]{5,40})"


async def asked(stage: Stage, owner: Caller, schedule: str = "sch0") -> StopCase:
    """Somebody's number that is lost, and nothing but the money to be had for it."""
    held, now = await stage.held(owner), stage.ctx.now()
    case = StopCase(
        id=case_id(held.id), inst=held.inst, schedule=schedule, appointment=held.id,
        state="ASKED", version=1, round=1, account=held.account, patient=held.patient,
        department=held.department, doctor=held.doctor, location=held.location,
        visit_date=held.visit_date, session=held.session, zone=held.zone,
        starts_at=held.starts_at, serial=held.serial, fee_fen=held.fee_fen, asked_at=now,
        call_at=now + timedelta(hours=2), deadline=held.starts_at,
    )  # fmt: skip
    await store.add(stage.ctx, case, happened(stage.ctx, DROPPED, case.id, 1, **DROPPED.example))
    return case


def own(path: str, sends: bool = False) -> Case:
    async def make(stage: Stage, owner: Caller) -> Ask:
        case = await asked(stage, owner)
        fields = {"choice": "refund"} if sends else None
        as_json = path.startswith("/api/")
        return Ask(
            path.format(case.id),
            fields=None if as_json else fields,
            json=fields if as_json else None,
            objects=(case.id,),
        )

    return Case(make, of="account")


def of_session(path: str, **fields: str) -> Case:
    """At the console: a session, and (in ``path``) a case of it."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        made = await timetables.session("{}").make(stage, caller)
        owner = await stage.account("somebody")
        case = await asked(stage, owner, made.path)
        return Ask(path.format(made.path, case.id), fields=fields or None, objects=(case.id,))

    return Case(make, of="institution")


PATIENT: dict[str, Case] = {
    f"GET /h5/stops/{ID}": own("/h5/stops/{}"),
    f"POST /h5/stops/{ID}": own("/h5/stops/{}", sends=True),
    "GET /api/v1/stops/([a-z0-9]+)": own("/api/v1/stops/{}"),
    "POST /api/v1/stops/([a-z0-9]+)/answer": own("/api/v1/stops/{}/answer", sends=True),
}
CONSOLE: dict[str, Case] = {
    f"GET /console/stops/{ID}": of_session("/console/stops/{}"),
    f"GET /console/stops/{ID}/{ID}/call": Case(of_session("/console/stops/{}/{}/call").make),
    f"POST /console/stops/{ID}/{ID}/call": of_session(
        "/console/stops/{}/{}/call", version="1", outcome="REACHED"
    ),
    f"GET /console/stops/{ID}/{ID}/phone": Case(of_session("/console/stops/{}/{}/phone").make),
    f"POST /console/stops/{ID}/{ID}/phone": of_session("/console/stops/{}/{}/phone", _="1"),
    f"GET /console/stops/{ID}/{ID}/answer": Case(of_session("/console/stops/{}/{}/answer").make),
    f"POST /console/stops/{ID}/{ID}/answer": of_session(
        "/console/stops/{}/{}/answer", choice="refund"
    ),
}
