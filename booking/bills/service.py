"""Use cases of who pays the hospital's cashier: here, or in the file that the name says."""

import logging
from datetime import date

import msgspec

from booking.bills import cashier, following, store
from booking.bills.cashier import found_stay
from booking.bills.model import BILL, BillShown, CashierSilent, Payment, PaymentOver
from booking.bills.opening import deposit_bounds, open_bills, open_deposit
from booking.payments import service as payments
from booking.payments.model import InsuranceNotOffered, Order, OrderPaid, OrderSpec, Ticket
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.sweeper import Sweep
from wx_backend.gateways.his_bills.port import DayList, Invoice, NotKnown, Stay
from wx_backend.identity.patients import access
from wx_backend.identity.patients.model import Binding

__all__ = [
    "adopt", "cancel", "check", "day", "deposit_bounds", "found_stay", "give_back", "invoice",
    "mine", "open_bills", "open_deposit", "order_of", "own", "pay", "pending", "stays", "sweeps",
    "under_way_of",
]  # fmt: skip

log = logging.getLogger(__name__)

SHOWN = 50


async def pending(ctx: Ctx, patient_id: str) -> tuple[Binding, list[BillShown]]:
    """What a patient of the account has to pay; without items for who may not read about them.

    Raises:
        NotFound, CashierSilent.
    """
    binding = await access.may_book(ctx, patient_id)
    return binding, await cashier.pending(ctx, binding)


async def under_way_of(ctx: Ctx, account: str) -> int:
    """How many payments of the account are not the HIS's own yet."""
    return await store.count_under_way(ctx, account)


async def own(ctx: Ctx, key: str) -> Payment:
    """Raises NotFound for anybody else's."""
    payment = await store.get(ctx, key)
    if payment is None or payment.account != ctx.actor.id:
        raise NotFound("没有找到这笔缴费")
    return payment


async def mine(ctx: Ctx) -> list[Payment]:
    """The account's payments, newest first; the last 50."""
    return await store.of_account(ctx, ctx.actor.id, SHOWN)


async def order_of(ctx: Ctx, payment: Payment) -> Order | None:
    return await payments.find(ctx, payment.purpose)


async def pay(
    ctx: Ctx, key: str, method: str, client_ip: str, back_to: str = "", authorised: str = ""
) -> Ticket:
    """Opens payment.

    Args:
        authorised: the patient's ``pay_auth_no``: the insurance pays its part first, the ticket is
            for the rest. Of bills only, where the hospital has a way to its bureau.

    Raises:
        PaymentOver; OrderPaid: also when the insurance has paid all of it.
        InsuranceNotOffered, and what ``payments.insure`` and ``payments.open`` raise.
    """
    payment = await own(ctx, key)
    if payment.state == "LAPSED" or (payment.state == "OPEN" and payment.expires_at <= ctx.now()):
        raise PaymentOver()
    if payment.state != "OPEN":
        raise OrderPaid()
    spec = OrderSpec(
        purpose=payment.purpose,
        account=payment.account,
        title=payment.title,
        amount_fen=payment.fen,
        expires_at=payment.expires_at,
        references=payment.references,
        amounts=tuple(line.fen for line in payment.lines),
    )
    if authorised:
        if payment.kind != BILL:
            raise InsuranceNotOffered()
        await payments.insure(ctx, spec, authorised)
    return await payments.open(ctx, spec, method, client_ip, back_to)


async def check(ctx: Ctx, key: str) -> Payment:
    """Asks the platform whether it was paid; the browser's word is never proof."""
    payment = await own(ctx, key)
    if payment.state in ("OPEN", "LAPSED"):
        order = await payments.check(ctx, payment.purpose)
        if order and order.ledger().whole:
            return await following.paid(ctx, key) or payment
    return payment


async def cancel(ctx: Ctx, key: str) -> Payment:
    """The payer does not want to pay any more: the bills are free. Repeats are harmless.

    Raises:
        WrongState: it is paid. GatewayUnknown: nobody knows yet whether it is.
    """
    payment = await own(ctx, key)
    if not await following.let_go(ctx, payment):
        raise WrongState(state=(await own(ctx, key)).state)
    return await own(ctx, key)


async def invoice(ctx: Ctx, payment: Payment) -> Invoice | None:
    """The e-invoice of what has been paid, once it is issued, for who may read about the patient:
    it lists every item. A HIS that does not answer has not issued it yet.
    """
    if payment.kind != BILL or payment.state != "SETTLED":
        return None
    binding = await access.may_book(ctx, payment.patient_id)
    if not binding.may_read(ctx.today()):
        return None
    if payment.invoice:
        return payment.invoice
    try:
        found = await cashier.invoice(ctx, payment)
    except CashierSilent:
        log.warning("no invoice yet", extra={"payment": payment.id})
        return None
    if found:
        await store.keep_invoice(ctx, payment, msgspec.to_builtins(found))
    return found


async def stays(ctx: Ctx, patient_id: str) -> tuple[Stay, ...]:
    """A patient's stays. Raises NotFound, ReadingNeedsVerification, CashierSilent."""
    binding = await access.may_read(ctx, patient_id)
    await ctx.house.audit.record(ctx, "bills:stays:read", patient_id)
    return await cashier.stays(ctx, binding)


async def day(ctx: Ctx, patient_id: str, visit_no: str, on: date) -> tuple[Stay, DayList]:
    """一日清单 of one of the patient's stays. Raises NotFound, ReadingNeedsVerification,
    CashierSilent.
    """
    for stay in await stays(ctx, patient_id):
        if stay.visit_no == visit_no:
            try:
                return stay, await cashier.day(ctx, visit_no, on)
            except NotKnown:
                break
    raise NotFound("没有找到这次住院")


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """The payments of a merged account and their orders belong to the one that stays."""
    await payments.adopt(ctx, await _purposes(ctx, account), into)
    await store.adopt(ctx, account, into)


async def give_back(ctx: Ctx, account: str, of: str) -> None:
    """What came from an account which is its own again, with the orders."""
    await payments.adopt(ctx, await _purposes(ctx, of, account), account)
    await store.give_back(ctx, account, of)


async def _purposes(ctx: Ctx, account: str, came_from: str = "") -> list[dict[str, str]]:
    moved = await store.keys_of(ctx, account, came_from)
    return [{"kind": one["kind"], "id": one["_id"]} for one in moved]


sweeps = [Sweep("bill payments", following.expire)]
