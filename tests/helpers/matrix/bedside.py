"""Cases about a critical-value alert of which whoever asks was told, in the state it takes."""

from datetime import datetime

import msgspec

from notify.critical import store
from notify.critical.model import Act, Alert, Offer, Orderer, State, Told
from tests.helpers import alerts as samples
from tests.helpers.bedside import hears, inpatient
from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage, _numbers
from wx_backend.base import ids
from wx_backend.entrypoints.demo import hl7
from wx_backend.entrypoints.demo import staff as people
from wx_backend.records.reports.model import report_id

DOCTOR = people.BY_KEY["lin-xueqin"]
PHYSICIAN = DOCTOR.id


def shift(caller: Caller, now: datetime, offered: bool) -> dict:
    """The fields of an alert that the caller has received and may hand to its attending doctor, or
    that somebody offers to the caller.
    """
    by = PHYSICIAN if offered else caller.id
    held = Act(member=by, name="员工", role="护士", at=now)
    offer = Offer(to=caller.id, name="员工", by=by, by_name="员工", at=now) if offered else None
    return {"received": held, "offer": offer, "attending": Orderer(DOCTOR.number, DOCTOR.name)}


async def raised(
    stage: Stage, caller: Caller, state: State = "RAISED", offered: bool | None = None
) -> Alert:
    """An alert about somebody in a bed, with the report behind it. ``offered``: see ``shift``."""
    one, number = inpatient(), f"SX{next(_numbers):05}"
    await hears(stage.hospital, hl7.report(ids.new("c"), one, number))
    now = stage.ctx.now()
    told = Told(member=caller.id, name="员工", seat="duty_nurse", rung=0, at=now)
    inst = stage.ctx.institution or ""
    alert = samples.alert(
        id=ids.new("alr"),
        inst=inst,
        state=state,
        report=report_id(inst, samples.SOURCE, number),
        lis_id=number,
        value="2.5",
        visit_no=one.visit,
        ward=one.ward,
        bed=one.bed,
        specimen_no=number,
        resulted_at=now,
        raised_at=now,
        due_at=None,
        told=(told,),
    )
    if offered is not None:
        alert = msgspec.structs.replace(alert, **shift(caller, now, offered))
    await store.add(stage.ctx, alert, [])
    return alert


def alert(path: str, state: State = "RAISED", offered: bool | None = None, **fields: str) -> Case:
    """A page or an act about an alert: ``path`` has its id, ``fields`` are what the form sends."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        found = await raised(stage, caller, state, offered)
        sent = {"version": str(found.version), **fields} if fields else None
        return Ask(path.format(found.id), fields=sent)

    return Case(make, of="institution", mine=True)


ID = r"([a-z0-9]{5,40})"
ONE = "/doctor/alerts/{}"

CASES: dict[str, Case] = {
    f"GET /doctor/alerts/{ID}": alert(ONE),
    f"POST /doctor/alerts/{ID}/name": alert(f"{ONE}/name", version="1"),
    f"GET /doctor/alerts/{ID}/report": alert(f"{ONE}/report"),
    f"POST /doctor/alerts/{ID}/receive": alert(f"{ONE}/receive", item="K", value="2.5"),
    f"POST /doctor/alerts/{ID}/notify": alert(
        f"{ONE}/notify", "RECEIVED", physician=PHYSICIAN, how="PHONE"
    ),
    f"POST /doctor/alerts/{ID}/handle": alert(
        f"{ONE}/handle", "PHYSICIAN_NOTIFIED", measures="RECHECK"
    ),
    f"POST /doctor/alerts/{ID}/close": alert(f"{ONE}/close", "HANDLED", note="病程记录 1"),
    f"POST /doctor/alerts/{ID}/contact": alert(f"{ONE}/contact", outcome="REACHED", how="PHONE"),
    f"POST /doctor/alerts/{ID}/refute": alert(
        f"{ONE}/refute", reason="标本溶血", laboratory="李某"
    ),
    f"POST /doctor/alerts/{ID}/handover": alert(
        f"{ONE}/handover", "RECEIVED", offered=False, to=PHYSICIAN
    ),
    f"POST /doctor/alerts/{ID}/takeover": alert(
        f"{ONE}/takeover", "RECEIVED", offered=True, answer="ACCEPT"
    ),
}
