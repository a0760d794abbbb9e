"""Departments by group, or the departments and doctors that a search found."""

from booking.schedules import service as schedules
from wx_backend.base.handler import public
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.entrypoints.web.patient import offering, views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Departments(PatientPage):
    """``GET ?q=`` searches names, what is treated there, and doctors, also by pinyin and initials;
    ``?group=`` filters.
    """

    access = public("what may be booked is shown before anybody signs in")

    async def get(self) -> None:
        query = self.get_query_argument("q", "")[:40]
        group = "" if query else self.get_query_argument("group", "")
        units = await departments.departments(self.ctx)
        shown = [unit for unit in units if group in ("", unit.group)]
        people: tuple[Doctor, ...] = ()
        if query:
            found = await departments.search(self.ctx, query)
            people, ids = found.doctors, {one.department_id for one in found.doctors}
            shown = [one for one in units if one in found.departments or one.id in ids]
        view = views.Departments(
            query=query,
            common=tuple(offering.tile(unit) for unit in units if unit.common),
            groups=offering.groups(units, group, self.words),
            rows=tuple(self._row(unit) for unit in shown),
            doctors=offering.found_doctors(people, units),
        )
        self.show("departments/page.html", view)

    def _row(self, unit: Department) -> views.DepartmentRow:
        first = schedules.first_free(self.ctx, unit.id)
        return offering.department_row(unit, first, schedules.offers_today(self.ctx, unit.id))
