"""Patients and bindings in MongoDB.

A patient is one person of one institution, found again by the blind index of the identity number.
The limits of an account are unique keys of its bindings: a place (``ordinal``) for each person, and
a right to add (``add_slot``) that is free again some days after it was used.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.identity.patients.model import Binding

_OF_ACCOUNT = (("inst", 1), ("account", 1))

PATIENTS = Collection(
    "patients",
    retention="outpatient",
    indexes=(Index("identity", (("inst", 1), ("id_blind", 1)), unique=True),),
)
BINDINGS = Collection(
    "bindings",
    retention="account",
    outbox=True,
    indexes=(
        Index("account", _OF_ACCOUNT),
        Index("patient", (("inst", 1), ("patient_id", 1))),
        Index("contact", (("inst", 1), ("contact", 1)), partial={"contact": {"$gt": ""}}),
        Index(
            "ordinal",
            (*_OF_ACCOUNT, ("ordinal", 1)),
            unique=True,
            partial={"ordinal": {"$exists": True}},
        ),
        Index(
            "add_slot",
            (*_OF_ACCOUNT, ("add_slot", 1)),
            unique=True,
            partial={"add_slot": {"$exists": True}},
        ),
        Index(
            "wards",
            (("birth_date", 1),),
            partial={"state": "ACTIVE", "grown_up": False},
        ),
        Index("own", (*_OF_ACCOUNT, ("own", 1)), unique=True, partial={"own": True}),
    ),
)


class Patient(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """As stored; ``name`` and ``id_no`` are sealed.

    ``claim`` is held by the addition that made the document until somebody else relies on it.
    """

    id: str
    inst: str
    id_blind: tuple[str, ...]
    name: str
    id_no: str
    birth_date: date
    sex: str
    created_at: datetime
    claim: str = ""


def plain(struct: msgspec.Struct) -> dict[str, Any]:
    """A struct as a document: dates as text, moments as moments, absent values left out."""
    doc = msgspec.to_builtins(struct, builtin_types=(datetime,))
    return {name: value for name, value in doc.items() if value is not None}


async def rely_on(ctx: Ctx, patient: Patient) -> bool:
    """From now on nobody takes the document back; False when it is gone or somebody was first."""
    return bool(
        await ctx.db(PATIENTS).change(
            {"_id": patient.id, "claim": patient.claim}, {"$unset": {"claim": ""}}
        )
    )


async def identity_of(ctx: Ctx, patient_id: str) -> tuple[str, ...]:
    """The blind index of a patient's identity number; empty when there is no such patient."""
    doc = await ctx.db(PATIENTS).get(patient_id)
    return tuple(doc["id_blind"]) if doc else ()


async def find_patient(ctx: Ctx, id_blind: list[str]) -> Patient | None:
    doc = await ctx.db(PATIENTS).find_one({"id_blind": {"$in": id_blind}})
    return msgspec.convert(doc, Patient) if doc else None


async def patients(ctx: Ctx, keys: Iterable[str]) -> list[Patient]:
    docs = await ctx.db(PATIENTS).find({"_id": {"$in": list(keys)}}, sort=[("_id", 1)])
    return [msgspec.convert(doc, Patient) for doc in docs]


async def of_phone(ctx: Ctx, blind: list[str]) -> set[str]:
    """Patients of the active bindings with this contact number."""
    where = {"contact": {"$in": blind}, "state": "ACTIVE"}
    docs = await ctx.db(BINDINGS).find(where, only=["patient_id"])
    return {doc["patient_id"] for doc in docs}


async def add_patient(ctx: Ctx, patient: Patient) -> bool:
    """False when the identity is known already."""
    try:
        await ctx.db(PATIENTS).insert(plain(patient))
    except Duplicate:
        return False
    return True


async def take_back(ctx: Ctx, patient: Patient) -> None:
    """Removes a patient whose addition was refused, unless somebody relies on the document."""
    if patient.claim:
        await ctx.db(PATIENTS).delete_many({"_id": patient.id, "claim": patient.claim})


async def get(ctx: Ctx, key: str) -> Binding | None:
    doc = await ctx.db(BINDINGS).get(key)
    return msgspec.convert(doc, Binding) if doc else None


async def of_account(ctx: Ctx, account: str) -> list[Binding]:
    """All bindings the account has or had."""
    docs = await ctx.db(BINDINGS).find({"account": account})
    return [msgspec.convert(doc, Binding) for doc in docs]


async def of_patient(ctx: Ctx, patient_id: str) -> list[Binding]:
    """All bindings to a patient that there are or were."""
    docs = await ctx.db(BINDINGS).find({"patient_id": patient_id})
    return [msgspec.convert(doc, Binding) for doc in docs]


async def release_adds(ctx: Ctx, account: str, used_before: datetime) -> None:
    """Rights to add that were used long enough ago may be used again."""
    await ctx.db(BINDINGS).change_many(
        {
            "account": account,
            "add_slot": {"$exists": True},
            "added_at": {"$lte": used_before},
        },
        {"$unset": {"add_slot": ""}},
    )


async def insert(ctx: Ctx, binding: Binding, event: dict, **sealed: str) -> None:
    """Raises Duplicate, whose ``field`` names the key that was taken."""
    doc = {**plain(binding), **sealed, "outbox": [event]}
    if binding.relation == "SELF":
        doc["own"] = True
    if binding.guardian:
        doc["grown_up"] = False
    await ctx.db(BINDINGS).insert(doc)


async def revive(ctx: Ctx, binding: Binding, event: dict, **sealed: str) -> bool:
    """REMOVED → ACTIVE with new content; False when it is not as it was. Raises Duplicate."""
    fields = {**plain(binding), **sealed}
    key = fields.pop("_id")
    if binding.relation == "SELF":
        fields["own"] = True
    if binding.guardian:
        fields["grown_up"] = False
    return bool(
        await ctx.db(BINDINGS).change(
            {"_id": key, "state": "REMOVED", "version": binding.version - 1},
            {
                "$set": fields,
                "$unset": {"removed_at": "", "verified": ""},
                "$push": {"outbox": event},
            },
        )
    )


async def remove(ctx: Ctx, binding: Binding, event: dict, moved_to: str = "") -> bool:
    """ACTIVE → REMOVED at this version: gives up the place, and withdraws the consents.

    ``moved_to``: it lives on as that binding, of the account that its own became, and is still the
    default one when it comes back.
    """
    gone = ("ordinal", "own", "guardian", "grown_up", *(() if moved_to else ("default_at",)))
    return bool(
        await ctx.db(BINDINGS).change(
            {"_id": binding.id, "state": "ACTIVE", "version": binding.version},
            {
                "$set": {
                    "state": "REMOVED",
                    "moved_to": moved_to,
                    "removed_at": ctx.now(),
                    "consents.$[].withdrawn_at": ctx.now(),
                },
                "$unset": dict.fromkeys(gone, ""),
                "$inc": {"version": 1},
                "$push": {"outbox": event},
            },
        )
    )


async def give_back(ctx: Ctx, binding: Binding, ordinal: int, event: dict) -> bool:
    """REMOVED → ACTIVE as it was before its account became another. Raises Duplicate."""
    kept = plain(binding)
    fields = {name: kept[name] for name in ("consents", "guardian", "relation")}
    if binding.guardian:
        fields["grown_up"] = False
    if binding.relation == "SELF":
        fields["own"] = True
    return bool(
        await ctx.db(BINDINGS).change(
            {"_id": binding.id, "state": "REMOVED", "version": binding.version},
            {
                "$set": {**fields, "state": "ACTIVE", "ordinal": ordinal, "moved_to": ""},
                "$unset": {"removed_at": ""},
                "$inc": {"version": 1},
                "$push": {"outbox": event},
            },
        )
    )


async def still_active(ctx: Ctx, binding: Binding) -> bool:
    """Claims that the binding is ACTIVE: a removal decided before this moment no longer matches."""
    return bool(
        await ctx.db(BINDINGS).change(
            {"_id": binding.id, "state": "ACTIVE"}, {"$inc": {"version": 1}}
        )
    )


async def choose_default(ctx: Ctx, key: str, account: str) -> bool:
    return bool(
        await ctx.db(BINDINGS).change(
            {"_id": key, "account": account, "state": "ACTIVE"},
            {"$set": {"default_at": ctx.now()}, "$inc": {"version": 1}},
        )
    )


async def verify(ctx: Ctx, binding: Binding, event: dict, **proof: str) -> bool:
    """BOOKING → VERIFIED at this version, with the proof of it."""
    return bool(
        await ctx.db(BINDINGS).change(
            {"_id": binding.id, "state": "ACTIVE", "version": binding.version},
            {
                "$set": {
                    "level": "VERIFIED",
                    "verified": {**proof, "at": ctx.now(), "by": str(ctx.actor)},
                },
                "$inc": {"version": 1},
                "$push": {"outbox": event},
            },
        )
    )


async def prove(ctx: Ctx, binding: Binding, by: str, event: dict) -> bool:
    """BOOKING → VERIFIED at this version, by what a merged account's binding had proved."""
    return bool(
        await ctx.db(BINDINGS).change(
            {"_id": binding.id, "state": "ACTIVE", "version": binding.version},
            {
                "$set": {"level": "VERIFIED", "proof_of": by},
                "$inc": {"version": 1},
                "$push": {"outbox": event},
            },
        )
    )


async def unprove(ctx: Ctx, binding: Binding) -> bool:
    """VERIFIED → BOOKING: the proof goes back to the account it came with."""
    return bool(
        await ctx.db(BINDINGS).change(
            {"_id": binding.id, "proof_of": binding.proof_of},
            {"$set": {"level": "BOOKING", "proof_of": ""}, "$inc": {"version": 1}},
        )
    )


async def set_reading(ctx: Ctx, binding: Binding, reading: str, event: dict) -> bool:
    return bool(
        await ctx.db(BINDINGS).change(
            {"_id": binding.id, "state": "ACTIVE", "version": binding.version},
            {"$set": {"reading": reading}, "$inc": {"version": 1}, "$push": {"outbox": event}},
        )
    )


async def grown_up(ctx: Ctx, born_until: date, limit: int) -> list[Binding]:
    """Guardians' charges born no later than this, whose 18th birthday is not announced yet."""
    docs = await ctx.db(BINDINGS).find(
        {"state": "ACTIVE", "grown_up": False, "birth_date": {"$lte": born_until.isoformat()}},
        sort=[("birth_date", 1)],
        limit=limit,
    )
    return [msgspec.convert(doc, Binding) for doc in docs]


async def mark_grown_up(ctx: Ctx, binding: Binding, event: dict) -> bool:
    """Announced; False when somebody was first, or the binding moved on (it is found again)."""
    return bool(
        await ctx.db(BINDINGS).change(
            {
                "_id": binding.id,
                "state": "ACTIVE",
                "version": binding.version,
                "grown_up": False,
            },
            {"$set": {"grown_up": True}, "$inc": {"version": 1}, "$push": {"outbox": event}},
        )
    )


async def phone(ctx: Ctx, binding: Binding) -> str:
    """The contact number given with this binding, opened. Raises Unreadable."""
    doc = await ctx.db(BINDINGS).get(binding.id)
    return ctx.house.vault.open((doc or {})["phone"], f"bindings.phone:{binding.id}")


async def told(ctx: Ctx, account: str) -> list[Binding]:
    """Removed bindings of the account whose events have all been delivered."""
    over = {"account": account, "state": "REMOVED", "outbox.0": {"$exists": False}}
    return [msgspec.convert(doc, Binding) for doc in await ctx.db(BINDINGS).find(over)]


async def delete(ctx: Ctx, binding: Binding) -> None:
    """Unless it has changed since."""
    await ctx.db(BINDINGS).delete_many({"_id": binding.id, "version": binding.version})
