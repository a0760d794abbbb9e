"""One appointment: how it stands, its money, its history, and what the desk may do about it."""

from datetime import datetime

from booking.appointments import service as appointments
from booking.appointments.model import LIFE, Appointment
from booking.payments import service as payments
from booking.payments.model import ALIPAY_QR, CODES, NATIVE, Order, cash_owed
from notify.messages import service as messages
from wx_backend.base import audit
from wx_backend.base.errors import AppError, NotFound
from wx_backend.base.handler import staff
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.console import money, timeline
from wx_backend.entrypoints.web.console.pages.act import Act
from wx_backend.entrypoints.web.console.pages.bookings import PATH, STATES, TONES
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.entrypoints.web.qr import picture
from wx_backend.identity.staff import service as members

RECORDS = 200
PAID = "已支付，挂号成功，请打印小票"
SCANNED = {NATIVE: "微信", ALIPAY_QR: "支付宝"}


class OneBooking(ConsolePage):
    """``GET``: eight calls, audited."""

    here = "bookings"
    access = staff("appointments:read")

    async def get(self, key: str) -> None:
        await self.show_one(key)

    async def show_one(self, key: str, error: AppError | None = None, phone: str = "") -> None:
        one = await appointments.find(self.ctx, key)
        order = await appointments.order_of(self.ctx, one)
        await self.show(
            "booking.html",
            error.status if error else 200,
            one=one,
            order=order,
            orders=money.ORDERS,
            wrong=self.why(error),
            path=f"{PATH}/{one.id}",
            before=PATH,
            states=STATES,
            tones=TONES,
            moments=await self._history(one, order),
            cash=sum(owed.fen for owed in cash_owed(order.ledger())) if order else 0,
            wishes=appointments.WISHES,
            phone=phone,
            books=self.may("appointments:book"),
            codes=await payments.offered(self.ctx, CODES) if one.state == "HELD" else (),
            scanned=SCANNED,
            cancels=self.may("appointments:cancel") and one.state in LIFE.sources("cancel"),
            zone=self.zone,
            booker=await self._name(one.booked_by),
        )

    async def _name(self, member: str) -> str:
        found = await members.members(self.ctx, [member]) if member else {}
        return found[member].name if member in found else ""

    async def _history(self, one: Appointment, order: Order | None) -> list[timeline.Moment]:
        subjects = [one.id, *([order.id] if order else [])]
        records = [
            record
            for month in _months(one.created_at, self.ctx.wire_now())
            for subject in subjects
            for record in await audit.records(self.ctx, month, subject=subject, limit=RECORDS)
        ]
        found = await members.members(self.ctx, timeline.members(records))
        names = {key: member.name for key, member in found.items()}
        moments = [
            *timeline.told(records, names, self.translate),
            *timeline.paid(order, self.translate),
            *timeline.messages(await messages.log(self.ctx, subject=one.id), self.translate),
        ]
        return sorted(moments, key=lambda moment: moment.at)


def _months(first: datetime, last: datetime) -> list[datetime]:
    """The first moments of the months from ``first`` to ``last``, in order."""
    months, month = [], first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month <= last:
        months.append(month)
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
    return months or [last]


class Slip(OneBooking):
    """``GET``: a slip to be printed, with the place and the number in large type."""

    async def get(self, key: str) -> None:
        one = await appointments.find(self.ctx, key)
        if one.state not in ("HELD", "BOOKED", "CHECKED_IN"):
            self.go(f"{PATH}/{one.id}")
            return
        order = await appointments.order_of(self.ctx, one)
        here = await institutions.institution(self.ctx)
        unit = await departments.department(self.ctx, one.department_id)
        await self.show(
            "slip.html",
            one=one,
            back=f"{PATH}/{one.id}",
            paid=bool(order and order.state == "PAID"),
            campus=unit.campus,
            phone=here.phone,
        )


class _Act(Act, OneBooking):
    path = PATH


class CheckIn(_Act):
    """``POST``: the patient is here."""

    access = staff("appointments:book")

    async def act(self, key: str) -> str:
        await appointments.check_in(self.ctx, key)
        return "已报到"


class TakeCash(_Act):
    """``POST``: the patient has paid in cash."""

    access = staff("appointments:book")

    async def act(self, key: str) -> str:
        await appointments.take_cash(self.ctx, key)
        return "已收现金，挂号成功，请打印小票"


class PayCode(_Act):
    """``POST method=``: a code for the patient to scan. ``GET``: shows it, and leads on when it is
    paid.
    """

    access = staff("appointments:book")

    async def get(self, key: str) -> None:
        one = await appointments.find(self.ctx, key)
        ticket = await appointments.code_shown(self.ctx, one) if one.state == "HELD" else None
        if ticket is None:
            self.say(PAID if one.state == "BOOKED" else "", f"{PATH}/{key}")
            return
        await self.show(
            "pay_code.html",
            one=one,
            path=f"{PATH}/{key}",
            picture=picture(ticket.qr, scale=6),
            app=SCANNED[ticket.method],
            others={code: name for code, name in SCANNED.items() if code != ticket.method},
            codes=await payments.offered(self.ctx, CODES),
            zone=self.zone,
        )

    async def post(self, key: str) -> None:
        method = self.get_body_argument("method", "")
        try:
            await appointments.show_code(self.ctx, key, method)
        except NotFound:
            raise
        except AppError as error:
            await self.show_one(key, error)
        else:
            self.go(f"{PATH}/{key}/code")


class AskPaid(_Act):
    """``POST``: the platform is asked whether the code was paid."""

    access = staff("appointments:book")

    async def act(self, key: str) -> str:
        asked = await appointments.ask_paid(self.ctx, key)
        return PAID if asked.state == "BOOKED" else "还没有收到款"


class GiveCash(_Act):
    """``POST``: the cash was handed back."""

    access = staff("appointments:book")

    async def act(self, key: str) -> str:
        await appointments.give_cash(self.ctx, key)
        return "退现金已登记"


class CancelFor(_Act):
    """``POST by=patient|hospital why=``"""

    access = staff("appointments:cancel")

    async def act(self, key: str) -> str:
        by, why = self.get_body_argument("by", ""), self.get_body_argument("why", "")
        one = await appointments.cancel_for(self.ctx, key, by, why)
        await appointments.unwind_cancelled(self.ctx, one)
        return "已取消，付过的费用全额退回"


class ShowPhone(OneBooking):
    """``POST``: the number to ring about it, shown once; audited."""

    access = staff("appointments:book")

    async def get(self, key: str) -> None:
        self.go(f"{PATH}/{key}")

    async def post(self, key: str) -> None:
        try:
            number = await appointments.contact(self.ctx, key)
        except NotFound as nobody:
            await self.show_one(key, nobody)
        else:
            await self.show_one(key, phone=number)
