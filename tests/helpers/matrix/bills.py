"""Requests to the hospital's cashier, each about somebody verified who owes something there."""

from urllib.parse import urlencode

from booking.bills import service as bills
from booking.bills.model import BillShown, PayBills
from booking.prices import service as prices
from tests.helpers import his
from tests.helpers.cashier import NAME
from tests.helpers.matrix.cases import Case, at
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.identity.patients import access
from wx_backend.identity.patients import service as patients

ID = r"([a-z0-9]{5,40})"
PAYMENT = r"/api/v1/bill-payments/([a-z0-9]+)"
NUMBER = r"([A-Za-z0-9_-]{1,64})"


class Debtor:
    """Somebody who owes something, as their account acts."""

    def __init__(self, ctx: Ctx, patient: str, owed: list[BillShown]):
        self.ctx, self.patient, self.owed = ctx, patient, owed

    def wants(self) -> dict:
        total = sum(bill.fen for bill in self.owed)
        numbers = [bill.no for bill in self.owed]
        return {"patient": self.patient, "bills": numbers, "amount_fen": total}

    async def opened(self) -> str:
        asked = PayBills(**self.wants())
        return (await bills.open_bills(self.ctx, asked, ids.new("key"))).id


async def debtor(stage: Stage, owner: Caller) -> Debtor:
    """Three bills of somebody who has been verified at the desk."""
    await reached(stage)
    person = await stage.patient(owner)
    await patients.verify(stage.admin, person.binding_id, "DESK")
    ctx = stage.as_account(owner)
    _, owed = await bills.pending(ctx, person.patient_id)
    return Debtor(ctx, person.patient_id, owed)


async def reached(stage: Stage) -> None:
    """The hospital's HIS is its cashier; asked of what is stored, so that no absence is kept."""
    known = {channel.platform for channel in await institutions.channels(stage.ctx)}
    if "his_bills" not in known:
        await his.is_cashier(stage.hospital)


async def admitted(stage: Stage, owner: Caller) -> tuple[Debtor, str, str]:
    """An inpatient, the visit number and the day of admission."""
    one = await debtor(stage, owner)
    name, id_no = await access.card_of(stage.ctx, one.patient)
    told = await stage.hospital.control("his/stays", name=name, id_no=id_no)
    found = await bills.stays(one.ctx, one.patient)
    [stay] = [one for one in found if one.visit_no == told["visit_no"]]
    return one, stay.visit_no, stay.admitted_on.isoformat()


def owed(path: str) -> Case:
    """``path`` asks about a patient."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        one = await debtor(stage, owner)
        asked = f"{path}?{urlencode({'patient': one.patient})}"
        return Ask(asked, objects=(one.patient, one.owed[0].no))

    return Case(make, of="account")


def opened(path: str, json: dict | None = None, fields: dict | None = None) -> Case:
    """An address of a payment that waits to be paid."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        key = await (await debtor(stage, owner)).opened()
        return Ask(path.format(key), json=json, fields=fields, objects=(key,))

    return Case(make, of="account")


def lists(path: str) -> Case:
    async def make(stage: Stage, owner: Caller) -> Ask:
        return Ask(path, objects=(await (await debtor(stage, owner)).opened(),))

    return Case(make)


async def open_bills(stage: Stage, owner: Caller) -> Ask:
    return Ask("/api/v1/bill-payments", json=(await debtor(stage, owner)).wants())


def deposit(path: str, **more: object) -> Case:
    """Anybody may; the other institution (409) has no such HIS."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        _, visit_no, _ = await admitted(stage, owner)
        told = {"visit_no": visit_no, "name": NAME, **more}
        page = not path.startswith("/api/")
        return Ask(path, fields=told if page else None, json=None if page else told)

    return Case(make, mine=True, good=frozenset({200, 201, 303, 409}))


def of_stay(path: str) -> Case:
    """``path`` with the visit number and a day, about the patient."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        one, visit_no, day = await admitted(stage, owner)
        asked = f"{path.format(visit_no, day)}?{urlencode({'patient': one.patient})}"
        return Ask(asked, objects=(one.patient, visit_no))

    return Case(make, of="account")


API: dict[str, Case] = {
    "GET /api/v1/bills": owed("/api/v1/bills"),
    "GET /api/v1/bill-payments": lists("/api/v1/bill-payments"),
    "POST /api/v1/bill-payments": Case(open_bills, of="account"),
    f"GET {PAYMENT}": opened("/api/v1/bill-payments/{}"),
    f"POST {PAYMENT}/payment": opened(
        "/api/v1/bill-payments/{}/payment", json={"method": "wechat_h5"}
    ),
    f"POST {PAYMENT}/payment/check": opened("/api/v1/bill-payments/{}/payment/check"),
    f"POST {PAYMENT}/cancel": opened("/api/v1/bill-payments/{}/cancel"),
    "POST /api/v1/deposits/stay": deposit("/api/v1/deposits/stay"),
    "POST /api/v1/deposits": deposit("/api/v1/deposits", amount_fen=10_000),
    "GET /api/v1/stays": owed("/api/v1/stays"),
    rf"GET /api/v1/stays/{NUMBER}/days/(\d{{4}}-\d\d-\d\d)": of_stay("/api/v1/stays/{}/days/{}"),
}
OPEN: dict[str, Case] = {
    "GET /api/v1/prices": at("/api/v1/prices?q=xcg"),
    "GET /h5/prices": at("/h5/prices?q=xcg"),
}


async def choose(stage: Stage, owner: Caller) -> Ask:
    one = await debtor(stage, owner)
    ticked = [f"{bill.no}:{bill.fen}" for bill in one.owed]
    return Ask("/h5/bills", fields={"patient": one.patient, "bill": ticked})


async def import_now(stage: Stage, owner: Caller) -> Ask:
    return Ask("/console/prices/import", fields={})


async def cancel_import(stage: Stage, owner: Caller) -> Ask:
    asked = await prices.begin(stage.ctx, ids.new("key"))
    return Ask(f"/console/prices/imports/{asked.id}/cancel", fields={}, objects=(asked.id,))


CONSOLE: dict[str, Case] = {
    "GET /console/prices": at("/console/prices?q=xcg"),
    "GET /console/prices/import": at("/console/prices/import"),
    "POST /console/prices/import": Case(import_now),
    f"GET /console/prices/imports/{ID}/cancel": at("/console/prices/imports/imp00000/cancel"),
    f"POST /console/prices/imports/{ID}/cancel": Case(cancel_import, of="institution"),
}
PAGE = f"/h5/bills/payments/{ID}"
PAGES: dict[str, Case] = {
    "GET /h5/bills": owed("/h5/bills"),
    "POST /h5/bills": Case(choose, of="account"),
    "GET /h5/bills/payments": lists("/h5/bills/payments"),
    f"GET {PAGE}": opened("/h5/bills/payments/{}"),
    f"GET {PAGE}/pay": opened("/h5/bills/payments/{}/pay"),
    f"POST {PAGE}/pay": opened("/h5/bills/payments/{}/pay", fields={"method": "wechat_h5"}),
    f"GET {PAGE}/cancel": opened("/h5/bills/payments/{}/cancel"),
    f"POST {PAGE}/cancel": opened("/h5/bills/payments/{}/cancel", fields={}),
    "GET /h5/deposit": at("/h5/deposit"),
    "POST /h5/deposit": deposit("/h5/deposit"),
    "GET /h5/stays": owed("/h5/stays"),
}
