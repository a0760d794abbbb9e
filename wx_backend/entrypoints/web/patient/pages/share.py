"""Passing a doctor or a department on: an address, and the same as a QR code."""

from wx_backend.base.handler import public
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web import qr
from wx_backend.entrypoints.web.page import own_address
from wx_backend.entrypoints.web.patient import directory_views, paths, profiles, views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class _Share(PatientPage):
    access = public("what is passed on is public itself")

    def show_card(self, card: views.Card, path: str) -> None:
        scanned = own_address(self, paths.came_from(path, profiles.SCANNED))
        view = directory_views.Share(card=card, picture=qr.picture(scanned), back_href=path)
        self.show("share/page.html", view)


class ShareDoctor(_Share):
    async def get(self, doctor_id: str) -> None:
        one = await departments.doctor(self.ctx, doctor_id)
        unit = await departments.department(self.ctx, one.department_id)
        path = paths.doctor(doctor_id)
        self.show_card(profiles.doctor_card(one, unit, self.shared_address(path)), path)


class ShareDepartment(_Share):
    async def get(self, department_id: str) -> None:
        unit = await departments.department(self.ctx, department_id)
        path = paths.department(department_id)
        self.show_card(profiles.department_card(unit, self.shared_address(path)), path)
