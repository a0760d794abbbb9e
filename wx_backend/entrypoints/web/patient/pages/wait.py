"""Joining the waiting list of what is full."""

from booking.schedules import service as schedules
from booking.schedules.model import Slot, SlotClosed, SlotNotOpenYet
from booking.waiting import service as waiting
from booking.waiting.model import Join, NotFull, WaitingClosed
from wx_backend.base.errors import AppError
from wx_backend.base.handler import ACCOUNT
from wx_backend.directory.departments import service as departments
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints.web.patient import offering, paths, persons, waiting_views
from wx_backend.entrypoints.web.patient.pages.times import TimesPage
from wx_backend.identity.patients import service as patients

NOBODY = "请选择给谁候补"
NOT_AGREED = "请勾选“有号时发消息告诉我”，否则您无法及时知道到号"
ELSEWHERE = (NotFull, WaitingClosed, SlotClosed, SlotNotOpenYet)
"""Nothing to be waited for here: back to the doctor's day, with the reason."""


class JoinPage(TimesPage):
    """``GET ?slot=&scope=`` asks; ``POST slot= patient= scope= agreed= auto=`` joins.

    The form's key makes a second tap the same entry; two calls.
    """

    access = ACCOUNT

    async def get(self) -> None:
        slot = schedules.open_slot(self.ctx, self.get_query_argument("slot", ""))
        await self._ask(slot, scope=self.get_query_argument("scope", ""))

    async def post(self) -> None:
        slot = schedules.open_slot(self.ctx, self.get_body_argument("slot", ""))
        said = {
            name: self.get_body_argument(name, "")
            for name in ("patient", "scope", "agreed", "auto")
        }
        if missing := _missing(said):
            await self._ask(slot, said["patient"], said["scope"], missing, 422)
            return
        scope = said["scope"] if said["scope"] in ("session", "day") else "slot"
        command = Join(slot.id, said["patient"], scope, bool(said["auto"]), agreed=True)
        try:
            key = self.idempotency_key()
            entry = await waiting.join(self.ctx, command, key, self.symptoms_said)
        except ELSEWHERE as gone:
            await self._back(slot, gone)
        except AppError as refused:
            await self._ask(slot, said["patient"], scope, refused.message, refused.status)
        else:
            self.go(paths.entry(entry.id))

    async def _ask(
        self, slot: Slot, chosen: str = "", scope: str = "", error: str = "", status: int = 200
    ) -> None:
        try:
            slot.check_open(self.ctx.now())
            cleared = await waiting.check_hours(self.ctx, slot)
            ways = await waiting.ways(self.ctx, slot)
            if not ways:
                raise NotFull()
        except ELSEWHERE as gone:
            await self._back(slot, gone)
            return
        unit = await departments.department(self.ctx, slot.department_id)
        opens, shuts = await waiting.hours(self.ctx, slot)
        here = paths.join(slot.id, scope)
        marked = scope if scope in ways else "slot"
        view = waiting_views.Join(
            action=here,
            visit=offering.slot_visit(slot, unit.campus, self.words),
            fee_fen=slot.fee_fen,
            ways=tuple(
                waiting_views.Way(
                    scope=name,
                    label=self.words.scope(name, slot.session),
                    ahead=ahead,
                    chosen=name == marked,
                )
                for name, ahead in ways.items()
            ),
            people=persons.choices(await patients.mine(self.ctx), unit, chosen, self.words),
            symptoms=await waiting.symptoms_asked(self.ctx, slot),
            closes=self.words.deadline(cleared, slot.zone),
            opens=opens,
            shuts=shuts,
            pay_hours=await self._amount("booking.wait_list_pay_hours", slot),
            last_minutes=await self._amount("booking.wait_list_last_minutes", slot),
            slot_id=slot.id,
            add_person_href=paths.add_person(here),
            back_href=paths.day(slot.doctor_id, slot.visit_date),
            idempotency_key=self.new_key(),
            error=error,
        )
        self.show("wait/page.html", view, status)

    async def _amount(self, name: str, slot: Slot) -> int:
        return int(await parameters.resolve(self.ctx, name, **slot.scopes))

    async def _back(self, slot: Slot, gone: AppError) -> None:
        await self.show_times(
            slot.doctor_id, slot.visit_date, error=gone.message, status=gone.status
        )


def _missing(said: dict[str, str]) -> str:
    if not said["patient"]:
        return NOBODY
    return "" if said["agreed"] else NOT_AGREED
