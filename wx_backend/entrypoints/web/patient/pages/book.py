"""Who a slot is for; posting it takes the number."""

from booking.appointments import service as appointments
from booking.appointments.model import Hold, LimitReached
from booking.restrictions.model import Restricted
from booking.schedules import service as schedules
from booking.schedules.model import (
    NextDayClosed,
    SameDayClosed,
    Slot,
    SlotClosed,
    SlotFull,
    SlotNotOpenYet,
)
from booking.waiting import service as waiting
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.handler import ACCOUNT
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web.patient import offering, paths, persons, views
from wx_backend.entrypoints.web.patient.pages.times import TimesPage
from wx_backend.identity.patients import service as patients

NOBODY = "请选择给谁看病"
GONE = (SlotClosed, SlotNotOpenYet, NextDayClosed, SameDayClosed)


class Book(TimesPage):
    """``GET ?slot=`` asks, ``POST`` holds; the form's key makes a second tap the same hold."""

    access = ACCOUNT

    async def get(self) -> None:
        slot_id = self.get_query_argument("slot", "")
        if not slot_id:
            self.go(paths.DEPARTMENTS)
            return
        slot = schedules.open_slot(self.ctx, slot_id)
        try:
            schedules.check_open(self.ctx, slot)
        except GONE as gone:
            await self._gone(slot, gone)
        else:
            await self._ask(slot)

    async def post(self) -> None:
        slot = schedules.open_slot(self.ctx, self.get_query_argument("slot", ""))
        patient = self.get_body_argument("patient", "")
        if not patient:
            await self._ask(slot, refused=Invalid(NOBODY))
            return
        try:
            await self._hold(slot, patient)
        except SlotFull as full:
            await self._full(slot, full)
        except GONE as gone:
            await self._gone(slot, gone)
        except AppError as refused:
            await self._ask(slot, patient, refused)

    async def _hold(self, slot: Slot, patient: str) -> None:
        command = Hold(slot.id, patient)
        try:
            key = self.idempotency_key()
            taken = await appointments.hold(self.located(), command, key, self.symptoms_said)
        except LimitReached:
            taken = await appointments.begun(self.ctx, command)
            if taken is None:
                raise
        self.go(paths.pay(taken.id) if taken.state == "HELD" else paths.result(taken.id))

    async def _ask(self, slot: Slot, chosen: str = "", refused: AppError | None = None) -> None:
        self.name_device()
        unit = await departments.department(self.ctx, slot.department_id)
        people = await patients.mine(self.ctx)
        here = paths.book(slot.id)
        view = views.Book(
            slot_id=slot.id,
            visit=offering.slot_visit(slot, unit.campus, self.words),
            fee_fen=slot.fee_fen,
            people=persons.choices(people, unit, chosen, self.words),
            symptoms=await appointments.symptoms_asked(self.ctx, slot),
            hold_minutes=await self.minutes("booking.hold_minutes", slot),
            cancel_rule=await self.cancel_rule(slot),
            add_person_href=paths.add_person(here),
            back_href=paths.day(slot.doctor_id, slot.visit_date, slot.id),
            idempotency_key=self.new_key(),
            error=refused.message if refused else "",
            restricted_href=paths.RESTRICTIONS if isinstance(refused, Restricted) else "",
            action=here,
        )
        self.show("book/page.html", view, refused.status if refused else 200)

    async def _full(self, slot: Slot, full: SlotFull) -> None:
        view = views.Full(
            visit=offering.slot_visit(slot, await self.campus(slot.department_id), self.words),
            near=offering.near(schedules.instead_of(self.ctx, slot.id), self.words),
            again_href=paths.day(slot.doctor_id, slot.visit_date),
            wait_href=paths.join(slot.id) if await waiting.open_for(self.ctx, slot) else "",
        )
        self.show("full/page.html", view, full.status)

    async def _gone(self, slot: Slot, gone: AppError) -> None:
        await self.show_times(
            slot.doctor_id, slot.visit_date, error=gone.message, status=gone.status
        )
