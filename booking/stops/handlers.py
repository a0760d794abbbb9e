"""A stopped clinic over JSON, for mini-programs; the page calls the same services."""

from datetime import datetime
from typing import Annotated

import msgspec

from booking.appointments.model import FeverClinic, SymptomsNotSaid
from booking.stops import service
from booking.stops.model import OTHER, SAME, Case, OfferGone
from wx_backend.base.api import Call, calls
from wx_backend.base.errors import Invalid, WrongState
from wx_backend.base.forms import Form
from wx_backend.base.handler import ACCOUNT, ApiHandler


class AnswerForm(Form):
    """``choice``: same, other or refund; ``slot`` that of the offer that was shown; ``symptoms``:
    whether the patient has any of those that the refusal ``symptoms_not_said`` names.
    """

    choice: Annotated[str, msgspec.Meta(max_length=10)]
    slot: Annotated[str, msgspec.Meta(max_length=40)] = ""
    symptoms: bool | None = None


class OfferShown(msgspec.Struct, frozen=True, kw_only=True):
    """A number instead; ``kept_until`` is null for first come."""

    choice: str
    slot: str
    doctor: str
    title: str
    location: str
    starts_at: datetime
    kept_until: datetime | None


class StopShown(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered to somebody whose clinic was stopped, until ``deadline`` (UTC)."""

    id: str
    state: str
    appointment: str
    patient: str
    department: str
    doctor: str
    starts_at: datetime
    deadline: datetime
    fee_fen: int
    offers: list[OfferShown]
    choice: str
    moved_to: str


def shown(case: Case, now: datetime) -> StopShown:
    offers = ((name, case.offer(name, now)) for name in (SAME, OTHER) if case.open)
    return StopShown(
        id=case.id,
        state=case.state,
        appointment=case.appointment,
        patient=case.patient,
        department=case.department,
        doctor=case.doctor,
        starts_at=case.starts_at,
        deadline=case.deadline,
        fee_fen=case.fee_fen,
        offers=[
            OfferShown(
                choice=name,
                slot=offer.slot,
                doctor=offer.doctor,
                title=offer.title,
                location=offer.location,
                starts_at=offer.starts_at,
                kept_until=offer.until,
            )
            for name, offer in offers
            if offer
        ],
        choice=case.choice,
        moved_to=case.moved_to,
    )


class OneStop(ApiHandler):
    """``GET`` what is offered (1 shared call)."""

    access = ACCOUNT
    api = calls(get=Call(does="停诊处理方案", answer=StopShown))

    async def get(self, key: str) -> None:
        self.answer(shown(await service.own(self.ctx, key), self.ctx.now()))


class Answer(ApiHandler):
    """``POST`` answers once; the same answer again is answered as the first time."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="停诊处理答复",
            form=AnswerForm,
            answer=StopShown,
            refuses=(OfferGone, WrongState, Invalid, SymptomsNotSaid, FeverClinic),
        )
    )

    async def post(self, key: str) -> None:
        form = self.form(AnswerForm)
        case = await service.answer(self.ctx, key, form.choice, form.slot, form.symptoms)
        self.answer(shown(case, self.ctx.now()))


routes = [
    (r"/api/v1/stops/([a-z0-9]+)", OneStop),
    (r"/api/v1/stops/([a-z0-9]+)/answer", Answer),
]
