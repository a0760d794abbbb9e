"""Does the audit trail still say what was sealed? Asked for a month, with progress and result."""

from wx_backend.base.errors import Invalid
from wx_backend.base.handler import staff
from wx_backend.base.seals import checks, verify
from wx_backend.entrypoints.cli.audit import WORDS
from wx_backend.entrypoints.web.console.pages.audit import PATH as AUDIT
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.staff import service as members

PATH = f"{AUDIT}/verify"
STATES = {"RUNNING": "核对中", "DONE": "已完成", "FAILED": "没有完成"}
FAULTS = {kind: words.partition(" ")[0] for kind, words in WORDS.items()}


class SealsPage(ConsolePage):
    here = "audit"
    access = staff("audit:read")

    async def list(self, status: int = 200, wrong: str = "") -> None:
        """The months there are, and what was verified lately."""
        found = await checks.recent(self.ctx)
        keys = {one.by.removeprefix("staff:") for one in found}
        people = await members.members(self.ctx, keys) if keys else {}
        await self.show(
            "seals.html",
            status,
            months=list(reversed(await verify.months(self.ctx))),
            checks=found,
            names={f"staff:{one.id}": one.name for one in people.values()},
            states=STATES,
            now_at=self.ctx.wire_now(),
            zone=self.zone,
            path=PATH,
            outside=bool(self.house.settings.audit_dir),
            wrong=wrong,
        )


class Seals(SealsPage):
    """``GET`` shows what was verified; ``POST month=202611`` begins."""

    async def get(self) -> None:
        await self.list()

    async def post(self) -> None:
        try:
            check = await checks.begin(self.ctx, self.get_body_argument("month", ""))
        except Invalid as error:
            await self.list(error.status, self.why(error))
            return
        self.go(f"{PATH}/{check.id}")


class OneCheck(SealsPage):
    """``GET``: how far it is, then what it found; asks again by itself while it runs."""

    async def get(self, key: str) -> None:
        check = await checks.get(self.ctx, key)
        await self.show(
            "seal_check.html",
            check=check,
            dead=check.dead(self.ctx.wire_now()),
            faults=FAULTS,
            path=PATH,
            zone=self.zone,
            outside=bool(self.house.settings.audit_dir),
        )
