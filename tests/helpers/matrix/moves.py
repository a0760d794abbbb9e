"""Requests about a booked number that is to be moved."""

from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids

ID = r"([a-z0-9]{5,40})"


def booked(path: str, sends: bool = False) -> Case:
    """``path`` of a booked appointment, and the doctor of another slot; ``sends`` that slot."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        held, other = await stage.held(owner), stage.slot()
        while other.fee_fen != held.fee_fen:
            other = stage.slot()
        table = stage.house.db.raw("appointments")
        await table.update_one({"_id": held.id}, {"$set": {"state": "BOOKED"}})
        fields = {"slot": other.id, "idempotency_key": ids.new("key")} if sends else None
        as_json = path.startswith("/api/")
        return Ask(
            path.format(held.id, other.doctor_id),
            fields=None if as_json else fields,
            json={"slot": other.id} if as_json else None,
            objects=(held.id,),
        )

    return Case(make, of="account")


CASES: dict[str, Case] = {
    "POST /api/v1/appointments/([a-z0-9]+)/reschedule": booked(
        "/api/v1/appointments/{}/reschedule", sends=True
    ),
    f"GET /h5/appointments/{ID}/move": booked("/h5/appointments/{}/move"),
    f"GET /h5/appointments/{ID}/move/{ID}": booked("/h5/appointments/{}/move/{}"),
    f"GET /h5/appointments/{ID}/confirm-move": booked("/h5/appointments/{}/confirm-move"),
    f"POST /h5/appointments/{ID}/confirm-move": booked(
        "/h5/appointments/{}/confirm-move", sends=True
    ),
}
