"""Booking over JSON, for mini-programs; the pages call the same services."""

from datetime import datetime
from typing import Annotated

import msgspec

from booking.appointments import service
from booking.appointments.model import (
    AccountTooNew,
    AgeNotSeen,
    Appointment,
    CancelTooLate,
    FeverClinic,
    Hold,
    HoldExpired,
    LimitReached,
    NumberGone,
    NumberNotLocked,
    NumberUnconfirmed,
    OtherDepartment,
    OtherFee,
    RescheduleLimit,
    RescheduleTooLate,
    SameSlot,
    SymptomsNotSaid,
)
from booking.payments.model import CannotPayHere, Order, OrderPaid, Ticket
from booking.restrictions.model import Restricted
from booking.schedules.model import (
    NextDayClosed,
    SameDayClosed,
    SlotClosed,
    SlotFull,
    SlotNotOpenYet,
)
from wx_backend.base.api import Call, calls
from wx_backend.base.errors import (
    GatewayBusy,
    GatewayRefused,
    GatewayUnknown,
    NotFound,
    SameKeyOtherBody,
    WrongState,
)
from wx_backend.base.forms import Form
from wx_backend.base.handler import ACCOUNT, ApiHandler
from wx_backend.directory.institutions.model import NoChannel

Id = Annotated[str, msgspec.Meta(min_length=5, max_length=40, pattern="^[a-z0-9]+$")]


class HoldForm(Form):
    """``slot`` and ``patient`` are ids as the lists gave them; ``symptoms``: whether the patient
    has any of those that the refusal ``symptoms_not_said`` names.
    """

    slot: Id
    patient: Id
    symptoms: bool | None = None


class PayForm(Form):
    method: Annotated[str, msgspec.Meta(max_length=20)]


class RescheduleForm(Form):
    """``slot``: where to, as the lists gave it; ``symptoms`` as for a first number."""

    slot: Id
    symptoms: bool | None = None


class ListQuery(Form):
    """``cursor`` as the page before gave it."""

    cursor: Annotated[str, msgspec.Meta(max_length=60)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20


class OrderShown(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, paid and given back, in fen."""

    state: str
    amount_fen: int
    paid_fen: int
    refunding_fen: int
    refunded_fen: int


class AppointmentShown(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment as the API shows it: times in UTC, money in fen, the patient masked.

    ``expires_at``: until when a hold can be paid; ``rescue``: what became of a late payment;
    ``moved_to``: of a rescheduled one, the id of the appointment it has become; ``lock``: of a
    number that a HIS owns, what is known of it (LOCKED and CONFIRMED may be paid), in the answer to
    a hold and to a look at one; ``no_symptoms_at``: when the patient declared to have none of the
    symptoms that were asked for.
    """

    id: str
    state: str
    version: int
    patient: str
    department: str
    doctor: str
    location: str
    starts_at: datetime
    ends_at: datetime
    visit_date: str
    serial: str
    fee_fen: int
    expires_at: datetime | None
    rescue: str | None
    moved_to: str = ""
    lock: str = ""
    no_symptoms_at: datetime | None = None
    order: OrderShown | None = None


class AppointmentPage(msgspec.Struct, frozen=True):
    """``cursor`` asks for what comes after ``items``; empty when that is nothing."""

    items: list[AppointmentShown]
    cursor: str


def shown(one: Appointment, order: Order | None = None, lock: str = "") -> AppointmentShown:
    return AppointmentShown(
        id=one.id,
        state=one.state,
        version=one.version,
        patient=one.patient,
        department=one.department,
        doctor=one.doctor,
        location=one.location,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        visit_date=one.visit_date,
        serial=one.serial,
        fee_fen=one.fee_fen,
        expires_at=one.expires_at if one.state == "HELD" else None,
        rescue=one.rescue,
        moved_to=one.moved_to,
        lock=lock,
        no_symptoms_at=one.no_symptoms_at,
        order=_order_shown(order) if order else None,
    )


def _order_shown(order: Order) -> OrderShown:
    ledger = order.ledger()
    return OrderShown(
        state=order.state,
        amount_fen=order.amount_fen,
        paid_fen=ledger.paid_fen,
        refunding_fen=ledger.refunding_fen,
        refunded_fen=ledger.refunded_fen,
    )


GATEWAY = (GatewayBusy, GatewayRefused, GatewayUnknown)
NO_NUMBER = (
    *(SlotFull, SlotClosed, SlotNotOpenYet, NextDayClosed, SameDayClosed),
    *(LimitReached, AgeNotSeen, NotFound, SameKeyOtherBody, WrongState),
    *(Restricted, AccountTooNew, SymptomsNotSaid, FeverClinic),
)
"""Why a slot gives a patient no number."""


class Appointments(ApiHandler):
    """``POST`` holds a number (2 shared calls to the database); ``GET`` lists one's own (1)."""

    access = ACCOUNT
    api = calls(
        get=Call(does="我的预约", query=ListQuery, answer=AppointmentPage),
        post=Call(
            does="占号，须在时限内支付",
            form=HoldForm,
            answer=AppointmentShown,
            status=201,
            key=True,
            refuses=NO_NUMBER,
        ),
    )

    async def post(self) -> None:
        form = self.form(HoldForm)
        command = Hold(form.slot, form.patient)
        key = self.idempotency_key()
        appointment = await service.hold(self.located(), command, key, form.symptoms)
        lock = await service.lock_state(self.ctx, appointment)
        self.answer(shown(appointment, lock=lock), 201)

    async def get(self) -> None:
        query = self.query(ListQuery)
        page = await service.mine(self.ctx, query.cursor, query.limit)
        items = [shown(item) for item in page.items]
        self.answer(AppointmentPage(items, page.cursor))


class OneAppointment(ApiHandler):
    """``GET`` one appointment with its order (2 calls)."""

    access = ACCOUNT
    api = calls(get=Call(does="预约详情", answer=AppointmentShown))

    async def get(self, appointment_id: str) -> None:
        appointment = await service.own(self.ctx, appointment_id)
        order = await service.order_of(self.ctx, appointment)
        self.answer(shown(appointment, order, await service.lock_state(self.ctx, appointment)))


class Payment(ApiHandler):
    """``POST`` opens payment; the answer is what the mini-program hands to the platform."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="发起支付",
            form=PayForm,
            answer=Ticket,
            refuses=(
                *(HoldExpired, NumberNotLocked, WrongState, OrderPaid, CannotPayHere),
                *(NoChannel, *GATEWAY),
            ),
        )
    )

    async def post(self, appointment_id: str) -> None:
        method = self.form(PayForm).method
        ticket = await service.pay(self.ctx, appointment_id, method, self.request.remote_ip)
        self.answer(ticket)


class PaymentCheck(ApiHandler):
    """``POST`` after the platform's pay sheet closed: the server asks, the answer says."""

    access = ACCOUNT
    api = calls(
        post=Call(does="支付后确认结果", answer=AppointmentShown, refuses=(WrongState, *GATEWAY))
    )

    async def post(self, appointment_id: str) -> None:
        appointment = await service.check_payment(self.ctx, appointment_id)
        order = await service.order_of(self.ctx, appointment)
        self.answer(shown(appointment, order))


class Cancel(ApiHandler):
    """``POST`` gives the number back."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="退号",
            answer=AppointmentShown,
            refuses=(CancelTooLate, WrongState, *GATEWAY),
        )
    )

    async def post(self, appointment_id: str) -> None:
        appointment = await service.cancel(self.located(), appointment_id)
        self.answer(shown(appointment))


class Rescheduling(ApiHandler):
    """``POST`` takes another time; the answer is the new appointment. One transaction."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="改约，新号到手才退原号",
            form=RescheduleForm,
            answer=AppointmentShown,
            status=201,
            key=True,
            refuses=(
                *(RescheduleTooLate, RescheduleLimit, OtherDepartment, OtherFee, SameSlot),
                *(NumberGone, NumberUnconfirmed),
                *NO_NUMBER,
            ),
        )
    )

    async def post(self, appointment_id: str) -> None:
        form, key = self.form(RescheduleForm), self.idempotency_key()
        moved = await service.reschedule(self.ctx, appointment_id, form.slot, key, form.symptoms)
        self.answer(shown(moved), 201)


routes = [
    (r"/api/v1/appointments", Appointments),
    (r"/api/v1/appointments/([a-z0-9]+)", OneAppointment),
    (r"/api/v1/appointments/([a-z0-9]+)/payment", Payment),
    (r"/api/v1/appointments/([a-z0-9]+)/payment/check", PaymentCheck),
    (r"/api/v1/appointments/([a-z0-9]+)/cancel", Cancel),
    (r"/api/v1/appointments/([a-z0-9]+)/reschedule", Rescheduling),
]
