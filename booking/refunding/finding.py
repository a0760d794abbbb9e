"""Orders as the finance office looks for them. Every search is audited."""

import msgspec

from booking.appointments import service as appointments
from booking.appointments.model import Wanted
from booking.payments import service as payments
from booking.payments.model import Order, Sought, order_id
from booking.postings import service as postings
from booking.refunding.model import Asked
from wx_backend.base.context import Ctx
from wx_backend.identity.patients import service as patients
from wx_backend.records.encounters import access as charts

VISITS = 500
"""Appointments of a patient whose orders are looked for."""


async def find(ctx: Ctx, asked: Asked, limit: int, skip: int = 0) -> tuple[list[Order], int]:
    """Orders, newest first, and how many there are in all. A patient's are those of the accounts
    that act for them, and of their appointments.

    Raises:
        Invalid: nothing to look by, or nobody has such a number.
    """
    sought = Sought(number=asked.number, day=asked.day, state=asked.state)
    if asked.unposted:
        keys = await postings.unposted(ctx)
        sought = msgspec.structs.replace(sought, accounts=(), orders=keys)
    elif asked.who:
        known = await charts.people(ctx, asked.who)
        accounts = await patients.accounts_for(ctx, [one.patient_id for one in known])
        visits, _ = await appointments.search(ctx, Wanted(who=asked.who), VISITS)
        theirs = sorted({order_id(one.purpose) for one in visits})
        sought = msgspec.structs.replace(sought, accounts=tuple(accounts), orders=tuple(theirs))
    return await payments.search(ctx, sought, limit, skip)
