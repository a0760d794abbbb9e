"""门诊缴费: what is owed, choosing, paying several at once, what became of it."""

import msgspec

from booking.bills import service as bills
from booking.bills.model import (
    BillsBusy,
    BillsChanged,
    CashierSilent,
    PayBills,
    Payment,
    PaymentOver,
)
from booking.payments.model import OrderPaid
from wx_backend.base.errors import AppError, Invalid, NotFound, WrongState
from wx_backend.base.forms import from_json
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.page import own_address
from wx_backend.entrypoints.web.patient import bill_views, billed, paths
from wx_backend.entrypoints.web.patient.pages.paying import PayingPage
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage
from wx_backend.identity.patients import service as patients

NOTHING = "请至少选择一张账单"
SHOWN_AGAIN = (BillsChanged, BillsBusy, CashierSilent, Invalid)


class Bills(PatientPage):
    """``GET ?patient=`` asks the HIS what a person owes; ``POST`` opens one payment for what was
    ticked, each with the amount that was shown.
    """

    access = ACCOUNT

    async def get(self) -> None:
        await self._ask(self.get_query_argument("patient", ""))

    async def post(self) -> None:
        patient = self.get_body_argument("patient", "")
        numbers, fen = billed.picked(self.get_body_arguments("bill"))
        try:
            if not numbers:
                raise Invalid(NOTHING)
            told = {"patient": patient, "bills": numbers, "amount_fen": fen}
            form = from_json(msgspec.json.encode(told), PayBills)
            opened = await bills.open_bills(self.ctx, form, self.idempotency_key())
        except SHOWN_AGAIN as refused:
            await self._ask(patient, frozenset(numbers), refused)
        else:
            self.go(paths.pay_bills(opened.id))

    async def _ask(
        self, asked: str, ticked: frozenset[str] = frozenset(), refused: AppError | None = None
    ) -> None:
        people = await patients.mine(self.ctx)
        person = billed.chosen(people, asked)
        if asked and (person is None or person.patient_id != asked):
            raise NotFound()
        if person is None:
            self.go(paths.add_person(paths.BILLS))
            return
        found, silent = [], False
        try:
            _, found = await bills.pending(self.ctx, person.patient_id)
        except CashierSilent as nothing:
            refused, silent = nothing, True
        left_out = frozenset(bill.no for bill in found if ticked and bill.no not in ticked)
        rows = tuple(billed.row(bill, self.words, left_out) for bill in found)
        view = bill_views.Bills(
            people=billed.tabs(people, person, "bills"),
            patient_id=person.patient_id,
            rows=rows,
            total_fen=sum(row.fen for row in rows if row.chosen),
            idempotency_key=self.new_key(),
            reads=person.reads,
            silent=silent,
            verify_href=billed.verify_href(person),
            error=refused.message if refused else "",
            stays_href=paths.stays(person.patient_id),
        )
        self.show("bills/page.html", view, refused.status if refused else 200)


class PayChosen(PayingPage):
    """``GET`` shows the sum and until when; ``POST`` opens the platform's cashier."""

    access = ACCOUNT

    async def get(self, key: str) -> None:
        payment = await bills.own(self.ctx, key)
        if billed.seconds_left(payment, self.ctx.now()):
            await self._ask(payment)
        else:
            self.go(paths.bill_payment(key))

    async def post(self, key: str) -> None:
        result, again = paths.bill_payment(key), paths.pay_bills(key)
        method, back = self.get_body_argument("method", ""), own_address(self, result)
        try:
            ticket = await bills.pay(self.ctx, key, method, self.request.remote_ip, back)
        except (PaymentOver, OrderPaid, WrongState):
            self.go(result)
        except NotFound:
            raise
        except AppError as refused:
            await self._ask(await bills.own(self.ctx, key), refused)
        else:
            payment = await bills.own(self.ctx, key)
            about = f"{billed.title(payment, self.words)} · {payment.patient}"
            self.launch(ticket, about, payment.fen, result, again)

    async def _ask(self, payment: Payment, refused: AppError | None = None) -> None:
        now = self.ctx.now()
        view = bill_views.PayBills(
            action=paths.pay_bills(payment.id),
            title=billed.title(payment, self.words),
            patient=payment.patient,
            lines=billed.lines(payment),
            fee_fen=payment.fen,
            methods=await self.methods_here(),
            expires_at=self.words.until(payment.expires_at, now, billed.HOSPITAL_ZONE),
            seconds_left=billed.seconds_left(payment, now),
            cancel_action=paths.cancel_bills(payment.id),
            idempotency_key=self.new_key(),
            error=refused.message if refused else "",
        )
        self.show("bills/pay.html", view, refused.status if refused else 200)


class OnePayment(PatientPage):
    """``GET``: what became of it as the server knows, asked of the platform while it is open."""

    access = ACCOUNT

    async def get(self, key: str) -> None:
        payment = await bills.check(self.ctx, key)
        invoice, hides = await self._invoice(payment)
        view = billed.result(payment, invoice, hides, self.ctx.now(), self.words)
        self.show("bills/payment.html", view)

    async def _invoice(self, payment: Payment) -> tuple:
        """The e-invoice, and whether the account may not see one; who has left has none."""
        if payment.state != "SETTLED" or not payment.patient_id:
            return None, False
        people = await patients.mine(self.ctx)
        person = next((one for one in people if one.patient_id == payment.patient_id), None)
        if person is None or not person.reads:
            return None, True
        return await bills.invoice(self.ctx, payment), False


class Cancel(PatientPage):
    """``POST``: it is not to be paid after all, and the bills can be chosen anew."""

    access = ACCOUNT

    async def get(self, key: str) -> None:
        self.go(paths.bill_payment((await bills.own(self.ctx, key)).id))

    async def post(self, key: str) -> None:
        try:
            payment = await bills.cancel(self.ctx, key)
        except WrongState:
            self.go(paths.bill_payment(key))
            return
        again = paths.bills(payment.patient_id) if payment.patient_id else paths.DEPOSIT
        self.go(again)


class Payments(PatientPage):
    """``GET``: the account's payments, newest first."""

    access = ACCOUNT

    async def get(self) -> None:
        rows = tuple(billed.payment_row(one, self.words) for one in await bills.mine(self.ctx))
        self.show("bills/payments.html", bill_views.BillPayments(rows=rows))
