"""住院预交金 and 一日清单: paying ahead for anybody, reading for who may."""

from datetime import date

import msgspec

from booking.bills import service as bills
from booking.bills.model import (
    CashierSilent,
    DepositAmount,
    FindStay,
    PayDeposit,
    StayNotFound,
)
from wx_backend.base.errors import AppError, Invalid, NotFound, TooMany
from wx_backend.base.forms import from_json
from wx_backend.base.handler import ACCOUNT
from wx_backend.base.masking import mask_name
from wx_backend.base.money import parse_yuan, yuan
from wx_backend.entrypoints.web.patient import bill_views, billed, paths
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage
from wx_backend.identity.patients import service as patients

SHOWN_AGAIN = (StayNotFound, DepositAmount, CashierSilent, TooMany, Invalid)


class Deposit(PatientPage):
    """``GET`` asks for whom; ``POST`` finds the stay, and with an amount opens the payment."""

    access = ACCOUNT

    async def get(self) -> None:
        visit_no = self.get_query_argument("visit_no", "")
        self.show("deposit/page.html", self._view(visit_no=visit_no))

    async def post(self) -> None:
        visit_no = self.get_body_argument("visit_no", "").upper()
        name, amount = self.get_body_argument("name", ""), self.get_body_argument("amount", "")
        asked = {"visit_no": visit_no, "name": name}
        try:
            if amount:
                fen = parse_yuan(amount)
                form = from_json(msgspec.json.encode({**asked, "amount_fen": fen}), PayDeposit)
                opened = await bills.open_deposit(self.ctx, form, self.idempotency_key())
                self.go(paths.pay_bills(opened.id))
            else:
                await self._found(from_json(msgspec.json.encode(asked), FindStay))
        except DepositAmount as refused:
            least, most = (yuan(refused.data[name]) for name in ("least_fen", "most_fen"))
            error = f"{refused.message}：每次 {least} 至 {most} 元"
            await self._found(FindStay(**asked), error, amount, refused.status)
        except SHOWN_AGAIN as refused:
            view = self._view(**asked, error=_words(refused))
            self.show("deposit/page.html", view, refused.status)

    async def _found(
        self, asked: FindStay, error: str = "", amount: str = "", status: int = 200
    ) -> None:
        stay = await bills.found_stay(self.ctx, asked)
        least, most = await bills.deposit_bounds(self.ctx)
        view = self._view(
            visit_no=stay.visit_no,
            name=asked.name,
            patient=mask_name(stay.name),
            balance_fen=stay.balance_fen,
            amount=amount,
            choices=billed.amounts(least, most),
            least_fen=least,
            most_fen=most,
            error=error,
        )
        self.show("deposit/page.html", view, status)

    def _view(self, **known: object) -> bill_views.Deposit:
        return bill_views.Deposit(idempotency_key=self.new_key(), **known)


def _words(refused: AppError) -> str:
    fields = refused.data.get("fields", {})
    return "；".join(fields.values()) if fields else refused.message


class Stays(PatientPage):
    """``GET ?patient=&visit_no=&day=``: stays of a person, and what a day of one cost."""

    access = ACCOUNT

    async def get(self) -> None:
        asked = self.get_query_argument("patient", "")
        people = await patients.mine(self.ctx)
        person = billed.chosen(people, asked)
        if asked and (person is None or person.patient_id != asked):
            raise NotFound()
        if person is None:
            self.go(paths.add_person(paths.STAYS))
            return
        tabs = billed.tabs(people, person, "stays")
        if not person.reads:
            href = billed.verify_href(person)
            unread = bill_views.Stays(people=tabs, unread=True, verify_href=href)
            self.show("stays/page.html", unread)
            return
        try:
            view = await self._of(person.patient_id, tabs)
        except CashierSilent as refused:
            silent = bill_views.Stays(people=tabs, silent=True)
            self.show("stays/page.html", silent, refused.status)
        else:
            self.show("stays/page.html", view)

    async def _of(self, patient_id: str, tabs: tuple) -> bill_views.Stays:
        visit_no, day = self.get_query_argument("visit_no", ""), self._day()
        today = self.ctx.today()
        if visit_no and day:
            _, listed = await bills.day(self.ctx, patient_id, visit_no, day)
            shown = {
                "day": self.words.full_date(day),
                "items": tuple(billed.item(one) for one in listed.items),
                "day_fen": listed.fen,
            }
        else:
            shown = {}
        found = await bills.stays(self.ctx, patient_id)
        cards = tuple(
            billed.stay(
                one, patient_id, day if one.visit_no == visit_no else None, today, self.words
            )
            for one in found
        )
        return bill_views.Stays(people=tabs, stays=cards, **shown)

    def _day(self) -> date | None:
        try:
            return date.fromisoformat(self.get_query_argument("day", ""))
        except ValueError:
            return None
