"""What became of a payment, as the server knows it; the browser's word is never proof."""

from booking.appointments import service as appointments
from booking.appointments.model import SEATED, Appointment
from booking.schedules import service as schedules
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import booked, offering, paths, views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Result(PatientPage):
    """``GET ?before=`` asks the platform about an unpaid hold, then says done, missed or still
    waiting; ``before`` is what the appointment was moved from.
    """

    access = ACCOUNT

    async def get(self, appointment_id: str) -> None:
        appointment = await appointments.check_payment(self.ctx, appointment_id)
        if appointment.state == "HELD" or await self._undecided(appointment):
            await self._waiting(appointment)
        elif appointment.state in SEATED:
            await self._done(appointment)
        elif appointment.state == "EXPIRED" or appointment.ended_by == "his":
            await self._missed(appointment)
        else:
            self.go(paths.appointment(appointment_id))

    async def _undecided(self, appointment: Appointment) -> bool:
        """Paid after it had expired, and not yet seated again or refunded."""
        if appointment.state != "EXPIRED" or appointment.rescue:
            return False
        order = await appointments.order_of(self.ctx, appointment)
        return order is not None and order.state == "PAID"

    async def _visit(self, appointment: Appointment) -> views.Visit:
        campus = await self.campus(appointment.department_id)
        return booked.visit(appointment, campus, self.words)

    async def _waiting(self, appointment: Appointment) -> None:
        view = views.Waiting(
            visit=await self._visit(appointment),
            fee_fen=appointment.fee_fen,
            result_href=paths.result(appointment.id),
            pay_href=paths.pay(appointment.id),
        )
        self.show("result/waiting.html", view)

    async def _done(self, appointment: Appointment) -> None:
        early = await self.minutes("booking.arrive_minutes", appointment)
        view = views.Done(
            visit=await self._visit(appointment),
            serial=appointment.serial,
            arrive_by=booked.arrive_by(appointment, early, self.words),
            paid_fen=appointment.fee_fen,
            bring=self.words.bring,
            cancel_rule=await self.cancel_rule(appointment),
            detail_href=paths.appointment(appointment.id),
            reseated=appointment.rescue is not None,
            instead_of=await self._instead_of(appointment),
        )
        self.show("result/done.html", view)

    async def _instead_of(self, appointment: Appointment) -> str:
        """When the appointment was that has become this one; empty for any other address."""
        key = self.get_query_argument("before", "")
        before = await appointments.own(self.ctx, key) if key else None
        if before is None or before.moved_to != appointment.id:
            return ""
        return self.words.moment(before.starts_at, before.zone)

    async def _missed(self, appointment: Appointment) -> None:
        near = schedules.instead_of(self.ctx, appointment.slot)
        view = views.Missed(
            visit=await self._visit(appointment),
            refund_fen=await self._goes_back(appointment),
            near=offering.near(near, self.words),
            again_href=paths.day(appointment.doctor_id, appointment.visit_date),
            counter=appointment.ended_by == "his",
        )
        self.show("result/missed.html", view)

    async def _goes_back(self, appointment: Appointment) -> int:
        """In fen: paid, and refunded or about to be."""
        if appointment.ended_by != "his":
            return appointment.fee_fen if appointment.rescue == "refund" else 0
        order = await appointments.order_of(self.ctx, appointment)
        return order.ledger().paid_fen if order else 0
