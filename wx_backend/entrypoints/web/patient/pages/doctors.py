"""Doctors of a department, on all days or one."""

from booking.schedules import service as schedules
from wx_backend.base.handler import public
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web.patient import offering, paths, profiles, views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Doctors(PatientPage):
    """``GET ?date=`` shows one day."""

    access = public("what may be booked is shown before anybody signs in")

    async def get(self, department_id: str) -> None:
        self.note_source("department")
        unit = await departments.department(self.ctx, department_id)
        staff = await departments.doctors(self.ctx, department_id)
        chosen, today = self.get_query_argument("date", ""), self.ctx.today()
        days = schedules.offer_days(self.ctx, department_id)
        shown = [day for day in days if chosen in ("", day.date)]
        path = paths.department(department_id)
        view = views.Doctors(
            department=unit.name,
            place=offering.place(unit.campus, unit.location),
            all_days_href=path,
            days=offering.strip(days, today, chosen, path, self.words),
            doctors=offering.doctor_cards(staff, shown, today, self.words),
            about_href=paths.about(path),
            card=profiles.department_card(unit, self.shared_address(path)),
        )
        self.show("doctors/page.html", view)
