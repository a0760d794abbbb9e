"""A doctor's days and slots."""

from booking.schedules import service as schedules
from booking.schedules.model import OfferDay
from booking.waiting import service as waiting
from wx_backend.base.handler import public
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Doctor
from wx_backend.entrypoints.web.patient import offering, paths, profiles, views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class TimesPage(PatientPage):
    """Shows a doctor's day; also where a slot that cannot be booked any more leads back to."""

    offers_waiting = True
    """Whether what is full may be waited for from here."""

    @property
    def book_path(self) -> str:
        """Where the chosen slot is sent to."""
        return paths.BOOK

    def slot_path(self, slot_id: str) -> str:
        """Where one slot is taken."""
        return paths.book(slot_id)

    def day_path(self, doctor_id: str) -> str:
        """A doctor's days on this page."""
        return paths.doctor(doctor_id)

    async def show_times(
        self, doctor_id: str, date: str, slot: str = "", error: str = "", status: int = 200
    ) -> None:
        """``date`` empty: the first day with something free. Swapped in, only the slots come."""
        doctor = await departments.doctor(self.ctx, doctor_id)
        unit = await departments.department(self.ctx, doctor.department_id)
        days = schedules.offer_days(self.ctx, unit.id, doctor_id)
        date = date or _first_open(days) or self.ctx.today().isoformat()
        day = next((day for day in days if day.date == date), None)
        near = () if day else schedules.next_free(self.ctx, unit.id, doctor_id)
        full = [one.slot for one in day.offers if one.state == "full"] if day else []
        waits = bool(full) and self.offers_waiting and await waiting.open_for(self.ctx, full[0])
        view = views.Times(
            doctor=doctor.name,
            title=doctor.title,
            department=unit.name,
            years=doctor.years,
            good_at=doctor.specialty,
            about_href=paths.about(paths.doctor(doctor_id)),
            card=profiles.doctor_card(doctor, unit, self.shared_address(paths.doctor(doctor_id))),
            days=offering.strip(days, self.ctx.today(), date, self.day_path(doctor_id), self.words),
            sessions=offering.sessions(day, unit, slot, self.words, waits),
            near=offering.near(near, self.words, self.slot_path),
            wait_href=paths.join(full[0].id, "day") if waits and not day.free else "",
            error=error,
            book_href=self.book_path,
        )
        self.set_header("Vary", "HX-Request")
        if self._swapped():
            self.show("times/slots.html", view, status)
        else:
            await self.show_whole(view, doctor, status)

    async def show_whole(self, view: views.Times, doctor: Doctor, status: int) -> None:
        self.show("times/page.html", view, status)

    def _swapped(self) -> bool:
        """A tap on a date asks for the part only; going back in history asks for the page."""
        headers = self.request.headers
        return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


class Times(TimesPage):
    """``GET ?date=&slot=``: a day, and the slot to be chosen on it."""

    access = public("what may be booked is shown before anybody signs in")

    async def get(self, doctor_id: str) -> None:
        self.note_source("doctor")
        ask = self.get_query_argument
        await self.show_times(doctor_id, ask("date", ""), ask("slot", ""))


def _first_open(days: list[OfferDay]) -> str:
    return next((day.date for day in days if day.free), "")
