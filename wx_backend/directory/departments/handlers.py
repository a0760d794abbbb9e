"""Departments and doctors over JSON (0 round trips while the cache is fresh)."""

from msgspec.structs import asdict

from wx_backend.base.api import Call, Items, calls, shown
from wx_backend.base.handler import ApiHandler, public
from wx_backend.directory.departments import service
from wx_backend.directory.departments.model import Department, Doctor

OPEN_DIRECTORY = public("what a hospital offers is shown before anybody signs in")


class Departments(ApiHandler):
    """``GET`` all departments in the order of lists."""

    access = OPEN_DIRECTORY
    api = calls(get=Call(does="全部科室", answer=Items[shown(Department)]))

    async def get(self) -> None:
        self.answer({"items": [asdict(one) for one in await service.departments(self.ctx)]})


class Doctors(ApiHandler):
    """``GET`` a department's doctors."""

    access = OPEN_DIRECTORY
    api = calls(get=Call(does="科室的医生", answer=Items[shown(Doctor)]))

    async def get(self, department_id: str) -> None:
        await service.department(self.ctx, department_id)
        staff = await service.doctors(self.ctx, department_id)
        self.answer({"items": [asdict(one) for one in staff]})


routes = [
    (r"/api/v1/departments", Departments),
    (r"/api/v1/departments/([a-z0-9]+)/doctors", Doctors),
]
