"""Paying for a held number: an app's own sheet inside WeChat and Alipay, a pay page elsewhere."""

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, HoldExpired, NumberNotLocked, from_waiting
from booking.payments.model import OrderPaid, Ticket
from wx_backend.base.errors import AppError, NotFound, WrongState
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.page import own_address
from wx_backend.entrypoints.web.patient import booked, paths, views
from wx_backend.entrypoints.web.patient.pages.paying import PayingPage


class Pay(PayingPage):
    """``GET`` shows what is to be paid and until when; ``POST`` opens the platform's cashier."""

    access = ACCOUNT

    async def get(self, appointment_id: str) -> None:
        appointment = await appointments.own(self.ctx, appointment_id)
        if not appointment.fee_fen and from_waiting(appointment.id):
            self.go(paths.WAITING)  # taken there, without paying
        elif booked.seconds_left(appointment, self.ctx.now()):
            await self._ask_when_known(appointment)
        else:
            self.go(paths.result(appointment_id))

    async def _ask_when_known(self, appointment: Appointment) -> None:
        """A number that a HIS owns is paid for once it has said that it is the patient's."""
        pending = await appointments.pending(self.ctx, appointment)
        if not pending:
            await self._ask(appointment)
            return
        campus = await self.campus(appointment.department_id)
        view = views.Locking(
            visit=booked.visit(appointment, campus, self.words),
            expires_at=booked.expires_at(appointment, self.ctx.now(), self.words),
            again_href=paths.pay(appointment.id),
            cancel_href=paths.cancel(appointment.id),
            unknown=pending == "LOCK_UNKNOWN",
        )
        self.show("pay/locking.html", view)

    async def post(self, appointment_id: str) -> None:
        method = self.get_body_argument("method", "")
        try:
            back = own_address(self, paths.result(appointment_id))
            ticket = await appointments.pay(
                self.ctx, appointment_id, method, self.request.remote_ip, back
            )
        except (HoldExpired, OrderPaid, WrongState):
            self.go(paths.result(appointment_id))
        except NumberNotLocked:
            self.go(paths.pay(appointment_id))
        except NotFound:
            raise
        except AppError as refused:
            appointment = await appointments.own(self.ctx, appointment_id)
            await self._ask(appointment, refused.message, refused.status)
        else:
            await self._launch(appointment_id, ticket)

    async def _ask(self, appointment: Appointment, error: str = "", status: int = 200) -> None:
        campus = await self.campus(appointment.department_id)
        view = views.Pay(
            action=paths.pay(appointment.id),
            visit=booked.visit(appointment, campus, self.words),
            fee_fen=appointment.fee_fen,
            methods=await self.methods_here(),
            expires_at=booked.expires_at(appointment, self.ctx.now(), self.words),
            seconds_left=booked.seconds_left(appointment, self.ctx.now()),
            cancel_rule=await self.cancel_rule(appointment),
            idempotency_key=self.new_key(),
            error=error,
        )
        self.show("pay/page.html", view, status)

    async def _launch(self, appointment_id: str, ticket: Ticket) -> None:
        appointment = await appointments.own(self.ctx, appointment_id)
        visit = booked.visit(appointment, await self.campus(appointment.department_id), self.words)
        about = f"{visit.when} · {visit.doctor}"
        result, again = paths.result(appointment_id), paths.pay(appointment_id)
        self.launch(ticket, about, appointment.fee_fen, result, again)
