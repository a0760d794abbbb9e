"""Departments and doctors over JSON (0 round trips while the cache is fresh)."""

from typing import Annotated

import msgspec
from msgspec.structs import asdict

from wx_backend.base.api import Call, Items, calls, shown
from wx_backend.base.forms import Form
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


class SearchQuery(Form):
    """``q``: Chinese, pinyin (``xinxueguan``) or initials (``xxg``)."""

    q: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class FoundShown(msgspec.Struct, frozen=True):
    departments: list[shown(Department)]
    doctors: list[shown(Doctor)]


class Search(ApiHandler):
    """``GET ?q=`` finds departments and doctors (0 round trips while the cache is fresh)."""

    access = OPEN_DIRECTORY
    api = calls(get=Call(does="搜科室和医生", query=SearchQuery, answer=FoundShown))

    async def get(self) -> None:
        found = await service.search(self.ctx, self.query(SearchQuery).q)
        self.answer(
            {
                "departments": [asdict(one) for one in found.departments],
                "doctors": [asdict(one) for one in found.doctors],
            }
        )


routes = [
    (r"/api/v1/search", Search),
    (r"/api/v1/departments", Departments),
    (r"/api/v1/departments/([a-z0-9]+)/doctors", Doctors),
]
