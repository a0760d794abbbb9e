"""The hospital's sites: where they are, when they are open, what is on which floor."""

from wx_backend.base.handler import public
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.patient import directory_views, profiles
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Sites(PatientPage):
    """0 calls while the directory is fresh."""

    access = public("the way to the hospital is for everybody")

    async def get(self) -> None:
        units = await departments.departments(self.ctx)
        campuses = await institutions.campuses(self.ctx)
        view = directory_views.Sites(sites=profiles.sites(campuses, units))
        self.show("hospital/page.html", view)
