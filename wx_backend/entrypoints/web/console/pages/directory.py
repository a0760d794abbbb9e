"""The directory: what describes departments and doctors, and signs to hang on a desk."""

from collections.abc import Callable

from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.forms import Form, from_fields
from wx_backend.base.handler import staff
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import DescribeDepartment, DescribeDoctor
from wx_backend.entrypoints.web import qr
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.entrypoints.web.patient import paths
from wx_backend.entrypoints.web.patient.profiles import SIGN

PATH = "/console/directory"


class DirectoryPage(ConsolePage):
    access = staff("directory:change")
    here = "directory"


class Directory(DirectoryPage):
    """``GET ?q=``: departments with their doctors; a search as patients search."""

    async def get(self) -> None:
        units = await departments.departments(self.ctx)
        names = {one.id: one.name for one in units}
        doctors = await departments.doctors(self.ctx)
        if words := self.asked("q"):
            found = await departments.search(self.ctx, words)
            units, doctors = list(found.departments), list(found.doctors)
        await self.show(
            "directory.html", units=units, doctors=doctors, names=names, q=words, path=PATH
        )


class _Introduction(DirectoryPage):
    """``GET`` shows what is said of it, ``POST`` puts other words in their place."""

    kind: type[Form]
    find: Callable
    describe: Callable
    """Of the directory's service: by id, and the change by id, version and form."""

    async def get(self, key: str) -> None:
        await self._ask(key)

    async def post(self, key: str) -> None:
        sent = dict(self.request.body_arguments)
        sent.pop("version", None)
        try:
            form = from_fields(sent, self.kind)
            await self.describe(self.ctx, key, self.sent_version(), form)
        except AppError as refused:
            await self._ask(key, refused)
        else:
            self.say("已保存，患者刷新页面就能看到", PATH)

    async def _ask(self, key: str, refused: AppError | None = None) -> None:
        one = await self.find(self.ctx, key)
        typed = {name: getattr(one, name) for name in self.kind.__struct_fields__}
        if isinstance(refused, Invalid):
            typed = {name: self.get_body_argument(name, "") for name in typed}
        await self.show(
            "introduction.html",
            refused.status if refused else 200,
            one=one,
            typed=typed,
            error=refused.message if refused else "",
            fields=refused.data.get("fields", {}) if refused else {},
            version=one.version,
            action=self.request.path,
            audits=self.may("audit:read"),
            path=PATH,
        )


class OneDepartment(_Introduction):
    kind = DescribeDepartment
    find = staticmethod(departments.department)
    describe = staticmethod(departments.describe_department)


class OneDoctor(_Introduction):
    kind = DescribeDoctor
    find = staticmethod(departments.doctor)
    describe = staticmethod(departments.describe_doctor)


class Sign(DirectoryPage):
    """``GET``: a sheet with the department's QR code, to be printed and put on the desk."""

    async def get(self, department_id: str) -> None:
        unit = await departments.department(self.ctx, department_id)
        opened = paths.came_from(paths.department(unit.id), SIGN)
        link = f"{self.house.settings.public_url}{opened}"
        await self.show("sign.html", unit=unit, link=link, picture=qr.picture(link, 8), path=PATH)
