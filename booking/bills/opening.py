"""Opening a payment: what the HIS wants is asked at this very moment, then claimed."""

from datetime import datetime, timedelta
from typing import Any

from booking.bills import cashier, following, store
from booking.bills.model import (
    BILL,
    DEPOSIT,
    BillsBusy,
    DepositAmount,
    Line,
    PayBills,
    PayDeposit,
    Payment,
    choose,
    claim_of,
)
from wx_backend.base import ids
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import SameKeyOtherBody
from wx_backend.base.forms import Form
from wx_backend.base.idempotency import key_id, request_hash
from wx_backend.base.masking import mask_name
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.patients import access


async def open_bills(ctx: Ctx, form: PayBills, key: str) -> Payment:
    """One payment for several bills of a patient; a repeat is answered as the first time.

    Raises:
        NotFound: the patient is not this account's.
        BillsChanged, BillsBusy, SameKeyOtherBody, CashierSilent.
    """
    binding = await access.may_book(ctx, form.patient)
    if before := await _made_before(ctx, form, key):
        return before
    chosen = choose(await cashier.pending(ctx, binding), form.bills, form.amount_fen)
    lines = tuple(bill.line() for bill in chosen)
    until = min(await _until(ctx), *(bill.expires_at for bill in chosen))
    payment = _payment(
        *(ctx, form, key, lines, until),
        kind=BILL,
        patient=binding.display,
        patient_id=binding.patient_id,
        claims=tuple(claim_of(ctx.institution or "", line.no) for line in lines),
    )
    return await _claim(ctx, payment)


async def open_deposit(ctx: Ctx, form: PayDeposit, key: str) -> Payment:
    """A deposit for an inpatient, by anybody who knows the visit number and the name.

    Raises:
        DepositAmount: less or more than the hospital takes at once.
        StayNotFound, TooMany, SameKeyOtherBody, CashierSilent.
    """
    if before := await _made_before(ctx, form, key):
        return before
    least, most = await deposit_bounds(ctx)
    if not least <= form.amount_fen <= most:
        raise DepositAmount(least_fen=least, most_fen=most)
    stay = await cashier.found_stay(ctx, form)
    lines = (Line(no=stay.visit_no, department="", fen=form.amount_fen),)
    payment = _payment(
        *(ctx, form, key, lines, await _until(ctx)), kind=DEPOSIT, patient=mask_name(stay.name)
    )
    return await _claim(ctx, payment)


async def deposit_bounds(ctx: Ctx) -> tuple[int, int]:
    """(least, most) of one deposit, in fen. No round trip."""
    least = await parameters.resolve(ctx, "bills.deposit_least_fen")
    return int(least), int(await parameters.resolve(ctx, "bills.deposit_most_fen"))


async def _until(ctx: Ctx) -> datetime:
    return ctx.now() + timedelta(minutes=int(await parameters.resolve(ctx, "bills.pay_minutes")))


def _payment(
    ctx: Ctx, form: Form, key: str, lines: tuple[Line, ...], until: datetime, **more: Any
) -> Payment:
    return Payment(
        id=_id(ctx, key),
        inst=ctx.institution or "",
        account=ctx.actor.id,
        fen=sum(line.fen for line in lines),
        lines=lines,
        opened_at=ctx.now(),
        expires_at=until,
        request=request_hash(form),
        **more,
    )


def _id(ctx: Ctx, key: str) -> str:
    return ids.derive("bil", key_id(ctx.actor.id, key))


async def _made_before(ctx: Ctx, form: Form, key: str) -> Payment | None:
    """What the same request has made. Raises SameKeyOtherBody."""
    before = await store.get(ctx, _id(ctx, key))
    if before and before.request != request_hash(form):
        raise SameKeyOtherBody()
    return before


async def _claim(ctx: Ctx, payment: Payment) -> Payment:
    """Stores it. An older one of the account's own over the same bills gives way, if nothing has
    been paid for it. Raises BillsBusy, SameKeyOtherBody.
    """
    try:
        await store.add(ctx, payment)
    except Duplicate as taken:
        if taken.field == "_id":
            return await _same(ctx, payment)
    else:
        return payment
    for other in await store.claiming(ctx, payment.claims):
        if other.account != payment.account or not await following.let_go(ctx, other):
            raise BillsBusy()
    try:
        await store.add(ctx, payment)
    except Duplicate as taken:
        if taken.field == "_id":
            return await _same(ctx, payment)
        raise BillsBusy() from None
    return payment


async def _same(ctx: Ctx, payment: Payment) -> Payment:
    """Two presses at once: the one that was stored. Raises SameKeyOtherBody."""
    stored = await store.get(ctx, payment.id)
    if stored is None or stored.request != payment.request:
        raise SameKeyOtherBody()
    return stored
