"""Another time for a booked number: chosen as a first one is, confirmed, then both change."""

import msgspec

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, NumberGone
from booking.schedules import service as schedules
from booking.schedules.model import Slot, SlotFull
from wx_backend.base.errors import AppError
from wx_backend.base.handler import ACCOUNT
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Doctor
from wx_backend.entrypoints.web.patient import booked, move_views, offering, paths, views
from wx_backend.entrypoints.web.patient.pages.book import GONE
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage
from wx_backend.entrypoints.web.patient.pages.times import TimesPage


class Move(PatientPage):
    """Leads to the days of the appointment's own doctor."""

    access = ACCOUNT

    async def get(self, appointment_id: str) -> None:
        old = await appointments.own(self.ctx, appointment_id)
        self.go(paths.move(old.id, old.doctor_id))


class MovePage(TimesPage):
    """The slots screen for the appointment ``old``."""

    access = ACCOUNT
    offers_waiting = False
    old: Appointment

    @property
    def book_path(self) -> str:
        return paths.confirm_move(self.old.id)

    def slot_path(self, slot_id: str) -> str:
        return f"{self.book_path}?slot={slot_id}"

    def day_path(self, doctor_id: str) -> str:
        return paths.move(self.old.id, doctor_id)

    async def take(self, appointment_id: str) -> bool:
        """Whether it may be moved now; if not, its own page says how it stands."""
        self.old = await appointments.own(self.ctx, appointment_id)
        try:
            await appointments.check_reschedule(self.ctx, self.old)
        except AppError:
            self.go(paths.appointment(self.old.moved_to or self.old.id))
            return False
        return True

    async def show_whole(self, view: views.Times, doctor: Doctor, status: int) -> None:
        colleagues = await departments.doctors(self.ctx, doctor.department_id)
        most = await self.minutes("booking.reschedule_most", self.old)
        shown = move_views.MoveTimes(
            **msgspec.structs.asdict(view),
            old=booked.visit(self.old, await self.campus(self.old.department_id), self.words),
            doctors=tuple(
                views.Choice(
                    label=one.name, href=self.day_path(one.id), current=one.id == doctor.id
                )
                for one in colleagues
            ),
            left=most - self.old.moves,
            back_href=paths.appointment(self.old.id),
        )
        self.show("move/page.html", shown, status)


class MoveTimes(MovePage):
    """``GET ?date=&slot=``: a doctor's day."""

    async def get(self, appointment_id: str, doctor_id: str) -> None:
        if await self.take(appointment_id):
            ask = self.get_query_argument
            await self.show_times(doctor_id, ask("date", ""), ask("slot", ""))


class ConfirmMove(MovePage):
    """``GET ?slot=`` shows old and new; ``POST`` moves, and a second tap is the same move."""

    async def get(self, appointment_id: str) -> None:
        if not await self.take(appointment_id):
            return
        slot_id = self.get_query_argument("slot", "")
        if slot_id:
            await self._ask(schedules.open_slot(self.ctx, slot_id))
        else:
            self.go(paths.move(appointment_id))

    async def post(self, appointment_id: str) -> None:
        self.old = await appointments.own(self.ctx, appointment_id)
        slot = schedules.open_slot(self.ctx, self.get_body_argument("slot", ""))
        key = self.idempotency_key()
        try:
            moved = await appointments.reschedule(
                self.ctx, appointment_id, slot.id, key, self.symptoms_said
            )
        except SlotFull as full:
            await self._full(slot, full)
        except (*GONE, NumberGone) as gone:
            await self.show_times(
                slot.doctor_id, slot.visit_date, error=gone.message, status=gone.status
            )
        except AppError as refused:
            await self._ask(slot, refused.message, refused.status)
        else:
            self.go(paths.moved(moved.id, appointment_id))

    async def _ask(self, slot: Slot, error: str = "", status: int = 200) -> None:
        old = self.old
        new = offering.slot_visit(slot, await self.campus(slot.department_id), self.words)
        view = move_views.ConfirmMove(
            action=self.book_path,
            slot_id=slot.id,
            old=booked.visit(old, await self.campus(old.department_id), self.words),
            new=msgspec.structs.replace(new, patient=old.patient),
            symptoms=await appointments.symptoms_asked(self.ctx, slot),
            fee_fen=slot.fee_fen,
            refund_fen=max(0, old.fee_fen - slot.fee_fen),
            rule=await self.cancel_rule(slot),
            again_href=f"{self.day_path(slot.doctor_id)}?date={slot.visit_date}",
            back_href=paths.appointment(old.id),
            idempotency_key=self.new_key(),
            error=error,
        )
        self.show("move/confirm.html", view, status)

    async def _full(self, slot: Slot, full: SlotFull) -> None:
        near = schedules.instead_of(self.ctx, slot.id)
        view = views.Full(
            visit=offering.slot_visit(slot, await self.campus(slot.department_id), self.words),
            near=offering.near(near, self.words, self.slot_path),
            again_href=f"{self.day_path(slot.doctor_id)}?date={slot.visit_date}",
        )
        self.show("full/page.html", view, full.status)
