"""The first page: the door to booking, what is next, often visited departments."""

from booking.appointments import service as appointments
from wx_backend.base.handler import public
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Department
from wx_backend.entrypoints.web.patient import booked, offering, paths, profiles, views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage
from wx_backend.identity.favourites import service as favourites

KEPT = 4
"""Favourites on the first page, the newest."""


class Home(PatientPage):
    """0 calls to the database for a visitor, 5 for a signed-in reader."""

    access = public("the first page is shown before anybody signs in")

    async def get(self) -> None:
        units = await departments.departments(self.ctx)
        await self.count_unread()
        view = views.Home(
            next_visits=await self._next_visits(),
            common=tuple(offering.tile(unit) for unit in units if unit.common),
            kept=await self._kept(units),
        )
        self.show("home/page.html", view)

    async def _kept(self, units: list[Department]) -> tuple[views.Link, ...]:
        found = profiles.kept(await favourites.mine(self.ctx), units)
        return (*found.doctors, *found.departments)[:KEPT]

    async def _next_visits(self) -> tuple[views.AppointmentCard, ...]:
        if not self.signed_in:
            return ()
        coming = booked.unpaid_first(await appointments.coming(self.ctx))
        orders = await appointments.order_states(self.ctx, coming)
        campuses = await self.campuses()
        return tuple(
            booked.card(one, orders.get(one.id), campuses.get(one.department_id, ""), self.words)
            for one in coming
        )


class Root(PatientPage):
    access = public("leads to the first page")

    def get(self) -> None:
        self.redirect(paths.HOME)
