"""Requests of the desk: who is there, a number for them, one appointment."""

from tests.helpers.identity import id_no
from tests.helpers.matrix.cases import Case, at
from tests.helpers.matrix.stage import Ask, Caller, Stage, _numbers
from wx_backend.base import ids

ID = r"([a-z0-9]{5,40})"


async def known(stage: Stage, caller: Caller) -> Ask:
    fields = {"name": "李建国", "id_no": id_no("1958-05-06", next(_numbers) % 999)}
    return Ask("/console/counter", fields=fields)


def serve(sends: bool) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        person = await stage.patient(await stage.account("somebody"))
        path = f"/console/counter/{person.patient_id}"
        fields = {"slot": stage.slot().id, "idempotency_key": ids.new("key")} if sends else None
        return Ask(path, fields=fields, objects=(person.patient_id,))

    return Case(make, of="institution")


def booking(path: str, state: str = "HELD", **fields: str) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        held = await stage.held(await stage.account("somebody"))
        table = stage.house.db.raw("appointments")
        await table.update_one({"_id": held.id}, {"$set": {"state": state}})
        return Ask(path.format(held.id), fields=fields or None, objects=(held.id,))

    return Case(make, of="institution")


ONE = "/console/bookings/{}"

CONSOLE: dict[str, Case] = {
    "GET /console/bookings": at("/console/bookings"),
    "POST /console/bookings": at("/console/bookings", 200, 422),
    f"GET /console/bookings/{ID}": booking(ONE),
    f"GET /console/bookings/{ID}/slip": booking(f"{ONE}/slip"),
    f"GET /console/bookings/{ID}/check-in": Case(booking(f"{ONE}/check-in").make),
    f"POST /console/bookings/{ID}/check-in": booking(f"{ONE}/check-in", "CHECKED_IN", _="1"),
    f"GET /console/bookings/{ID}/phone": Case(booking(f"{ONE}/phone").make),
    f"POST /console/bookings/{ID}/phone": booking(f"{ONE}/phone", _="1"),
    f"GET /console/bookings/{ID}/code": booking(f"{ONE}/code"),
    f"POST /console/bookings/{ID}/code": booking(f"{ONE}/code", method="wechat_native"),
    f"GET /console/bookings/{ID}/code/check": Case(booking(f"{ONE}/code/check").make),
    f"POST /console/bookings/{ID}/code/check": booking(f"{ONE}/code/check", _="1"),
    f"GET /console/bookings/{ID}/cash": Case(booking(f"{ONE}/cash").make),
    f"POST /console/bookings/{ID}/cash": booking(f"{ONE}/cash", _="1"),
    f"GET /console/bookings/{ID}/cash-back": Case(booking(f"{ONE}/cash-back").make),
    f"POST /console/bookings/{ID}/cash-back": booking(f"{ONE}/cash-back", _="1"),
    f"GET /console/bookings/{ID}/cancel": Case(booking(f"{ONE}/cancel").make),
    f"POST /console/bookings/{ID}/cancel": booking(f"{ONE}/cancel", by="patient", why="来电"),
    "GET /console/counter": at("/console/counter"),
    "POST /console/counter": Case(known),
    f"GET /console/counter/{ID}": serve(sends=False),
    f"POST /console/counter/{ID}": serve(sends=True),
}
