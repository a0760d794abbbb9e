"""就诊人: the people this account acts for, and adding one."""

from wx_backend.base.errors import AppError
from wx_backend.base.forms import from_fields
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import account_views, paths, persons
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage
from wx_backend.identity.accounts.model import local_path
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import AddPerson


class People(PatientPage):
    access = ACCOUNT

    async def get(self) -> None:
        household = await patients.household(self.ctx)
        await self.count_unread()
        view = account_views.People(
            rows=tuple(persons.row(one, self.words) for one in household.items),
            left=household.places_left,
        )
        self.show("people/page.html", view)


class NewPerson(PatientPage):
    """``GET ?next=`` shows the form, ``POST`` adds and goes on to ``next``."""

    access = ACCOUNT

    async def get(self) -> None:
        await self._ask({}, {})

    async def post(self) -> None:
        sent = dict(self.request.body_arguments)
        sent.pop("next", None)
        try:
            await patients.add(self.ctx, from_fields(sent, AddPerson))
        except AppError as refused:
            errors = refused.data.get("fields") or {"": refused.message}
            await self._ask(self._typed(sent), errors, refused.status)
        else:
            self.go(self._next)

    @property
    def _next(self) -> str:
        return local_path(self.get_query_argument("next", ""), paths.PEOPLE)

    def _typed(self, sent: dict[str, list[bytes]]) -> dict[str, str]:
        return {name: self.get_body_argument(name, "") for name in sent}

    async def _ask(self, typed: dict[str, str], errors: dict[str, str], status: int = 200) -> None:
        guardians = await patients.guardians(self.ctx)
        view = persons.form(guardians, self._next, self.new_key(), self.words, typed, errors)
        self.show("person/page.html", view, status)
