"""Which messages come to the phone, and when it is quiet."""

from typing import Any

import msgspec

from notify.messages import service as messages
from notify.messages.model import Preferences
from wx_backend.base.errors import Invalid
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import account_views, paths
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage

HOURS = ("quiet_from", "quiet_to")


class MessageSettings(PatientPage):
    """``GET ?saved=1`` shows the form, ``POST`` keeps what was chosen; one call each."""

    access = ACCOUNT

    async def get(self) -> None:
        kept = await messages.preferences(self.ctx, self.ctx.actor.id)
        self._ask(msgspec.to_builtins(kept), saved=bool(self.get_query_argument("saved", "")))

    async def post(self) -> None:
        try:
            await messages.prefer(self.ctx, self.ctx.actor.id, self.form(Preferences))
        except Invalid as refused:
            typed = {name: self.get_body_argument(name, "") for name in self.request.body_arguments}
            chosen = msgspec.to_builtins(Preferences()) | typed
            self._ask(chosen, refused.data.get("fields", {"": refused.message}), refused.status)
        else:
            self.go(f"{paths.MESSAGE_SETTINGS}?saved=1")

    def _ask(
        self,
        chosen: dict[str, Any],
        errors: dict[str, str] | None = None,
        status: int = 200,
        saved: bool = False,
    ) -> None:
        names = Preferences.__struct_fields__
        view = account_views.MessageSettings(
            levels={name: chosen[name] for name in names if name not in HOURS},
            quiet_from=chosen["quiet_from"] or "",
            quiet_to=chosen["quiet_to"] or "",
            saved=saved,
            errors=errors or {},
            idempotency_key=self.new_key(),
        )
        self.show("message_settings/page.html", view, status)
