"""The waiting list over JSON, for mini-programs; the pages call the same services."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from booking.appointments.model import (
    AccountTooNew,
    AgeNotSeen,
    CancelTooLate,
    FeverClinic,
    HoldExpired,
    SymptomsNotSaid,
)
from booking.restrictions.model import Restricted
from booking.schedules import service as schedules
from booking.schedules.model import SlotClosed, SlotNotOpenYet
from booking.waiting import service
from booking.waiting.model import Entry, Join, NotFull, Scope, WaitingClosed, WaitingLimit
from wx_backend.base.api import Call, Items, calls
from wx_backend.base.errors import NotFound, SameKeyOtherBody, WrongState
from wx_backend.base.forms import Form
from wx_backend.base.handler import ACCOUNT, ApiHandler, public

Id = Annotated[str, msgspec.Meta(min_length=5, max_length=40, pattern="^[a-z0-9]+$")]


class JoinForm(Form):
    """``scope``: this slot, its session, or the doctor's whole day; ``auto``: a number without a
    fee is taken at once; ``agreed``: the patient wants the message that a number has come;
    ``symptoms``: whether the patient has any of those that the refusal ``symptoms_not_said`` names.
    """

    slot: Id
    patient: Id
    scope: Scope = "slot"
    auto: bool = False
    agreed: bool = False
    symptoms: bool | None = None


class DayQuery(Form):
    """``date`` is the visit date, ``2026-11-24``."""

    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as the API shows it: times in UTC, the patient masked.

    ``ahead``: how many come before it, while it waits; ``appointment`` is the number that was
    found, to be paid or accepted until ``offered_until``; ``asking``: the HIS that owns it has not
    confirmed it yet.
    """

    id: str
    state: Literal["WAITING", "OFFERED", "TAKEN", "LEFT", "MISSED", "CLEARED"]
    scope: Scope
    auto: bool
    patient: str
    department: str
    doctor: str
    visit_date: str
    session: str
    starts_at: datetime
    fee_fen: int
    joined_at: datetime
    clears_at: datetime
    ahead: int | None
    appointment: str | None
    offered_until: datetime | None
    asking: bool


class SlotWaiting(msgspec.Struct, frozen=True):
    """How many wait for a number of a slot."""

    slot: str
    waiting: int


def shown(entry: Entry, ahead: int | None) -> EntryShown:
    same = {name: getattr(entry, name) for name in EntryShown.__struct_fields__ if name != "ahead"}
    return EntryShown(**same, ahead=ahead if entry.state == "WAITING" else None)


class WaitingList(ApiHandler):
    """``POST`` joins; ``GET`` lists one's own entries, newest first (2 calls)."""

    access = ACCOUNT
    api = calls(
        get=Call(does="我的候补", answer=Items[EntryShown]),
        post=Call(
            does="加入候补",
            form=JoinForm,
            answer=EntryShown,
            status=201,
            key=True,
            refuses=(
                *(NotFull, WaitingClosed, WaitingLimit, SlotClosed, SlotNotOpenYet),
                *(AgeNotSeen, Restricted, AccountTooNew, NotFound, SameKeyOtherBody),
                *(SymptomsNotSaid, FeverClinic),
            ),
        ),
    )

    async def get(self) -> None:
        items = [shown(entry, ahead) for entry, ahead in await service.mine(self.ctx)]
        self.answer(Items[EntryShown](items))

    async def post(self) -> None:
        form = self.form(JoinForm)
        command = Join(form.slot, form.patient, form.scope, form.auto, form.agreed)
        entry = await service.join(self.ctx, command, self.idempotency_key(), form.symptoms)
        self.answer(shown(entry, await service.ahead(self.ctx, entry)), 201)


class OneEntry(ApiHandler):
    """``GET`` one's own entry with its place in line (2 calls)."""

    access = ACCOUNT
    api = calls(get=Call(does="候补详情", answer=EntryShown))

    async def get(self, key: str) -> None:
        entry = await service.own(self.ctx, key)
        self.answer(shown(entry, await service.ahead(self.ctx, entry)))


class Leave(ApiHandler):
    """``POST`` gives up the place, or the number that was offered."""

    access = ACCOUNT
    api = calls(post=Call(does="退出候补", answer=EntryShown, refuses=(WrongState, CancelTooLate)))

    async def post(self, key: str) -> None:
        self.answer(shown(await service.leave(self.ctx, key), None))


class Accept(ApiHandler):
    """``POST`` takes an offered number without a fee; one with a fee is paid as any other."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="接受候补到的号（免费号）",
            answer=EntryShown,
            refuses=(WrongState, HoldExpired),
        )
    )

    async def post(self, key: str) -> None:
        self.answer(shown(await service.accept(self.ctx, key), None))


class DepartmentWaiting(ApiHandler):
    """``GET`` how many wait for each slot of a department's day; at most a second old."""

    access = public("how many wait is shown before anybody signs in")
    api = calls(get=Call(does="科室某天的候补人数", query=DayQuery, answer=Items[SlotWaiting]))

    async def get(self, department_id: str) -> None:
        date = self.query(DayQuery).date
        slots = schedules.availability(self.house).day(department_id, date)
        mine = [slot for slot in slots if slot.inst == self.ctx.institution]
        found = await service.counts(self.ctx, mine)
        items = [SlotWaiting(slot, count) for slot, count in found.items() if count]
        self.answer(Items[SlotWaiting](items))


routes = [
    (r"/api/v1/waiting", WaitingList),
    (r"/api/v1/waiting/([a-z0-9]+)", OneEntry),
    (r"/api/v1/waiting/([a-z0-9]+)/leave", Leave),
    (r"/api/v1/waiting/([a-z0-9]+)/accept", Accept),
    (r"/api/v1/departments/([a-z0-9]+)/waiting", DepartmentWaiting),
]
