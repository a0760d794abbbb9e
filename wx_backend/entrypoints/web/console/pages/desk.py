"""Booking at the desk: who is there, which number, then pay here or on the phone."""

from datetime import date

import msgspec

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, DeskHold, LimitReached
from booking.schedules import service as schedules
from booking.schedules.model import SESSIONS, Offer
from wx_backend.base.errors import AppError, NotFound
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console.pages.bookings import PATH as BOOKINGS
from wx_backend.entrypoints.web.console.pages.today import DayPage
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import Known, RegisterForm
from wx_backend.records.encounters import access as charts

PATH = "/console/counter"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One slot; ``free`` numbers for this patient at the desk, ``public`` of them for everybody."""

    offer: Offer
    session: str
    free: int

    @property
    def kept(self) -> int:
        return self.free - self.offer.free


class Counter(DayPage):
    """``GET`` asks who; ``POST who=`` finds by identity card, phone or record number, ``POST name=
    id_no=`` puts somebody down who has never been here.
    """

    access = staff("appointments:book")
    here = "counter"

    async def get(self) -> None:
        await self._ask()

    async def post(self) -> None:
        typed = {name: self.get_body_argument(name, "") for name in ("name", "id_no")}
        try:
            if any(typed.values()):
                made = await patients.register(self.ctx, RegisterForm(**typed))
                self.go(f"{PATH}/{made.patient_id}")
                return
            found = await charts.people(self.ctx, self.get_body_argument("who", ""))
        except AppError as refused:
            fields = refused.data.get("fields", {}) or {"who": refused.message}
            await self._ask(fields, refused.status, typed["name"])
            return
        if len(found) == 1:
            self.go(f"{PATH}/{found[0].patient_id}")
        else:
            await self._ask(found=found, asked=True)

    async def _ask(
        self,
        fields: dict[str, str] | None = None,
        status: int = 200,
        name: str = "",
        found: list[Known] | None = None,
        asked: bool = False,
    ) -> None:
        await self.show(
            "counter.html", status, fields=fields or {}, name=name, found=found or [],
            asked=asked, path=PATH, today=self.ctx.today(self.zone),
        )  # fmt: skip


class Serve(DayPage):
    """``GET ?date=&department=``: a day's slots for this patient; ``POST slot= binding= beyond=``
    takes a number.
    """

    access = staff("appointments:book")
    here = "counter"

    async def get(self, patient_id: str) -> None:
        await self._offer(patient_id, self.asked("department"), self.day())

    async def post(self, patient_id: str) -> None:
        sent = {name: self.get_body_argument(name, "") for name in ("slot", "binding", "beyond")}
        command = DeskHold(patient=patient_id, **sent)
        try:
            held = await appointments.hold_at_desk(self.ctx, command, self.idempotency_key())
        except NotFound:
            raise
        except AppError as refused:
            slot = schedules.open_slot(self.ctx, sent["slot"])
            on = date.fromisoformat(slot.visit_date)
            await self._offer(patient_id, slot.department_id, on, refused, sent["slot"])
        else:
            self.say(_words(held), f"{BOOKINGS}/{held.id}")

    async def _offer(
        self,
        patient_id: str,
        department: str,
        day: date,
        refused: AppError | None = None,
        chosen: str = "",
    ) -> None:
        known = await patients.look_up_one(self.ctx, patient_id)
        units = await self.unit_names()
        unit = department if department in units else next(iter(units), "")
        choices = [
            await self._choice(known, offer, day)
            for offer in schedules.offers_on(self.ctx, unit, day).offers
        ]
        await self.show(
            "serve.html",
            refused.status if refused else 200,
            known=known,
            age=known.age(self.ctx.today(self.zone)),
            wrong=self.why(refused),
            choices=[one for one in choices if one.free or one.offer.state == "full"],
            chosen=chosen,
            phones=await patients.phones_of(self.ctx, patient_id),
            beyond=isinstance(refused, LimitReached),
            overrides=self.may("appointments:override"),
            departments=units,
            department=unit,
            day=day.isoformat(),
            days=self.days(),
            path=f"{PATH}/{patient_id}",
            key=self.new_key(),
        )

    async def _choice(self, known: Known, offer: Offer, day: date) -> Choice:
        slot, now = offer.slot, self.ctx.now()
        pools = await schedules.pools_for(self.ctx, slot, known.patient_id, known.age(day))
        open_now = slot.state == "OPEN" and slot.opens_at <= now < slot.starts_at
        free = schedules.availability(self.house).free(slot, now, pools) if open_now else 0
        return Choice(offer=offer, session=SESSIONS[slot.session], free=free)


def _words(held: Appointment) -> str:
    if held.state != "HELD":
        return "挂号成功，请打印小票"
    if held.account:
        return "已占号，并已发到患者手机支付"
    return "已占号，请收款"
