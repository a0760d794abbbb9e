"""A doctor or a department as the hospital introduces them; keeping them at hand."""

from booking.schedules import service as schedules
from wx_backend.base.errors import AppError
from wx_backend.base.handler import ACCOUNT, public
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web.patient import directory_views, offering, paths, profiles
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage
from wx_backend.identity.favourites import service as favourites
from wx_backend.identity.favourites.model import TooManyFavourites

INTRODUCED = public("the hospital introduces itself before anybody signs in")


class AboutPage(PatientPage):
    """Base of both; 0 calls for a visitor, 1 for a signed-in reader."""

    access = INTRODUCED

    async def keep(self, key: str, path: str) -> directory_views.Keep:
        kept = await favourites.mine(self.ctx)
        return directory_views.Keep(
            action=paths.favourite(path), kept=kept.has(key), idempotency_key=self.new_key()
        )


class AboutDoctor(AboutPage):
    """``GET``: who it is, and the clinics that are open for booking."""

    async def get(self, doctor_id: str) -> None:
        one = await departments.doctor(self.ctx, doctor_id)
        unit = await departments.department(self.ctx, one.department_id)
        path = paths.doctor(doctor_id)
        days = schedules.offer_days(self.ctx, unit.id, doctor_id)
        view = directory_views.About(
            doctor=one.name,
            title=one.title,
            department=unit.name,
            department_href=paths.department(unit.id),
            years=one.years,
            good_at=one.specialty,
            introduction=profiles.lines(one.introduction),
            clinics=profiles.clinics(days, self.words),
            book_href=path,
            share_href=paths.share(path),
            keep=await self.keep(doctor_id, path),
            card=profiles.doctor_card(one, unit, self.shared_address(path)),
        )
        self.show("about/page.html", view)


class AboutDepartment(AboutPage):
    """``GET``: what is treated there, where it is, and its phone."""

    async def get(self, department_id: str) -> None:
        unit = await departments.department(self.ctx, department_id)
        path = paths.department(department_id)
        view = directory_views.DepartmentAbout(
            name=unit.name,
            hint=unit.hint,
            place=offering.place(unit.campus, unit.location),
            phone=unit.phone,
            introduction=profiles.lines(unit.introduction),
            book_href=path,
            share_href=paths.share(path),
            keep=await self.keep(department_id, path),
            card=profiles.department_card(unit, self.shared_address(path)),
        )
        self.show("department/page.html", view)


class _Favourite(PatientPage):
    """``POST keep=1`` keeps it at hand, anything else does not; then back to the introduction.

    ``GET`` leads there as well: who had to sign in first comes back by it.
    """

    access = ACCOUNT
    kind = ""

    async def get(self, key: str) -> None:
        self.go(self.request.path.removesuffix("/favourite") + "/about")

    async def post(self, key: str) -> None:
        try:
            if self.get_body_argument("keep", "") == "1":
                await favourites.add(self.ctx, self.kind, key)
            else:
                await favourites.remove(self.ctx, key)
        except TooManyFavourites as full:
            await show_favourites(self, full)
        else:
            await self.get(key)


class KeepDoctor(_Favourite):
    kind = "doctor"


class KeepDepartment(_Favourite):
    kind = "department"


class Favourites(PatientPage):
    """``GET``: everything the account keeps; 1 call."""

    access = ACCOUNT

    async def get(self) -> None:
        await show_favourites(self)


async def show_favourites(page: PatientPage, refused: AppError | None = None) -> None:
    """The list; on top why one more cannot be kept."""
    found = await favourites.mine(page.ctx)
    units = await departments.departments(page.ctx)
    view = profiles.kept(found, units, refused.message if refused else "")
    page.show("favourites/page.html", view, refused.status if refused else 200)
