"""What the patient's screens share."""

from booking.appointments import service as appointments
from booking.appointments.model import Appointment
from booking.schedules.model import Slot
from notify.messages import service as messages
from wx_backend.base import metrics
from wx_backend.directory.departments import service as departments
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints.web.page import PageHandler, own_address
from wx_backend.entrypoints.web.patient import paths, profiles
from wx_backend.entrypoints.web.patient.words import Words, words_in
from wx_backend.identity.accounts.model import app_of


class PatientPage(PageHandler):
    """Base of the screens; nothing here costs a round trip unless it says so."""

    @property
    def words(self) -> Words:
        return words_in(self.language())

    @property
    def app(self) -> str:
        """The app whose own browser this is, whose pay sheet then is there; empty elsewhere."""
        return app_of(self.request.headers.get("User-Agent", ""))

    @property
    def signed_in(self) -> bool:
        return self.ctx.actor.kind == "account"

    @property
    def symptoms_said(self) -> bool | None:
        """What the form says to the symptom screen; None: nothing."""
        return {"yes": True, "no": False}.get(self.get_body_argument("symptoms", ""))

    async def campuses(self) -> dict[str, str]:
        """Campus names by department id."""
        return {unit.id: unit.campus for unit in await departments.departments(self.ctx)}

    async def campus(self, department_id: str) -> str:
        return (await self.campuses()).get(department_id, "")

    async def cancel_rule(self, what: Appointment | Slot) -> str:
        until = await appointments.cancel_until(self.ctx, what)
        return self.words.cancel_rule(until, self.ctx.now(), what.zone)

    async def minutes(self, name: str, what: Appointment | Slot) -> int:
        """A parameter in minutes where ``what`` takes place."""
        return await parameters.resolve(self.ctx, name, **what.scopes)

    async def count_unread(self) -> None:
        """For pages with the tab bar: two calls for a signed-in reader."""
        if self.signed_in:
            self.unread = await messages.unread(self.ctx, self.ctx.actor.id)

    def shared_address(self, path: str) -> str:
        """The whole address of ``path``, as it is passed on."""
        return own_address(self, paths.came_from(path, profiles.SHARED))

    def note_source(self, page: str) -> None:
        """Counts who came by a QR code, a shared link or a menu (``?from=``)."""
        if source := profiles.SOURCES.get(self.get_query_argument("from", "")):
            metrics.ARRIVALS.labels(page, source).inc()

    def go(self, path: str) -> None:
        """To another page, by GET."""
        self.redirect(path, status=303)
