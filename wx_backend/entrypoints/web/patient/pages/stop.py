"""A stopped clinic: what is offered instead, answered with one tap."""

from booking.stops import service as stops
from booking.stops.model import OTHER, REFUND, SAME, Case, Offer, OfferGone
from wx_backend.base.errors import WrongState
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import paths, stop_views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Stop(PatientPage):
    """``GET``: the offers, or what came of the answer; ``POST choice= slot=`` answers.

    An answer that came too late leads to the page as it is now.
    """

    access = ACCOUNT

    async def get(self, key: str) -> None:
        await self._show(await stops.own(self.ctx, key))

    async def post(self, key: str) -> None:
        choice, seen = self.get_body_argument("choice", ""), self.get_body_argument("slot", "")
        try:
            case = await stops.answer(self.ctx, key, choice, seen)
        except (OfferGone, WrongState) as late:
            await self._show(await stops.own(self.ctx, key), late.message, late.status)
        else:
            self.go(paths.stop(case.id))

    async def _show(self, case: Case, error: str = "", status: int = 200) -> None:
        now, words = self.ctx.now(), self.words
        same, other = case.offer(SAME, now), case.offer(OTHER, now)
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
                self._option(name, offer, case.zone)
                for name, offer in ((SAME, same), (OTHER, other))
                if offer and case.open
            ),
            refund=REFUND if case.open else "",
            appointment_href=paths.appointment(case.moved_to if moved else case.appointment),
            again_href=paths.DEPARTMENTS,
            idempotency_key=self.new_key(),
            error=error,
        )
        self.show("stop/page.html", view, status)

    def _option(self, choice: str, offer: Offer, zone: str) -> stop_views.Option:
        return stop_views.Option(
            choice=choice,
            slot=offer.slot,
            when=self.words.moment(offer.starts_at, zone),
            doctor=offer.doctor,
            title=offer.title,
            place=offer.location,
            kept_until=self.words.deadline(offer.until, zone) if offer.until else "",
        )
