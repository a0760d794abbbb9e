"""My appointments: the list, one of them, and giving one back."""

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, CancelTooLate
from wx_backend.base.errors import AppError
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import account_views, booked, paths
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Appointments(PatientPage):
    """``GET ?show=&cursor=``: a page of a tab, latest visit first."""

    access = ACCOUNT

    async def get(self) -> None:
        tab, cursor = self.get_query_argument("show", ""), self.get_query_argument("cursor", "")
        tab = tab if tab in booked.TABS else ""
        page = await appointments.mine(self.ctx, cursor, states=booked.TABS[tab])
        orders = await appointments.order_states(self.ctx, page.items)
        campuses = await self.campuses()
        await self.count_unread()
        view = account_views.AppointmentList(
            tabs=booked.tabs(tab, self.words),
            rows=tuple(
                booked.card(
                    one, orders.get(one.id), campuses.get(one.department_id, ""), self.words
                )
                for one in page.items
            ),
            more_href=paths.appointments(tab, page.cursor) if page.cursor else "",
        )
        self.show("appointments/page.html", view)


class OneAppointment(PatientPage):
    """``GET``: its state, what can be done now, and where its money is."""

    access = ACCOUNT

    async def get(self, appointment_id: str) -> None:
        appointment = await appointments.own(self.ctx, appointment_id)
        order = await appointments.order_of(self.ctx, appointment)
        early = await self.minutes("booking.arrive_minutes", appointment)
        payable = booked.seconds_left(appointment, self.ctx.now())
        seated = booked.serial(appointment)
        view = account_views.Appointment(
            state=appointment.state,
            visit=booked.visit(
                appointment, await self.campus(appointment.department_id), self.words
            ),
            number=booked.number(appointment),
            booked_at=self.words.moment(appointment.created_at, appointment.zone),
            fee_fen=appointment.fee_fen,
            order_state=booked.order_state(appointment, order.state if order else None),
            cancel_rule=await self.cancel_rule(appointment),
            serial=seated,
            arrive_by=booked.arrive_by(appointment, early, self.words) if seated else "",
            bring=self.words.bring if seated else "",
            reason=booked.reason(appointment, self.words),
            seconds_left=payable,
            expires_at=booked.expires_at(appointment, self.ctx.now(), self.words),
            pay_href=paths.pay(appointment.id) if payable else "",
            cancel_href=paths.cancel(appointment.id) if await self._may_cancel(appointment) else "",
            move_href=paths.move(appointment.id) if await self._may_move(appointment) else "",
            moved_href=paths.appointment(appointment.moved_to) if appointment.moved_to else "",
            again_href=booked.again(appointment),
            refund=booked.refund(appointment, order, self.words),
        )
        self.show("appointment/page.html", view)

    async def _may_cancel(self, appointment: Appointment) -> bool:
        if appointment.state == "BOOKED":
            return self.ctx.now() < await appointments.cancel_until(self.ctx, appointment)
        return appointment.state == "HELD"

    async def _may_move(self, appointment: Appointment) -> bool:
        try:
            await appointments.check_reschedule(self.ctx, appointment)
        except AppError:
            return False
        return True


class Cancel(PatientPage):
    """``GET`` asks once more and says what comes back; ``POST`` gives the number back."""

    access = ACCOUNT

    async def get(self, appointment_id: str) -> None:
        appointment = await appointments.own(self.ctx, appointment_id)
        if appointment.state in ("HELD", "BOOKED"):
            await self._ask(appointment)
        else:
            self.go(paths.appointment(appointment_id))

    async def post(self, appointment_id: str) -> None:
        try:
            await appointments.cancel(self.located(), appointment_id)
        except CancelTooLate as late:
            appointment = await appointments.own(self.ctx, appointment_id)
            await self._ask(appointment, late.message, late.status)
        else:
            self.go(paths.appointment(appointment_id))

    async def _ask(self, appointment: Appointment, error: str = "", status: int = 200) -> None:
        campus = await self.campus(appointment.department_id)
        view = account_views.Cancel(
            action=paths.cancel(appointment.id),
            visit=booked.visit(appointment, campus, self.words),
            refund_fen=appointment.fee_fen if appointment.state == "BOOKED" else 0,
            rule=await self.cancel_rule(appointment),
            back_href=paths.appointment(appointment.id),
            idempotency_key=self.new_key(),
            error=error,
        )
        self.show("cancel/page.html", view, status)
