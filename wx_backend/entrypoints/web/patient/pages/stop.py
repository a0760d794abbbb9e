"""A stopped clinic: what is offered instead, answered with one tap."""

from booking.appointments.model import FeverClinic, SymptomsNotSaid
from booking.stops import service as stops
from booking.stops.model import OTHER, REFUND, SAME, Case, Offer, OfferGone
from wx_backend.base.errors import WrongState
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import paths, stop_views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Stop(PatientPage):
    """``GET``: the offers, or what came of the answer; ``POST choice= slot= symptoms=`` answers.

    An answer that came too late leads to the page as it is now.
    """

    access = ACCOUNT

    async def get(self, key: str) -> None:
        await self._show(await stops.own(self.ctx, key))

    async def post(self, key: str) -> None:
        choice, seen = self.get_body_argument("choice", ""), self.get_body_argument("slot", "")
        try:
            case = await stops.answer(self.ctx, key, choice, seen, self.symptoms_said)
        except (OfferGone, WrongState, SymptomsNotSaid, FeverClinic) as refused:
            await self._show(await stops.own(self.ctx, key), refused.message, refused.status)
        else:
            self.go(paths.stop(case.id))

    async def _show(self, case: Case, error: str = "", status: int = 200) -> None:
        now, words = self.ctx.now(), self.words
        offers = {name: case.offer(name, now) for name in (SAME, OTHER) if case.open}
        moved = case.state == "MOVED"
        view = stop_views.Stop(
            action=paths.stop(case.id),
            state=case.state,
            when=words.moment(case.starts_at, case.zone),
            doctor=case.doctor,
            department=case.department,
            patient=case.patient,
            fee_fen=case.fee_fen,
            until=words.deadline(case.deadline, case.zone),
            options=tuple(
                [await self._option(case, name, offer) for name, offer in offers.items() if offer]
            ),
            refund=REFUND if case.open else "",
            appointment_href=paths.appointment(case.moved_to if moved else case.appointment),
            again_href=paths.DEPARTMENTS,
            idempotency_key=self.new_key(),
            error=error,
        )
        self.show("stop/page.html", view, status)

    async def _option(self, case: Case, choice: str, offer: Offer) -> stop_views.Option:
        return stop_views.Option(
            choice=choice,
            slot=offer.slot,
            when=self.words.moment(offer.starts_at, case.zone),
            doctor=offer.doctor,
            title=offer.title,
            place=offer.location,
            kept_until=self.words.deadline(offer.until, case.zone) if offer.until else "",
            symptoms=await stops.symptoms_asked(self.ctx, case, choice),
        )
