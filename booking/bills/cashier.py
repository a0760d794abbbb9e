"""Asking the HIS's cashier. Whatever keeps it from answering is one error for the payer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from booking.bills.model import (
    BillShown,
    CashierSilent,
    FindStay,
    Payment,
    StayNotFound,
    payable,
    shown,
)
from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import GatewayBusy, GatewayRefused, GatewayUnknown, TooMany
from wx_backend.base.ratelimit import Buckets
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.his_bills.port import Bill, DayList, Invoice, Named, NotKnown, Stay
from wx_backend.identity.patients import access
from wx_backend.identity.patients.model import Binding, clean_name

TRIES_A_MINUTE = 6
"""How often one account may ask for a stay by number and name: nobody guesses names."""


@contextmanager
def _asking() -> Iterator[None]:
    """Raises CashierSilent, or NotKnown."""
    try:
        yield
    except NotKnown:
        raise
    except (GatewayUnknown, GatewayBusy, GatewayRefused) as error:
        raise CashierSilent() from error


async def pending(ctx: Ctx, binding: Binding) -> list[BillShown]:
    """What the patient owes, as the account of this binding may see it. Raises CashierSilent."""
    his, person = await institutions.his_bills(ctx), await _named(ctx, binding)
    with _asking():
        found = await his.pending(person)
    reads = binding.may_read(ctx.today())
    return [shown(bill, reads) for bill in payable(found, ctx.now())]


async def bills(ctx: Ctx, nos: tuple[str, ...]) -> tuple[Bill, ...]:
    """Raises CashierSilent."""
    his = await institutions.his_bills(ctx)
    with _asking():
        return await his.bills(nos)


async def invoice(ctx: Ctx, payment: Payment) -> Invoice | None:
    """Raises CashierSilent."""
    his = await institutions.his_bills(ctx)
    with _asking():
        return await his.invoice(payment.id)


async def stays(ctx: Ctx, binding: Binding) -> tuple[Stay, ...]:
    """The patient's stays, newest first. Raises CashierSilent."""
    his, person = await institutions.his_bills(ctx), await _named(ctx, binding)
    with _asking():
        return await his.stays(person)


async def day(ctx: Ctx, visit_no: str, on: date) -> DayList:
    """Raises CashierSilent, NotKnown."""
    his = await institutions.his_bills(ctx)
    with _asking():
        return await his.day(visit_no, on)


async def stay(ctx: Ctx, visit_no: str) -> Stay:
    """Raises CashierSilent, NotKnown."""
    his = await institutions.his_bills(ctx)
    with _asking():
        return await his.stay(visit_no)


async def found_stay(ctx: Ctx, asked: FindStay) -> Stay:
    """The open stay of this number, if its patient has this name.

    Raises:
        TooMany: one account has asked too often within a minute.
        StayNotFound, CashierSilent.
    """
    tries = _tries(ctx.house)
    if not tries.take(ctx.actor.id):
        raise TooMany(retry_after=tries.retry_after(ctx.actor.id))
    try:
        known = await stay(ctx, asked.visit_no)
    except NotKnown:
        raise StayNotFound() from None
    if not known.open or known.name != clean_name(asked.name):
        raise StayNotFound()
    return known


async def _named(ctx: Ctx, binding: Binding) -> Named:
    return Named(*await access.card_of(ctx, binding.patient_id))


def _tries(house: House) -> Buckets:
    made = Buckets(TRIES_A_MINUTE / 60, TRIES_A_MINUTE, house.wire)
    return house.views.setdefault("stay_tries", made)
