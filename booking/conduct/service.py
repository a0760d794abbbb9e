"""Counting what people do to numbers; too much of it is proposed for a restriction.

Every appointment counts at most once for a kind: its breach has an id derived from the two, and a
restriction takes each of its grounds under a unique key. What the hospital does never counts: a
stop, a change of doctor or a move excuses the appointment before or after the patient gives it up.
"""

from datetime import datetime, timedelta

from booking.appointments import service as appointments
from booking.appointments.model import Appointment
from booking.conduct import absences, store
from booking.conduct.model import KINDS, Breach, breach_id, crossing
from booking.restrictions import service as restrictions
from booking.restrictions.model import (
    Kind,
    Restriction,
    ground_key,
    of_account,
    of_patient,
    restriction_id,
)
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import Sweep
from wx_backend.directory.settings import service as parameters


async def missed(ctx: Ctx, key: str) -> None:
    """A visit was missed; it counts on its own date."""
    found = await appointments.find(ctx, key)
    await _count(ctx, "no_show", found, found.starts_at)


async def given_up(ctx: Ctx, key: str, at: datetime, was_booked: bool) -> None:
    """The patient gave a number back, or let it run out unpaid.

    A number that was booked counts as a cancel of the patient; one that is sought after also as a
    grab of the account. Nothing counts once the clinic does not take place.
    """
    found = await appointments.find(ctx, key)
    slot = await schedules.stored_slot(ctx, found.slot)
    if slot is None or slot.state != "OPEN":
        return
    if was_booked:
        await _count(ctx, "cancel", found, at)
    if await is_hot(ctx, slot):
        await _count(ctx, "grab", found, at)


async def excuse(ctx: Ctx, key: str) -> None:
    """The hospital has changed something: whatever the patient does to this number is right."""
    found = await appointments.find(ctx, key)
    for kind in KINDS:
        await store.excuse(ctx, _breach(ctx, kind, found, ctx.now()))


async def is_hot(ctx: Ctx, slot: Slot) -> bool:
    """Whether the hospital calls the numbers of this slot sought after. No round trip."""
    return await appointments.is_hot(ctx, slot)


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """What a merged account did was done by the one that stays."""
    await store.adopt(ctx, account, into)


async def give_back(ctx: Ctx, account: str, of: str) -> None:
    """What an account did before it was another's is its own again; what was done since stays."""
    await store.give_back(ctx, account, of)


async def _count(ctx: Ctx, kind: Kind, found: Appointment, at: datetime) -> None:
    """What the desk booked for nobody's account counts against the patient alone."""
    if KINDS[kind].against == "account" and not found.account:
        return
    if not await parameters.resolve(ctx, f"booking.{kind}_counts"):
        return
    breach = await store.add(ctx, _breach(ctx, kind, found, at))
    if not breach.excused:
        await _judge(ctx, breach)


def _breach(ctx: Ctx, kind: Kind, found: Appointment, at: datetime) -> Breach:
    patients = KINDS[kind].against == "patient"
    return Breach(
        id=breach_id(kind, found.id),
        inst=ctx.institution or "",
        kind=kind,
        subject=of_patient(found.patient_id) if patients else of_account(found.account),
        appointment=found.id,
        account=found.account,
        patient=found.patient,
        department=found.department,
        doctor=found.doctor,
        starts_at=found.starts_at,
        zone=found.zone,
        at=at,
    )


async def _judge(ctx: Ctx, breach: Breach) -> None:
    """Proposes a restriction when it was one too many; three calls at most, and harmless again."""
    limit, days, ban = [
        int(await parameters.resolve(ctx, f"booking.{breach.kind}_{name}"))
        for name in ("limit", "days", "ban_days")
    ]
    span = timedelta(days=days)
    known = await store.around(ctx, breach, breach.at - span, breach.at + span)
    if len(known) < limit:
        return
    judged = await restrictions.counted(ctx, [one.key for one in known])
    grounds = crossing([one for one in known if one.key not in judged], limit, days)
    if grounds:
        await restrictions.propose(ctx, _proposal(ctx, grounds, limit, days, ban))


def _proposal(ctx: Ctx, grounds: list[Breach], limit: int, days: int, ban: int) -> Restriction:
    last, keys = grounds[-1], [ground_key(one.kind, one.appointment) for one in grounds]
    names = dict.fromkeys(one.patient for one in grounds)
    return Restriction(
        id=restriction_id(last.inst, last.subject, keys),
        inst=last.inst,
        kind=last.kind,
        subject=last.subject,
        state="PROPOSED",
        version=1,
        patient="、".join(names),
        accounts=tuple(dict.fromkeys(one.account for one in grounds if one.account)),
        grounds=tuple(one.grounds() for one in grounds),
        limit=limit,
        days=days,
        ban_days=ban,
        zone=last.zone,
        proposed_at=ctx.now(),
    )


sweeps = [Sweep("absences", absences.look, every=300)]
