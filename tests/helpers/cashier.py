"""A clinic whose HIS is the cashier: what patients owe there, and what becomes of it.

payer = await cashier.payer()
bills = await cashier.owed(payer)
paid = await cashier.pays(payer, bills[:2])
"""

from booking.bills import service as bills
from booking.bills.model import BILL, CLAIMING, BillShown, PayBills, PayDeposit, Payment
from booking.bills.store import payment_of
from booking.payments.model import JSAPI
from booking.payments.store import order_of
from notify.messages import service as messages
from tests.helpers import his
from tests.helpers.identity import form
from tests.helpers.outpatient import Outpatient, Patient
from wx_backend.base import ids
from wx_backend.base.cache import recent
from wx_backend.identity.patients import service as patients

WRITTEN = ("bill_payments", "postings", "prices", "price_imports")
PENDING = "/his/bills/v1/pending"
STATES = "/his/bills/v1/states"
NAME = "李建国"


class Cashier:
    """The patients' side and the clerks' side of one clinic."""

    def __init__(self, clinic: Outpatient) -> None:
        self.clinic, self.hospital = clinic, clinic.hospital

    async def fresh(self) -> None:
        """A new day: nobody owes or has paid anything, and nobody has asked too often."""
        await self.clinic.fresh()
        for name in WRITTEN:
            await self.clinic.house.db.raw(name).delete_many({})
        for house in (self.clinic.house, self.clinic.worker):
            house.views.pop("stay_tries", None)
            recent(house, "price_categories").forget(self.hospital.ctx().institution)
        await his.is_cashier(self.hospital)

    async def payer(self, reads: bool = True) -> Patient:
        """Somebody new who pays for themselves; ``reads``: has been verified at the desk."""
        patient = await self.clinic.patient()
        if reads:
            [person] = await patients.mine(patient.ctx)
            await patients.verify(patient.ctx, person.binding_id, "DESK")
        return patient

    async def relative(self, of: Patient) -> Patient:
        """Another account that may pay for the same person, and reads nothing."""
        other = await self.clinic.patient()
        added = await patients.add(other.ctx, form(of.id_no, NAME, "OTHER", payer=True))
        other.id, other.id_no = added.patient_id, of.id_no
        return other

    async def owed(self, payer: Patient) -> list[BillShown]:
        return (await bills.pending(payer.ctx, payer.id))[1]

    async def opens(self, payer: Patient, chosen: list[BillShown], key: str = "") -> Payment:
        asked = PayBills(
            patient=payer.id,
            bills=[bill.no for bill in chosen],
            amount_fen=sum(bill.fen for bill in chosen),
        )
        return await bills.open_bills(payer.ctx, asked, key or ids.new("key"))

    async def begins(self, payer: Patient, payment: Payment) -> None:
        """The payer presses pay, and pays in the platform's sheet."""
        await self.clinic.pays(await bills.pay(payer.ctx, payment.id, JSAPI, "127.0.0.1"))
        await self.clinic.answered()

    async def pays(self, payer: Patient, chosen: list[BillShown]) -> Payment:
        """Opened, paid, posted, and as it is then."""
        payment = await self.opens(payer, chosen)
        await self.begins(payer, payment)
        await self.clinic.work()
        return await self.now(payment)

    async def admitted(self, patient: Patient) -> str:
        """The patient becomes an inpatient; the visit number."""
        told = await self.clinic.ctl("his/stays", name=NAME, id_no=patient.id_no)
        return told["visit_no"]

    async def deposits(self, payer: Patient, visit_no: str, fen: int) -> Payment:
        asked = PayDeposit(visit_no=visit_no, name=NAME, amount_fen=fen)
        payment = await bills.open_deposit(payer.ctx, asked, ids.new("key"))
        await self.begins(payer, payment)
        await self.clinic.work()
        return await self.now(payment)

    async def clerk(self, bill: BillShown, **changes: object) -> None:
        """At the counter: ``state``, ``fen`` or ``forget``."""
        await self.clinic.ctl("his/bills", no=bill.no, **changes)

    async def now(self, payment: Payment) -> Payment:
        [doc] = await self.clinic.docs("bill_payments", _id=payment.id)
        return payment_of(doc)

    async def tasks(self) -> list[str]:
        """States of what people were asked to look at, of these postings."""
        orders = [doc["order"] for doc in await self.clinic.docs("postings")]
        found = await self.clinic.docs("tasks", kind="unposted")
        return [one["state"] for one in found if one["subject"] in orders]

    async def kept(self, payment: Payment) -> int:
        """What of it the hospital has, in fen."""
        orders = await self.clinic.docs("orders")
        found = [order_of(doc) for doc in orders if doc["purpose"]["id"] == payment.id]
        return sum(order.ledger().kept_fen for order in found)

    async def told(self, payer: Patient) -> list[str]:
        page = await messages.inbox(payer.ctx, payer.account, limit=50)
        return [item.title for item in reversed(page.items)]

    async def over(self) -> None:
        """At rest, money is kept for what the HIS has, and for nothing else; no bill is claimed by
        what has ended, and the platform's and the HIS's books agree.
        """
        await self.clinic.ctl("clear", what="faults")
        await self.clinic.work()
        if await self.clinic.docs("orders", state="REFUNDING"):
            await self.clinic.refunded()
        total = 0
        for doc in await self.clinic.docs("bill_payments"):
            payment = payment_of(doc)
            kept, whole = await self.kept(payment), payment.state in ("PAID", "SETTLED")
            assert kept == (payment.fen - payment.refused_fen if whole else 0), payment
            claims = payment.kind == BILL and payment.state in CLAIMING
            assert bool(payment.claims) == claims, payment
            total += kept
        books = await self.clinic.books()
        assert books["conserved"] and books["sums"]["balance"] == total, books["sums"]
        entries = await his.entries(self.clinic)
        signs = {"PAID": 1, "REFUNDED": -1}
        unposted = {doc["order"] for doc in await self.clinic.docs("postings", state="REFUSED")}
        if not unposted:
            assert sum(signs[kind] * fen for kind, fen in entries) == total, entries
