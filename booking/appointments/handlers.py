"""Booking over JSON, for mini-programs; the pages call the same services."""

from typing import Annotated, Any

import msgspec

from booking.appointments import service
from booking.appointments.model import Appointment, Hold
from booking.payments.model import Order
from wx_backend.base.context import Ctx
from wx_backend.base.forms import Form
from wx_backend.base.handler import ACCOUNT, ApiHandler

Id = Annotated[str, msgspec.Meta(min_length=5, max_length=40, pattern="^[a-z0-9]+$")]


class HoldForm(Form):
    """``slot`` and ``patient`` are ids as the lists gave them."""

    slot: Id
    patient: Id


class PayForm(Form):
    method: Annotated[str, msgspec.Meta(max_length=20)]


class ListQuery(Form):
    """``cursor`` as the page before gave it."""

    cursor: Annotated[str, msgspec.Meta(max_length=60)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20


def shown(ctx: Ctx, appointment: Appointment, order: Order | None = None) -> dict[str, Any]:
    """An appointment as the API shows it: times in UTC, money in fen, the patient masked."""
    return {
        "id": appointment.id,
        "state": appointment.state,
        "version": appointment.version,
        **{k: v for k, v in appointment.facts().items() if k not in ("appointment", "account")},
        "ends_at": appointment.ends_at,
        "expires_at": appointment.expires_at if appointment.state == "HELD" else None,
        "rescue": appointment.rescue,
        "order": _order_shown(order) if order else None,
    }


def _order_shown(order: Order) -> dict[str, Any]:
    ledger = order.ledger()
    return {
        "state": order.state,
        "amount_fen": order.amount_fen,
        "paid_fen": ledger.paid_fen,
        "refunding_fen": ledger.refunding_fen,
        "refunded_fen": ledger.refunded_fen,
    }


class Appointments(ApiHandler):
    """``POST`` holds a number (2 shared calls to the database); ``GET`` lists one's own (1)."""

    access = ACCOUNT

    async def post(self) -> None:
        form = self.form(HoldForm)
        command = Hold(form.slot, form.patient)
        appointment = await service.hold(self.ctx, command, self.idempotency_key())
        self.answer(shown(self.ctx, appointment), 201)

    async def get(self) -> None:
        query = self.query(ListQuery)
        page = await service.mine(self.ctx, query.cursor, query.limit)
        items = [shown(self.ctx, item) for item in page.items]
        self.answer({"items": items, "cursor": page.cursor})


class OneAppointment(ApiHandler):
    """``GET`` one appointment with its order (2 calls)."""

    access = ACCOUNT

    async def get(self, appointment_id: str) -> None:
        appointment = await service.own(self.ctx, appointment_id)
        order = await service.order_of(self.ctx, appointment)
        self.answer(shown(self.ctx, appointment, order))


class Payment(ApiHandler):
    """``POST`` opens payment; the answer is what the mini-program hands to the platform."""

    access = ACCOUNT

    async def post(self, appointment_id: str) -> None:
        method = self.form(PayForm).method
        ticket = await service.pay(self.ctx, appointment_id, method, self.request.remote_ip)
        self.answer(ticket)


class PaymentCheck(ApiHandler):
    """``POST`` after the platform's pay sheet closed: the server asks, the answer says."""

    access = ACCOUNT

    async def post(self, appointment_id: str) -> None:
        appointment = await service.check_payment(self.ctx, appointment_id)
        order = await service.order_of(self.ctx, appointment)
        self.answer(shown(self.ctx, appointment, order))


class Cancel(ApiHandler):
    """``POST`` gives the number back."""

    access = ACCOUNT

    async def post(self, appointment_id: str) -> None:
        appointment = await service.cancel(self.ctx, appointment_id)
        self.answer(shown(self.ctx, appointment))


routes = [
    (r"/api/v1/appointments", Appointments),
    (r"/api/v1/appointments/([a-z0-9]+)", OneAppointment),
    (r"/api/v1/appointments/([a-z0-9]+)/payment", Payment),
    (r"/api/v1/appointments/([a-z0-9]+)/payment/check", PaymentCheck),
    (r"/api/v1/appointments/([a-z0-9]+)/cancel", Cancel),
]
