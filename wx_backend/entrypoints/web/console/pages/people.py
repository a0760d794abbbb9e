"""Verification at the desk: find the person by identity card, verify the account they hold."""

from wx_backend.base.errors import AppError
from wx_backend.base.forms import from_fields
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import PAPERS, DeskProof

PATH = "/console/people"


class People(ConsolePage):
    """``GET`` asks for the identity number, ``POST`` shows who acts for that person.

    The number travels in the body, so that no address or log keeps it.
    """

    access = staff("bindings:verify")
    here = "people"

    async def get(self) -> None:
        await self.show("people.html", claims=[], wrong="", asked=False)

    async def post(self) -> None:
        try:
            found = await patients.desk_claims(self.ctx, self.get_body_argument("id_no", ""))
        except AppError as refused:
            wrong = self.why(refused)
            await self.show("people.html", refused.status, claims=[], wrong=wrong, asked=False)
            return
        await self.show("people.html", claims=found, wrong="", asked=True)


class OneClaim(ConsolePage):
    """``GET`` shows one binding, masked; ``POST`` verifies it, with what was seen."""

    access = staff("bindings:verify")
    here = "people"

    async def get(self, key: str) -> None:
        await self._ask(key, {})

    async def post(self, key: str) -> None:
        sent = dict(self.request.body_arguments)
        sent.pop("_xsrf", None)
        try:
            await patients.verify_at_desk(self.ctx, key, from_fields(sent, DeskProof))
        except AppError as refused:
            if not refused.data.get("fields"):
                raise
            await self._ask(key, refused.data["fields"], refused.status)
        else:
            self.say("已核验，患者现在可以在手机上查看报告", PATH)

    async def _ask(self, key: str, fields: dict[str, str], status: int = 200) -> None:
        typed = {name: self.get_body_argument(name, "") for name in ("paper", "reason")}
        claim = await patients.desk_claim(self.ctx, key)
        await self.show(
            "person.html", status, claim=claim, fields=fields, papers=PAPERS, path=PATH, **typed
        )
