"""我的限制与申诉: why somebody may not book online, until when, and what they say to it."""

from booking.restrictions import service as restrictions
from booking.restrictions.model import Restriction
from wx_backend.base.errors import AppError, Invalid, NotFound
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import paths, restriction_views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class RestrictionPage(PatientPage):
    access = ACCOUNT

    def row(self, one: Restriction) -> restriction_views.Row:
        return restriction_views.Row(
            href=paths.restriction(one.id),
            patient=one.patient,
            reason=self.words.reasons[one.kind],
            state=one.state,
            until=self.words.deadline(one.until, one.zone) if one.until else "",
            blocks=one.blocks(self.ctx.now()),
        )


class Restrictions(RestrictionPage):
    """``GET``: what was decided about the account and its people; three calls."""

    async def get(self) -> None:
        found = await restrictions.mine(self.ctx)
        view = restriction_views.Restrictions(
            rows=tuple(self.row(one) for one in found), back_href=paths.PEOPLE
        )
        self.show("restrictions/page.html", view)


class OneRestriction(RestrictionPage):
    """``GET``: the reasons and what is to be done; ``POST text=`` appeals, once."""

    async def get(self, key: str) -> None:
        await self._show(await restrictions.own(self.ctx, key))

    async def post(self, key: str) -> None:
        text = self.get_body_argument("text", "")
        try:
            one = await restrictions.appeal(self.ctx, key, text)
        except NotFound:
            raise
        except AppError as refused:
            words = refused.data["fields"]["text"] if type(refused) is Invalid else refused.message
            found = await restrictions.own(self.ctx, key)
            await self._show(found, words, refused.status, text)
        else:
            self.go(paths.restriction(one.id))

    async def _show(
        self, one: Restriction, error: str = "", status: int = 200, text: str = ""
    ) -> None:
        row, words = self.row(one), self.words
        may_appeal = row.blocks and one.appeal is None
        view = restriction_views.Restriction(
            row=row,
            rule=words.rule(one.days, one.limit),
            words=one.words,
            grounds=tuple(
                restriction_views.Ground(
                    when=words.moment(each.starts_at, one.zone),
                    what=f"{each.department} {each.doctor}"
                    if each.account == self.ctx.actor.id
                    else "",
                )
                for each in one.grounds
            ),
            back_href=paths.RESTRICTIONS,
            idempotency_key=self.new_key(),
            action=paths.restriction(one.id) if may_appeal else "",
            text=text,
            heard=self._heard(one),
            ended=one.ended_words,
            error=error,
        )
        self.show("restriction/page.html", view, status)

    def _heard(self, one: Restriction) -> restriction_views.Heard | None:
        """The words of the appeal are for who wrote them."""
        said, words = one.appeal, self.words
        if said is None:
            return None
        return restriction_views.Heard(
            text=said.text if said.by == self.ctx.actor.id else "",
            at=words.moment(said.at, one.zone),
            decided=words.moment(said.decided_at, one.zone) if said.decided_at else "",
            words=said.words,
        )
