"""Appointments in MongoDB. The insert is the claim: unique (slot, number) while active."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from booking.appointments.given_up import ENDS
from booking.appointments.limits import OF_ACCOUNTS, key_limit
from booking.appointments.model import GIVEN_BACK, SEATED, Appointment
from wx_backend.base.collection import DUE_INDEX, Collection, Index
from wx_backend.base.context import Ctx
from wx_backend.base.ordinals import Held, held
from wx_backend.base.ordinals import count_again as count_again_of
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due
from wx_backend.identity.accounts.model import handed_back, handed_over

PLACE = "slot+number"

AFTER = timedelta(milliseconds=1)
"""A number that goes from one to another is seen to be given up first."""

LEAVER = ("state", "ended_by", "account", "patient_id", "origin")
"""Who had a place, and why not any more."""

FREED = {"active": "", "returns_at": "", **SETTLED}
KEPT = {"returns_at": {"$exists": True}, "state": {"$in": sorted(GIVEN_BACK | {"RESCHEDULED"})}}
"""An ended booking that keeps its number for who waits."""

APPOINTMENTS = Collection(
    "appointments",
    retention="outpatient",
    outbox=True,
    indexes=(
        Index("place", (("slot", 1), ("number", 1)), unique=True, partial={"active": True}),
        Index("limits", (("limits", 1),), unique=True, sparse=True),
        Index("mine", (("account", 1), ("starts_at", -1))),
        Index("patient", (("patient_id", 1), ("starts_at", -1))),
        Index("day", (("inst", 1), ("visit_date", 1), ("starts_at", 1))),
        Index("changed", (("changed_at", 1),)),
        DUE_INDEX,
    ),
)


def appointment_of(doc: dict) -> Appointment:
    return msgspec.convert(doc, Appointment)


async def claim(ctx: Ctx, appointment: Appointment, limits: list[str], told: list[dict]) -> None:
    """Inserts the claim with its events. Concurrent claims of this process share a round trip.

    Raises:
        Duplicate: of ``_id`` (this request came before), ``slot+number`` (somebody was first) or
            ``limits`` (its value is the key that was taken).
    """
    await ctx.db(APPOINTMENTS).insert_together(_claimed(ctx, appointment, limits, told))
    if told:
        ctx.house.nudge()


def _claimed(ctx: Ctx, appointment: Appointment, limits: list[str], told: list[dict]) -> dict:
    doc = msgspec.to_builtins(appointment, builtin_types=(datetime,))
    due = {"due_at": appointment.expires_at} if appointment.state == "HELD" else {}
    return {
        **doc,
        **due,
        **({"outbox": told} if told else {}),
        "active": True,
        "limits": limits,
        "changed_at": ctx.wire_now(),
    }


async def claim_for(
    ctx: Ctx, transaction: Any, appointment: Appointment, limits: list[str], told: list[dict]
) -> None:
    """As ``claim``, as a part of a transaction. Raises Duplicate."""
    doc = _claimed(ctx, appointment, limits, told)
    later = {"changed_at": doc["changed_at"] + AFTER}
    await ctx.db(APPOINTMENTS).within(transaction).insert({**doc, **later})


async def get(ctx: Ctx, appointment_id: str) -> Appointment | None:
    doc = await ctx.db(APPOINTMENTS).get(appointment_id)
    return appointment_of(doc) if doc else None


async def of_key(ctx: Ctx, key: str) -> Appointment | None:
    """What was made under this idempotency key; it stays among the limits for good."""
    doc = await ctx.db(APPOINTMENTS).get_by("limits", key_limit(key))
    return appointment_of(doc) if doc else None


async def of_account(
    ctx: Ctx,
    account: str,
    limit: int,
    before: tuple[datetime, str] | None = None,
    states: Iterable[str] | None = None,
) -> list[Appointment]:
    """An account's own bookings, latest visit first; ``before`` is start and id of the last one."""
    filter: dict[str, Any] = {"account": account}
    if states is not None:
        filter["state"] = {"$in": sorted(states)}
    if before:
        start, key = before
        filter["$or"] = [{"starts_at": {"$lt": start}}, {"starts_at": start, "_id": {"$lt": key}}]
    docs = await ctx.db(APPOINTMENTS).find(
        filter, sort=[("starts_at", -1), ("_id", -1)], limit=limit
    )
    return [appointment_of(doc) for doc in docs]


async def seated(ctx: Ctx, slots: Iterable[str]) -> list[Appointment]:
    """Bookings that own a number of these slots, by start and number; not those that have ended and
    only keep it for who waits.
    """
    docs = await ctx.db(APPOINTMENTS).find(
        {"slot": {"$in": list(slots)}, "active": True, "state": {"$in": sorted(SEATED)}},
        sort=[("starts_at", 1), ("number", 1)],
    )
    return [appointment_of(doc) for doc in docs]


async def search(ctx: Ctx, where: dict[str, Any], limit: int, skip: int = 0) -> list[Appointment]:
    """By visit and number."""
    docs = await ctx.db(APPOINTMENTS).find(
        where, sort=[("starts_at", 1), ("number", 1), ("_id", 1)], limit=limit, skip=skip
    )
    return [appointment_of(doc) for doc in docs]


async def count(ctx: Ctx, where: dict[str, Any]) -> int:
    return await ctx.db(APPOINTMENTS).count(where)


async def patients_of(ctx: Ctx, where: dict[str, Any], limit: int) -> set[str]:
    """Whose appointments match."""
    docs = await ctx.db(APPOINTMENTS).find(where, only=["patient_id"], limit=limit)
    return {doc["patient_id"] for doc in docs}


async def coming(
    ctx: Ctx, account: str, states: Iterable[str], since: datetime, limit: int
) -> list[Appointment]:
    """An account's bookings that end after ``since``, next visit first."""
    docs = await ctx.db(APPOINTMENTS).find(
        {"account": account, "state": {"$in": sorted(states)}, "ends_at": {"$gt": since}},
        sort=[("starts_at", 1)],
        limit=limit,
    )
    return [appointment_of(doc) for doc in docs]


async def advance(
    ctx: Ctx,
    appointment: Appointment,
    state: str,
    event: dict,
    transaction: Any = None,
    **fields: Any,
) -> Appointment | None:
    """One conditional write to another seated state; None when somebody was first."""
    update = {
        "$set": {"state": state, "changed_at": ctx.wire_now(), **fields},
        "$unset": SETTLED,
        "$inc": {"version": 1},
        "$push": {"outbox": event},
    }
    return await _change(ctx, appointment, update, transaction)


async def amend(ctx: Ctx, appointment: Appointment, event: dict, **fields: Any) -> bool:
    """One conditional write that leaves the state and what is due alone; False: too late."""
    update = {
        "$set": fields,
        "$inc": {"version": 1},
        "$push": {"outbox": event},
    }
    return await _change(ctx, appointment, update) is not None


async def end(
    ctx: Ctx,
    appointment: Appointment,
    state: str,
    event: dict,
    returns_at: datetime | None = None,
    transaction: Any = None,
    **fields: Any,
) -> Appointment | None:
    """One conditional write to a state without a place: number and limits go free with it.

    With ``returns_at`` the number is not free before: it is due at once for who waits, then.
    The idempotency key stays among the limits, so that a repeated request still finds it.
    """
    kept = {"returns_at": returns_at, "due_at": ctx.now()} if returns_at else {}
    update = {
        "$set": {
            "state": state,
            "limits": [key_limit(appointment.key)],
            "changed_at": ctx.wire_now(),
            **kept,
            **fields,
        },
        "$unset": RELEASED if kept else FREED,
        "$inc": {"version": 1},
        "$push": {"outbox": event},
    }
    return await _change(ctx, appointment, update, transaction)


async def seat_again(
    ctx: Ctx, appointment: Appointment, number: int, limits: list[str], event: dict, **fields: Any
) -> Appointment | None:
    """An ended appointment claims ``number`` anew. Raises Duplicate as ``claim`` does."""
    update = {
        "$set": {
            "state": "BOOKED",
            "number": number,
            "active": True,
            "limits": limits,
            "changed_at": ctx.wire_now(),
            **fields,
        },
        "$unset": {"returns_at": "", **SETTLED},
        "$inc": {"version": 1},
        "$push": {"outbox": event},
    }
    return await _change(ctx, appointment, update)


async def let_go_over(ctx: Ctx, keys: list[str]) -> int:
    """Visits that are over take limits of their own in place of these; how many did."""
    table = ctx.db(APPOINTMENTS)
    over = {"limits": {"$in": keys}, "ends_at": {"$lte": ctx.now()}}
    found = [
        (doc["_id"], key)
        for doc in await table.find(over, only=["limits"])
        for key in doc["limits"]
        if key in keys
    ]
    own = {key: f"{key.rsplit(':', 1)[0]}:{seat}" for seat, key in found}
    await table.change_each(
        [({"_id": seat, "limits": key}, {"$set": {"limits.$": own[key]}}) for seat, key in found]
    )
    return len(found)


async def returned_due(ctx: Ctx, limit: int) -> list[Appointment]:
    """Ended bookings whose kept number is to be looked at, of all institutions; by lease."""
    docs = await claim_due(ctx, APPOINTMENTS, limit, extra=KEPT)
    return [appointment_of(doc) for doc in docs]


async def free_kept(ctx: Ctx, ended: Appointment, transaction: Any = None) -> bool:
    """The number that an ended booking still kept is its own no more; False: it kept none.

    The version stays: nothing of what the booking tells has changed.
    """
    table = ctx.db(APPOINTMENTS).within(transaction)
    update = {"$set": {"changed_at": ctx.wire_now()}, "$unset": FREED}
    return await table.change({"_id": ended.id, **KEPT, "active": True}, update) is not None


async def look_again(ctx: Ctx, ended: Appointment, due_at: datetime) -> None:
    """At a kept number, at another time."""
    await ctx.db(APPOINTMENTS).change(
        {"_id": ended.id, **KEPT}, {"$set": {"due_at": due_at}, "$unset": RELEASED}
    )


async def put_off(ctx: Ctx, slots: list[str]) -> list[Appointment]:
    """Ended bookings of these slots whose kept number is to be looked at some other time."""
    later = {"slot": {"$in": slots}, "active": True, **KEPT, "due_at": {"$gt": ctx.now()}}
    return [appointment_of(doc) for doc in await ctx.db(APPOINTMENTS).find(later)]


async def come_back(ctx: Ctx, ended: Appointment, returns_at: datetime) -> None:
    """A kept number is looked at now, and everybody's then."""
    at = {"returns_at": returns_at, "due_at": ctx.now()}
    await ctx.db(APPOINTMENTS).change({"_id": ended.id, **KEPT}, {"$set": at, "$unset": RELEASED})


async def postpone(ctx: Ctx, appointment: Appointment, due_at: datetime) -> None:
    """Looks at a hold again later; its fate at the platform is unknown."""
    await ctx.db(APPOINTMENTS).change(
        {"_id": appointment.id, "version": appointment.version},
        {"$set": {"due_at": due_at}, "$unset": {"lease": "", "leased_until": ""}},
    )


async def _change(
    ctx: Ctx, appointment: Appointment, update: dict, transaction: Any = None
) -> Appointment | None:
    table = ctx.db(APPOINTMENTS).within(transaction)
    doc = await table.change(
        {"_id": appointment.id, "state": appointment.state, "version": appointment.version},
        update,
    )
    if doc is None:
        return None
    ctx.house.nudge()
    return appointment_of(doc)


async def keys_of(ctx: Ctx, account: str, came_from: str = "") -> list[str]:
    """Ids of all appointments of an account, or of those that came from another one."""
    own = {"account": account, **({"came_from": came_from} if came_from else {})}
    docs = await ctx.db(APPOINTMENTS).find(own, only=["_id"])
    return [doc["_id"] for doc in docs]


async def adopt(ctx: Ctx, account: str, into: str) -> int:
    """Moves the appointments of an account that was merged into another."""
    return await ctx.db(APPOINTMENTS).change_many(*handed_over(account, into))


async def give_back(ctx: Ctx, account: str, of: str) -> int:
    """The appointments that came from an account which is its own again."""
    return await ctx.db(APPOINTMENTS).change_many(*handed_back(account, of))


async def count_again(ctx: Ctx, account: str) -> None:
    """The appointments of an account take its limits, whosever they were taken for; there may be
    more of them than it may have. Those that end last come first, so that what is over (and lets
    go of its limits for whoever needs them) is what is beyond.
    """

    async def read() -> list[Held]:
        docs = await ctx.db(APPOINTMENTS).find(
            {"account": account, "active": True},
            sort=[("ends_at", -1), ("_id", 1)],
            only=["limits"],
        )
        return held(docs, OF_ACCOUNTS, account)

    await count_again_of(ctx, APPOINTMENTS, read)


async def places_changed_since(ctx: Ctx, moment: datetime) -> list[dict]:
    """(slot, number, active) of places changed since ``moment`` (wire time), oldest first, and who
    had them.
    """
    return await ctx.db(APPOINTMENTS).find(
        {"changed_at": {"$gte": moment}},
        sort=[("changed_at", 1)],
        only=[*LEAVER, "slot", "number", "active"],
    )


async def ended_since(ctx: Ctx, moment: datetime) -> list[dict]:
    """What has ended since ``moment`` (wire time), oldest first: who gave which place up."""
    return await ctx.db(APPOINTMENTS).find(
        {"changed_at": {"$gte": moment}, "state": {"$in": sorted(ENDS)}},
        sort=[("changed_at", 1)],
        only=[*LEAVER, "slot", "number"],
    )


async def places_taken(ctx: Ctx, slots: list[str]) -> list[dict]:
    """(slot, number) of the taken places of these slots."""
    return await ctx.db(APPOINTMENTS).find(
        {"slot": {"$in": slots}, "active": True}, only=["slot", "number"]
    )
