"""Restrictions over JSON, for mini-programs; the page calls the same services."""

from datetime import datetime
from typing import Annotated

import msgspec

from booking.restrictions import service
from booking.restrictions.model import KINDS, AppealedBefore, Restriction
from wx_backend.base.api import Call, Items, calls
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.forms import Form
from wx_backend.base.handler import ACCOUNT, ApiHandler


class AppealForm(Form):
    """Why the restriction should not be: 10 to 500 characters."""

    text: Annotated[str, msgspec.Meta(max_length=1000)]


class GroundsShown(msgspec.Struct, frozen=True, kw_only=True):
    """One appointment that counts; department and doctor only of one's own booking."""

    starts_at: datetime
    department: str
    doctor: str


class AppealShown(msgspec.Struct, frozen=True, kw_only=True):
    """``decided_at`` is null while somebody is looking at it; ``words`` are the answer."""

    text: str
    at: datetime
    decided_at: datetime | None
    words: str


class RestrictionShown(msgspec.Struct, frozen=True, kw_only=True):
    """Times in UTC, the patient masked; ``may_appeal``: once, while it is in force."""

    id: str
    state: str
    kind: str
    reason: str
    patient: str
    words: str
    until: datetime | None
    ended_at: datetime | None
    ended_words: str
    grounds: list[GroundsShown]
    appeal: AppealShown | None
    may_appeal: bool


def shown(one: Restriction, account: str, now: datetime) -> RestrictionShown:
    """As this account may see it: what others have booked for the patient has a date alone."""
    heard = one.appeal
    return RestrictionShown(
        id=one.id,
        state=one.state,
        kind=one.kind,
        reason=KINDS[one.kind],
        patient=one.patient,
        words=one.words,
        until=one.until,
        ended_at=one.ended_at,
        ended_words=one.ended_words,
        grounds=[
            GroundsShown(
                starts_at=each.starts_at,
                department=each.department if each.account == account else "",
                doctor=each.doctor if each.account == account else "",
            )
            for each in one.grounds
        ],
        appeal=heard
        and AppealShown(
            text=heard.text if heard.by == account else "",
            at=heard.at,
            decided_at=heard.decided_at,
            words=heard.words,
        ),
        may_appeal=heard is None and one.blocks(now),
    )


class Restrictions(ApiHandler):
    """``GET`` what was decided about the account and its people (2 calls)."""

    access = ACCOUNT
    api = calls(get=Call(does="我的预约限制", answer=Items[RestrictionShown]))

    async def get(self) -> None:
        found = await service.mine(self.ctx)
        me, now = self.ctx.actor.id, self.ctx.now()
        self.answer(Items[RestrictionShown]([shown(one, me, now) for one in found]))


class Appeal(ApiHandler):
    """``POST`` appeals, once; another member of staff decides."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="对预约限制提出申诉",
            form=AppealForm,
            answer=RestrictionShown,
            refuses=(AppealedBefore, NotFound, WrongState, Invalid),
        )
    )

    async def post(self, key: str) -> None:
        text = self.form(AppealForm).text
        one = await service.appeal(self.ctx, key, text)
        self.answer(shown(one, self.ctx.actor.id, self.ctx.now()))


routes = [
    (r"/api/v1/restrictions", Restrictions),
    (r"/api/v1/restrictions/([a-z0-9]+)/appeal", Appeal),
]
