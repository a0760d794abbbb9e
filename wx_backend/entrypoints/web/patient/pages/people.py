"""就诊人: the people this account acts for, adding one, choosing the first, taking one away."""

import msgspec

from wx_backend.base.errors import AppError, NotFound
from wx_backend.base.forms import from_fields
from wx_backend.base.handler import ACCOUNT
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.patient import account_views, paths, persons
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage
from wx_backend.identity.accounts.model import local_path
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import AddPerson, GuardianInUse, Person, ReadingForm
from wx_backend.identity.proofs import service as proofs
from wx_backend.identity.proofs.model import BeginProof, ProofAnswer


class People(PatientPage):
    access = ACCOUNT

    async def get(self) -> None:
        household = await patients.household(self.ctx)
        await self.count_unread()
        view = account_views.People(
            rows=tuple(persons.row(one, self.words) for one in household.items),
            left=household.places_left,
            idempotency_key=self.new_key(),
            by_phone=bool(await institutions.proof_ways(self.ctx)),
        )
        self.show("people/page.html", view)


class Default(PatientPage):
    """``POST``: this person is chosen first from now on."""

    access = ACCOUNT

    async def post(self, binding_id: str) -> None:
        await patients.choose_default(self.ctx, binding_id)
        self.go(paths.PEOPLE)


class Remove(PatientPage):
    """``GET`` asks once more, ``POST`` ends that the account acts for this person."""

    access = ACCOUNT

    async def get(self, binding_id: str) -> None:
        await self._ask(binding_id)

    async def post(self, binding_id: str) -> None:
        try:
            await patients.remove(self.ctx, binding_id)
        except GuardianInUse as refused:
            await self._ask(binding_id, refused.message, refused.status)
        else:
            self.go(paths.PEOPLE)

    async def _ask(self, binding_id: str, error: str = "", status: int = 200) -> None:
        person = await _one(self, binding_id)
        view = account_views.RemovePerson(
            action=paths.remove_person(binding_id),
            person=persons.row(person, self.words),
            back_href=paths.PEOPLE,
            idempotency_key=self.new_key(),
            error=error,
        )
        self.show("remove_person/page.html", view, status)


class Verify(PatientPage):
    """``GET``: the ways to be verified. ``POST`` has a code sent to the number that the hospital
    has; with an ``attempt``, it brings that code.
    """

    access = ACCOUNT

    async def get(self, binding_id: str) -> None:
        await self._ask(binding_id)

    async def post(self, binding_id: str) -> None:
        try:
            if "attempt" in self.request.body_arguments:
                await proofs.answer(self.ctx, binding_id, self.form(ProofAnswer))
            else:
                await proofs.begin(self.ctx, binding_id, self.form(BeginProof))
        except NotFound:
            raise
        except AppError as refused:
            words = refused.data.get("fields", {}).get("code", refused.message)
            await self._ask(binding_id, words, refused.status)
        else:
            self.go(paths.verify_person(binding_id))

    async def _ask(self, binding_id: str, error: str = "", status: int = 200) -> None:
        row = persons.row(await _one(self, binding_id), self.words)
        code = await patients.desk_code(self.ctx, binding_id) if row.verify_href else ""
        view = account_views.VerifyPerson(
            person=row,
            back_href=paths.PEOPLE,
            code=f"{code[:3]} {code[3:]}".strip(),
            phone=await self._by_phone(binding_id) if code else None,
            error=error,
        )
        self.show("verify_person/page.html", view, status)

    async def _by_phone(self, binding_id: str) -> account_views.ByPhone | None:
        now = await proofs.proving(self.ctx, binding_id)
        if "HIS_PHONE" not in now.ways:
            return None
        view = account_views.ByPhone(
            action=paths.verify_person(binding_id), idempotency_key=self.new_key()
        )
        if (sent := now.attempt) is None:
            return view
        fresh = self.ctx.now() < sent.again_at
        return msgspec.structs.replace(view, attempt=sent.id, to=sent.to, fresh=fresh)


class Readers(PatientPage):
    """``GET``: who else acts for the person, and whether they may read."""

    access = ACCOUNT

    async def get(self, binding_id: str) -> None:
        found = await patients.readers_of(self.ctx, binding_id)
        person = await _one(self, binding_id)
        view = account_views.Readers(
            person=persons.row(person, self.words),
            rows=tuple(persons.reader(binding_id, one, self.words) for one in found),
            idempotency_key=self.new_key(),
            back_href=paths.PEOPLE,
        )
        self.show("readers/page.html", view)


class ReadingOf(PatientPage):
    """``POST allowed=true|false``: the person has decided about one of them."""

    access = ACCOUNT

    async def post(self, binding_id: str, other: str) -> None:
        allowed = self.get_body_argument("allowed", "") == "true"
        await patients.decide_reading(self.ctx, binding_id, other, ReadingForm(allowed=allowed))
        self.go(paths.readers(binding_id))


async def _one(page: PatientPage, binding_id: str) -> Person:
    """Of the account's people. Raises NotFound."""
    for one in await patients.mine(page.ctx):
        if one.binding_id == binding_id:
            return one
    raise NotFound("没有找到这位就诊人")


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
