"""A hospital whose numbers belong to the sandbox's HIS, or whose books it keeps."""

from booking.appointments import service as appointments
from booking.appointments.model import Appointment
from booking.locks import service as locks
from booking.locks.model import Difference
from booking.schedules.model import Slot
from tests.helpers.hospital import Hospital
from tests.helpers.http import http_client
from tests.helpers.outpatient import Outpatient, Patient
from wx_backend.base.errors import AppError
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelSpec
from wx_backend.entrypoints.cli.home import read_env

EVERY_CALL = "/his/numbers/v1/*"
LOCKS = "/his/numbers/v1/locks/*"
ENTRIES = "/his/accounts/v1/entries/*"


async def owned_by_his(hospital: Hospital) -> None:
    """From now on every number of the hospital is the HIS's, whose books are empty."""
    await hospital.control("clear", what="his")
    await _reached(hospital, "his_numbers")
    await hospital.decides("booking.his_numbers", 1)


async def _reached(hospital: Hospital, contract: str) -> None:
    """The hospital knows where the HIS is."""
    given = read_env(hospital.sandbox.home / "sandbox.env")
    await institutions.register_channel(
        hospital.ctx(),
        ChannelSpec(
            contract,
            {"secret": given["WX_SANDBOX_HIS_SECRET"]},
            appid=given["WX_SANDBOX_HIS_KEY"],
            params={"url": f"{hospital.sandbox.url}/his"},
        ),
    )


async def lock_of(clinic: Outpatient, appointment: Appointment) -> str:
    return await appointments.lock_state(clinic.hospital.ctx(), appointment)


async def books(clinic: Outpatient) -> list[dict]:
    """What the HIS has given out."""
    return [one for one in await clinic.ctl("his/books") if one["state"] != "RELEASED"]


async def sells(hospital: Hospital, slot: Slot, number: int, back: bool = False) -> None:
    """A clerk gives a number out at the counter, or has it ``back``."""
    told = {"slot": slot.id, "number": number, "visit_date": slot.visit_date, "back": back}
    await hospital.control("his/counter", **told)


async def differences(clinic: Outpatient) -> list[Difference]:
    ctx = clinic.worker.ctx(clinic.hospital.ctx().institution)
    days = await locks.dates(ctx)
    return [one for day in days for one in await locks.differences(ctx, day)]


async def pays_if_known(clinic: Outpatient, patient: Patient, held: Appointment) -> bool:
    """The patient presses pay and pays; False: the number is not theirs (yet)."""
    try:
        ticket = await clinic.ticket(patient, held)
    except AppError as refused:
        assert refused.status == 409, refused
        return False
    await clinic.pays(ticket)
    return True


async def agreed(clinic: Outpatient) -> None:
    """Both books say the same, and nobody has paid without a number or a refund."""
    assert await differences(clinic) == []
    theirs = {(one["slot"], one["number"]): one for one in await books(clinic)}
    ours = {}
    for doc in await clinic.docs("appointments"):
        if doc.get("active"):
            ours[doc["slot"], doc["number"]] = "LOCKED" if doc["state"] == "HELD" else "CONFIRMED"
    assert {at: one["state"] for at, one in theirs.items() if one["state"] != "COUNTER"} == ours
    assert not any("due_at" in doc for doc in await clinic.docs("number_locks"))
    await clinic.balanced()


async def keeps_books(hospital: Hospital) -> None:
    """From now on the HIS is told of the hospital's money; its books are empty."""
    await hospital.control("clear", what="his")
    await _reached(hospital, "his_accounts")


async def entries(clinic: Outpatient) -> list[tuple[str, int]]:
    """(kind, fen) of what is in the HIS's books of money, as they were booked."""
    return [(one["kind"], one["fen"]) for one in await clinic.ctl("his/entries")]


async def posted(clinic: Outpatient) -> dict[str, str]:
    """The state of every posting, by what it is of: PAID or REFUNDED."""
    return {doc["kind"]: doc["state"] for doc in await clinic.docs("postings")}


async def is_cashier(hospital: Hospital) -> None:
    """From now on the HIS is the hospital's cashier too: bills, deposits and prices are its."""
    await keeps_books(hospital)
    await _reached(hospital, "his_bills")


async def knows_numbers(hospital: Hospital) -> None:
    """From now on the HIS sends codes to whomever it has a number of."""
    await _reached(hospital, "his_proof")
    await hospital.catch_up()


async def texts(hospital: Hospital, phone: str = "") -> list[str]:
    """The codes that it has sent, to one number or to all, in their order."""
    async with http_client() as http:
        found = await http.get(f"{hospital.sandbox.url}/_ctl/his/proofs", params={"phone": phone})
    return [one["code"] for one in found.raise_for_status().json()]
