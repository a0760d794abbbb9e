"""Requests about restrictions: of the caller's own person, or of somebody at the hospital."""

from datetime import timedelta

from booking.restrictions import service
from booking.restrictions.model import Grounds, Restriction, of_patient
from tests.helpers.matrix.cases import Case, at
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids
from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.base.context import Actor

ID = r"([a-z0-9]{5,40})"
WORDS = "三次都是因为老人住院，有住院证明"
API, PAGE, CONSOLE = "/api/v1/restrictions", "/h5/restrictions", "/console/restrictions"


async def restriction(stage: Stage, owner: Caller, state: str = "IN_FORCE") -> Restriction:
    """Of the owner's person, decided by somebody who is none of the callers."""
    person, now = await stage.patient(owner), stage.ctx.now()
    ground = Grounds(
        appointment=ids.new("apt"), account=owner.id, at=now, starts_at=now + timedelta(days=1),
        department="心血管内科", doctor="周启明",
    )  # fmt: skip
    one = Restriction(
        id=ids.new("rst"), inst=stage.ctx.institution or "", kind="cancel", state="PROPOSED",
        subject=of_patient(person.patient_id), version=1, patient=person.name,
        accounts=(owner.id,), grounds=(ground,), limit=3, days=30, ban_days=30,
        zone=HOSPITAL_ZONE, proposed_at=now,
    )  # fmt: skip
    await service.propose(stage.ctx, one)
    if state != "PROPOSED":
        one = await service.impose(stage.admin, one.id, 1, "情况属实", 30)
    if state == "APPEALED":
        them = stage.ctx.acting_as(Actor("account", owner.id))
        one = await service.appeal(them, one.id, WORDS)
    return one


def own(path: str, sends: bool = False) -> Case:
    """About the owner's; ``sends`` the appeal."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        one = await restriction(stage, owner)
        sent = {"text": WORDS} if sends else None
        as_json = path.startswith("/api/")
        return Ask(
            path.format(one.id),
            fields=None if as_json else sent,
            json=sent if as_json else None,
            objects=(one.id,),
        )

    return Case(make, of="account")


def lists(path: str) -> Case:
    async def make(stage: Stage, owner: Caller) -> Ask:
        return Ask(path, objects=((await restriction(stage, owner)).id,))

    return Case(make)


def staffed(path: str, state: str = "IN_FORCE", **fields: str) -> Case:
    """At the console, about somebody's."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        one = await restriction(stage, await stage.account("somebody"), state)
        sent = {"version": str(one.version), "words": "情况属实", **fields} if fields else None
        return Ask(path.format(one.id), fields=sent, objects=(one.id,))

    return Case(make, of="institution")


PATIENT = {
    f"GET {API}": lists(API),
    rf"POST {API}/([a-z0-9]+)/appeal": own(f"{API}/{{}}/appeal", sends=True),
    f"GET {PAGE}": lists(PAGE),
    f"GET {PAGE}/{ID}": own(f"{PAGE}/{{}}"),
    f"POST {PAGE}/{ID}": own(f"{PAGE}/{{}}", sends=True),
}
STAFF = {
    f"GET {CONSOLE}": at(CONSOLE),
    f"GET {CONSOLE}/{ID}": staffed(f"{CONSOLE}/{{}}"),
    f"GET {CONSOLE}/{ID}/decide": Case(staffed(f"{CONSOLE}/{{}}/decide").make),
    f"POST {CONSOLE}/{ID}/decide": staffed(
        f"{CONSOLE}/{{}}/decide", "PROPOSED", verdict="impose", ban_days="30"
    ),
    f"GET {CONSOLE}/{ID}/lift": Case(staffed(f"{CONSOLE}/{{}}/lift").make),
    f"POST {CONSOLE}/{ID}/lift": staffed(f"{CONSOLE}/{{}}/lift", more="1"),
    f"GET {CONSOLE}/{ID}/review": Case(staffed(f"{CONSOLE}/{{}}/review").make),
    f"POST {CONSOLE}/{ID}/review": staffed(f"{CONSOLE}/{{}}/review", "APPEALED", verdict="grant"),
}
