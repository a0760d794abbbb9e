"""The cashier over JSON, for mini-programs; the pages call the same services."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from booking.bills import service
from booking.bills.model import (
    BillsBusy,
    BillsChanged,
    BillShown,
    CashierSilent,
    DepositAmount,
    FindStay,
    Id,
    Kind,
    Line,
    PayBills,
    PayDeposit,
    Payment,
    PaymentOver,
    StayNotFound,
)
from booking.payments.model import INSURED, CannotPayHere, OrderPaid, Ticket
from wx_backend.base.api import Call, Items, calls
from wx_backend.base.errors import (
    GatewayBusy,
    GatewayRefused,
    GatewayUnknown,
    NotFound,
    SameKeyOtherBody,
    TooMany,
    WrongState,
)
from wx_backend.base.forms import Form, Text
from wx_backend.base.handler import ACCOUNT, ApiHandler
from wx_backend.base.masking import mask_name
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.gateways.his_bills.port import DayList, Invoice
from wx_backend.identity.patients.model import ReadingNeedsVerification


class PatientQuery(Form):
    """``patient`` is an id as the list of people gave it."""

    patient: Id


class MethodForm(Form):
    """``authorised``: the ``pay_auth_no`` of who pays with the insurance."""

    method: Annotated[str, msgspec.Meta(max_length=20)]
    authorised: Annotated[str, Text(max_length=64)] = ""


class PaymentShown(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as the API shows it: times in UTC, money in fen, the patient masked.

    ``refused``: of ``lines``, the HIS's numbers of those that it would not have any more;
    ``refund_fen`` goes back. ``balance_fen``: of a deposit, the balance after it.
    """

    id: str
    kind: Kind
    state: str
    patient: str
    fen: int
    lines: tuple[Line, ...]
    opened_at: datetime
    expires_at: datetime | None
    refused: tuple[str, ...]
    refund_fen: int
    balance_fen: int | None
    invoice: Invoice | None = None


class StayShown(msgspec.Struct, frozen=True, kw_only=True):
    """A stay as its patient's own readers see it; ``discharged_on`` is None of an open one."""

    visit_no: str
    department: str
    admitted_on: date
    discharged_on: date | None
    deposit_fen: int
    spent_fen: int
    balance_fen: int


class StayFound(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a deposit would be for: nothing clinical. Amounts in fen."""

    visit_no: str
    patient: str
    balance_fen: int
    least_fen: int
    most_fen: int


GATEWAY = (NoChannel, GatewayBusy, GatewayRefused, GatewayUnknown)
HIS = (NoChannel, CashierSilent)


def shown(payment: Payment, invoice: Invoice | None = None) -> PaymentShown:
    return PaymentShown(
        id=payment.id,
        kind=payment.kind,
        state=payment.state,
        patient=payment.patient,
        fen=payment.fen,
        lines=payment.lines,
        opened_at=payment.opened_at,
        expires_at=payment.expires_at if payment.state == "OPEN" else None,
        refused=payment.refused,
        refund_fen=payment.refused_fen,
        balance_fen=payment.balance_fen,
        invoice=invoice,
    )


class Pending(ApiHandler):
    """``GET ?patient=`` what a patient owes, asked of the HIS now."""

    access = ACCOUNT
    api = calls(
        get=Call(
            does="门诊待缴账单（无查看权限时不含明细）",
            query=PatientQuery,
            answer=Items[BillShown],
            refuses=(NotFound, *HIS),
        )
    )

    async def get(self) -> None:
        _, found = await service.pending(self.ctx, self.query(PatientQuery).patient)
        self.answer(Items[BillShown](found))


class Payments(ApiHandler):
    """``POST`` begins to pay several bills at once; ``GET`` lists one's own payments."""

    access = ACCOUNT
    api = calls(
        get=Call(does="我的缴费记录", answer=Items[PaymentShown]),
        post=Call(
            does="合并缴纳所选账单，金额以医院收费系统此刻为准",
            form=PayBills,
            answer=PaymentShown,
            status=201,
            key=True,
            refuses=(NotFound, BillsChanged, BillsBusy, SameKeyOtherBody, *HIS),
        ),
    )

    async def get(self) -> None:
        items = [shown(payment) for payment in await service.mine(self.ctx)]
        self.answer(Items[PaymentShown](items))

    async def post(self) -> None:
        payment = await service.open_bills(self.ctx, self.form(PayBills), self.idempotency_key())
        self.answer(shown(payment), 201)


class OnePayment(ApiHandler):
    """``GET`` a payment with its e-invoice, once there is one."""

    access = ACCOUNT
    api = calls(get=Call(does="缴费详情和电子票据", answer=PaymentShown))

    async def get(self, key: str) -> None:
        payment = await service.own(self.ctx, key)
        self.answer(shown(payment, await service.invoice(self.ctx, payment)))


class Launch(ApiHandler):
    """``POST`` opens payment; the answer is what the mini-program hands to the platform."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="发起缴费支付",
            form=MethodForm,
            answer=Ticket,
            refuses=(PaymentOver, WrongState, OrderPaid, CannotPayHere, *INSURED, *GATEWAY),
        )
    )

    async def post(self, key: str) -> None:
        form = self.form(MethodForm)
        told = {"authorised": form.authorised}
        self.answer(await service.pay(self.ctx, key, form.method, self.request.remote_ip, **told))


class Check(ApiHandler):
    """``POST`` after the platform's pay sheet closed: the server asks, the answer says."""

    access = ACCOUNT
    api = calls(post=Call(does="支付后确认缴费结果", answer=PaymentShown, refuses=GATEWAY))

    async def post(self, key: str) -> None:
        self.answer(shown(await service.check(self.ctx, key)))


class Cancel(ApiHandler):
    """``POST`` gives an unpaid one up, so that its bills can be chosen anew."""

    access = ACCOUNT
    api = calls(
        post=Call(does="放弃未支付的缴费", answer=PaymentShown, refuses=(WrongState, *GATEWAY))
    )

    async def post(self, key: str) -> None:
        self.answer(shown(await service.cancel(self.ctx, key)))


class Find(ApiHandler):
    """``POST`` whom a deposit would be for, by visit number and name."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="按住院号和姓名查找在院患者",
            form=FindStay,
            answer=StayFound,
            refuses=(StayNotFound, TooMany, *HIS),
        )
    )

    async def post(self) -> None:
        stay = await service.found_stay(self.ctx, self.form(FindStay))
        least, most = await service.deposit_bounds(self.ctx)
        self.answer(
            StayFound(
                visit_no=stay.visit_no,
                patient=mask_name(stay.name),
                balance_fen=stay.balance_fen,
                least_fen=least,
                most_fen=most,
            )
        )


class Deposits(ApiHandler):
    """``POST`` begins to pay a deposit; it goes on as any other payment."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="缴住院预交金",
            form=PayDeposit,
            answer=PaymentShown,
            status=201,
            key=True,
            refuses=(StayNotFound, DepositAmount, TooMany, SameKeyOtherBody, *HIS),
        )
    )

    async def post(self) -> None:
        form, key = self.form(PayDeposit), self.idempotency_key()
        self.answer(shown(await service.open_deposit(self.ctx, form, key)), 201)


class Stays(ApiHandler):
    """``GET ?patient=`` the stays of a patient, for who may read about them."""

    access = ACCOUNT
    api = calls(
        get=Call(
            does="住院记录和预交金余额",
            query=PatientQuery,
            answer=Items[StayShown],
            refuses=(NotFound, ReadingNeedsVerification, *HIS),
        )
    )

    async def get(self) -> None:
        found = await service.stays(self.ctx, self.query(PatientQuery).patient)
        items = [
            StayShown(**{name: getattr(stay, name) for name in StayShown.__struct_fields__})
            for stay in found
        ]
        self.answer(Items[StayShown](items))


class Day(ApiHandler):
    """``GET ?patient=`` what a day of a stay cost, for who may read about the patient."""

    access = ACCOUNT
    api = calls(
        get=Call(
            does="住院一日清单",
            query=PatientQuery,
            answer=DayList,
            refuses=(NotFound, ReadingNeedsVerification, *HIS),
        )
    )

    async def get(self, visit_no: str, on: str) -> None:
        try:
            wanted = date.fromisoformat(on)
        except ValueError:
            raise NotFound() from None
        patient = self.query(PatientQuery).patient
        _, listed = await service.day(self.ctx, patient, visit_no, wanted)
        self.answer(listed)


PAYMENT = r"/api/v1/bill-payments/([a-z0-9]+)"

routes = [
    (r"/api/v1/bills", Pending),
    (r"/api/v1/bill-payments", Payments),
    (PAYMENT, OnePayment),
    (rf"{PAYMENT}/payment", Launch),
    (rf"{PAYMENT}/payment/check", Check),
    (rf"{PAYMENT}/cancel", Cancel),
    (r"/api/v1/deposits/stay", Find),
    (r"/api/v1/deposits", Deposits),
    (r"/api/v1/stays", Stays),
    (r"/api/v1/stays/([A-Za-z0-9_-]{1,64})/days/(\d{4}-\d\d-\d\d)", Day),
]
