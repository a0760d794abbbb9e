"""My places on the waiting list: all of them, one, taking what was found, leaving."""

from booking.appointments.model import CancelTooLate, HoldExpired
from booking.waiting import service as waiting
from booking.waiting.model import LIFE, Entry
from wx_backend.base.errors import WrongState
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import booked, paths, queued, waiting_views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Waiting(PatientPage):
    """``GET``: newest first; four calls."""

    access = ACCOUNT

    async def get(self) -> None:
        found = await waiting.mine(self.ctx)
        await self.count_unread()
        rows = tuple(queued.card(one, ahead, self.words) for one, ahead in found)
        tabs = booked.tabs(paths.WAITING, self.words)
        self.show("waiting/page.html", waiting_views.WaitingList(tabs=tabs, rows=rows))


class EntryPage(PatientPage):
    """Shows one entry as it is now."""

    access = ACCOUNT

    async def show_entry(self, entry: Entry, error: str = "", status: int = 200) -> None:
        campus = await self.campus(entry.department_id)
        ahead = await waiting.ahead(self.ctx, entry)
        view = queued.entry(entry, ahead, campus, self.ctx.now(), self.words, self.new_key(), error)
        self.show("entry/page.html", view, status)


class OneEntry(EntryPage):
    """``GET``: the place in line, or the number that was found and until when; two calls."""

    async def get(self, key: str) -> None:
        await self.show_entry(await waiting.own(self.ctx, key))


class Accept(EntryPage):
    """``POST`` takes an offered number without a fee; one with a fee is paid as any other."""

    async def get(self, key: str) -> None:
        self.go(paths.entry((await waiting.own(self.ctx, key)).id))

    async def post(self, key: str) -> None:
        try:
            await waiting.accept(self.ctx, key)
        except (WrongState, HoldExpired) as late:
            await self.show_entry(await waiting.own(self.ctx, key), late.message, late.status)
        else:
            self.go(paths.entry(key))


class Leave(EntryPage):
    """``GET`` asks once more; ``POST`` gives up the place or the number that was offered."""

    async def get(self, key: str) -> None:
        entry = await waiting.own(self.ctx, key)
        if entry.state in LIFE.sources("leave"):
            self._ask(entry, await self.campus(entry.department_id))
        else:
            self.go(paths.entry(key))

    async def post(self, key: str) -> None:
        try:
            await waiting.leave(self.ctx, key)
        except (WrongState, CancelTooLate) as late:
            await self.show_entry(await waiting.own(self.ctx, key), late.message, late.status)
        else:
            self.go(paths.entry(key))

    def _ask(self, entry: Entry, campus: str) -> None:
        view = waiting_views.Leave(
            action=paths.leave(entry.id),
            visit=queued.visit(entry, campus, self.words),
            back_href=paths.entry(entry.id),
            idempotency_key=self.new_key(),
            offered=entry.state == "OFFERED" and not entry.asking,
        )
        self.show("leave/page.html", view)
