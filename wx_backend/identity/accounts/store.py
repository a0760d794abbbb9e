"""Accounts in MongoDB.

An account is a person, not a patient of one institution: accounts are not scoped. What an account
may do in an institution is in the bindings (``identity/patients``), which are.
"""

from datetime import datetime
from typing import Any

import msgspec

from wx_backend.base import ids
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx, House
from wx_backend.base.events import happened
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due
from wx_backend.identity.accounts.devices import Login
from wx_backend.identity.accounts.events import MERGED, PARTED
from wx_backend.identity.accounts.model import PREFIX, Account, Closing, OpenId

ACCOUNTS = Collection(
    "accounts",
    retention="account",
    scoped=False,
    outbox=True,
    indexes=(
        Index("keys", (("keys", 1),), unique=True, partial={"keys.0": {"$exists": True}}),
        Index("merged_into", (("merged_into", 1),), partial={"state": "MERGED"}),
        DUE_INDEX,
    ),
)
LOGINS = Collection(
    "logins",
    retention="session",
    scoped=False,
    indexes=(
        Index("account", (("account", 1), ("since", -1))),
        Index("until", (("until", 1),)),
    ),
)
NOT_CLOSING = {"closing": "", **SETTLED}
"""For ``$unset``: nobody wishes to close the account."""
LOGINS_SHOWN = 50
"""The newest of an account: a list to look through."""

PHONES = Collection("account_phones", retention="account", scoped=False)
"""Checked numbers, sealed, by the blind key that their account has: a number goes where its key
goes.
"""


async def put_phone(ctx: Ctx, key: str, sealed: str, country: str) -> None:
    await ctx.db(PHONES).put(key, {"number": sealed, "country": country})


async def phone(ctx: Ctx, keys: list[str]) -> dict | None:
    """``number`` (sealed for the document's id) and ``country``; None: none of these is kept."""
    found = await ctx.db(PHONES).find({"_id": {"$in": keys}}, sort=[("_id", 1)], limit=1)
    return found[0] if found else None


async def forget_phones(ctx: Ctx, keys: list[str]) -> None:
    await ctx.db(PHONES).delete_many({"_id": {"$in": keys}})


async def by_keys(ctx: Ctx, keys: list[str]) -> list[Account]:
    here = {"keys": {"$in": keys}, "keys.0": {"$exists": True}}  # as the index says, to be used
    docs = await ctx.db(ACCOUNTS).find(here)
    return [msgspec.convert(doc, Account) for doc in docs]


async def get(ctx: Ctx, account_id: str) -> Account | None:
    doc = await ctx.db(ACCOUNTS).get(account_id)
    return msgspec.convert(doc, Account) if doc else None


async def final(ctx: Ctx, account_id: str) -> Account | None:
    """The account, or the one that it has become."""
    account = await get(ctx, account_id)
    while account and account.state == "MERGED":
        account = await get(ctx, account.merged_into)
    return account


async def add(ctx: Ctx, identity: OpenId, keys: list[str]) -> Account | None:
    """A new account; None when one of the keys belongs to somebody already."""
    account = Account(
        id=ids.new(PREFIX), identities=(identity,), keys=tuple(keys), created_at=ctx.now()
    )
    try:
        await ctx.db(ACCOUNTS).insert(msgspec.to_builtins(account, builtin_types=(datetime,)))
    except Duplicate:
        return None
    return account


async def learn(
    ctx: Ctx, account: Account, identities: list[OpenId], keys: list[str], joins: bool
) -> Account | None:
    """Adds what is new about a person; None when the account moved on or a key is taken.

    ``joins``: others become this account, which then is not what its person wished to close.
    """
    known = msgspec.to_builtins(identities, builtin_types=(datetime,))
    try:
        doc = await ctx.db(ACCOUNTS).change(
            {"_id": account.id, "version": account.version, "state": "ACTIVE"},
            {
                "$addToSet": {"keys": {"$each": keys}},
                "$push": {"identities": {"$each": known}},
                "$inc": {"version": 1},
                **({"$unset": NOT_CLOSING} if joins else {}),
            },
        )
    except Duplicate:
        return None
    return msgspec.convert(doc, Account) if doc else None


async def retire(ctx: Ctx, account: Account, into: str) -> Account | None:
    """ACTIVE → MERGED: gives up its keys and its sessions; announced to those who hold its data."""
    doc = await ctx.db(ACCOUNTS).change(
        {"_id": account.id, "version": account.version, "state": "ACTIVE"},
        {
            "$set": {
                "state": "MERGED",
                "merged_into": into,
                "merged_at": ctx.now(),
                "given_up": list(account.keys),
                "keys": [],
            },
            "$unset": NOT_CLOSING,
            "$inc": {"version": 1, "epoch": 1},
            "$push": {
                "outbox": happened(
                    ctx, MERGED, account.id, account.version + 1, account=account.id, into=into
                )
            },
        },
    )
    return msgspec.convert(doc, Account) if doc else None


async def merged_into(ctx: Ctx, account_id: str) -> list[Account]:
    """Those that became this account."""
    docs = await ctx.db(ACCOUNTS).find({"merged_into": account_id, "state": "MERGED"})
    return [msgspec.convert(doc, Account) for doc in docs]


async def part(ctx: Ctx, kept: Account, holder: str, transaction: Any) -> bool:
    """Puts one of two parted accounts in the place of what it was at this version; the one that
    comes back announces it. False when it moved on.
    """
    fields = msgspec.to_builtins(kept, builtin_types=(datetime,))
    changed = {name: fields[name] for name in ("state", "merged_into", "keys", "apart")}
    update: dict[str, Any] = {"$set": changed, "$inc": {"version": 1, "epoch": 1}}
    if kept.id == holder:
        update["$set"]["identities"] = fields["identities"]
    else:
        told = {"account": kept.id, "of": holder}
        event = happened(ctx, PARTED, kept.id, kept.version + 1, **told)
        update["$push"] = {"outbox": event}
    table = ctx.db(ACCOUNTS).within(transaction)
    return bool(await table.change({"_id": kept.id, "version": kept.version}, update))


async def give_up_phone(ctx: Ctx, account: Account, keys: list[str]) -> bool:
    """The number is somebody else's now; False when the account moved on."""
    return bool(
        await ctx.db(ACCOUNTS).change(
            {"_id": account.id, "version": account.version, "state": "ACTIVE"},
            {"$pull": {"keys": {"$in": keys}}, "$inc": {"version": 1}},
        )
    )


async def replace_phone(
    ctx: Ctx, account: Account, keys: list[str], old: list[str]
) -> Account | None:
    """The account's checked number is now this; None when it moved on or the number is taken."""
    kept = [key for key in account.keys if key not in old]
    try:
        doc = await ctx.db(ACCOUNTS).change(
            {"_id": account.id, "version": account.version, "state": "ACTIVE"},
            {"$set": {"keys": sorted({*kept, *keys})}, "$inc": {"version": 1}},
        )
    except Duplicate:
        return None
    return msgspec.convert(doc, Account) if doc else None


ENTRIES_KEPT = 5
"""Ways in that one account may have open at once."""


async def allow_entry(ctx: Ctx, account_id: str, key: str, until: datetime) -> bool:
    """A way in that is good once, until then (wire time); False for an account that is not."""
    entry = {"$each": [{"key": key, "until": until}], "$slice": -ENTRIES_KEPT}
    active = {"_id": account_id, "state": "ACTIVE"}
    return bool(await ctx.db(ACCOUNTS).change(active, {"$push": {"entries": entry}}))


async def use_entry(ctx: Ctx, account_id: str, key: str) -> Account | None:
    """None when it was used before, is too old, or the account was merged meanwhile."""
    unused = {"$elemMatch": {"key": key, "until": {"$gt": ctx.wire_now()}}}
    doc = await ctx.db(ACCOUNTS).change(
        {"_id": account_id, "state": "ACTIVE", "entries": unused},
        {"$pull": {"entries": {"key": key}}},
    )
    return msgspec.convert(doc, Account) if doc else None


async def next_epoch(ctx: Ctx, account_id: str) -> int | None:
    """All sessions of the account end; None when there is no such account."""
    doc = await ctx.db(ACCOUNTS).change({"_id": account_id}, {"$inc": {"epoch": 1, "version": 1}})
    return doc["epoch"] if doc else None


async def add_login(ctx: Ctx, login: Login) -> None:
    doc = msgspec.to_builtins(login, builtin_types=(datetime,))
    await ctx.db(LOGINS).insert_together(doc)


async def login(ctx: Ctx, session: str) -> Login | None:
    doc = await ctx.db(LOGINS).get(session)
    return msgspec.convert(doc, Login) if doc else None


async def logins(ctx: Ctx, account_id: str) -> list[Login]:
    """Those that have not run out by themselves, newest first; some were ended early."""
    lasting = {"account": account_id, "until": {"$gt": ctx.wire_now()}}
    newest = [("since", -1)]
    docs = await ctx.db(LOGINS).find(lasting, sort=newest, limit=LOGINS_SHOWN)
    return [msgspec.convert(doc, Login) for doc in docs]


async def change_login(ctx: Ctx, session: str, **fields: Any) -> None:
    """Nothing happens to a session that is not in the list."""
    await ctx.db(LOGINS).change({"_id": session}, {"$set": fields})


async def used_logins(house: House, moments: dict[str, datetime]) -> None:
    """When these sessions were in use, as far as they are in the list."""
    changes = [({"_id": key}, {"$max": {"used": at}}) for key, at in moments.items()]
    await house.db.scoped(LOGINS, None).change_each(changes)


async def forget_login(ctx: Ctx, session: str) -> None:
    await ctx.db(LOGINS).delete_many({"_id": session})


async def forget_logins(ctx: Ctx, account_id: str, below: int) -> None:
    """Those of the account with an older epoch."""
    await ctx.db(LOGINS).delete_many({"account": account_id, "epoch": {"$lt": below}})


async def forget_over(ctx: Ctx) -> int:
    """Removes those that have run out by themselves (real time)."""
    return await ctx.db(LOGINS).delete_many({"until": {"$lt": ctx.wire_now()}})


async def closing_due(ctx: Ctx, limit: int = 20) -> list[Account]:
    """Accounts whose closing is to go on, leased to the caller."""
    return [msgspec.convert(doc, Account) for doc in await claim_due(ctx, ACCOUNTS, limit)]


async def go_on(
    ctx: Ctx,
    account: Account,
    closing: Closing,
    due_at: datetime,
    event: dict | None = None,
    state: str = "",
) -> Account | None:
    """The next step of closing; None when the account moved on. Leaving ends its sessions."""
    wish = msgspec.to_builtins(closing, builtin_types=(datetime,))
    new = state or account.state
    left = int(new == "LEAVING" and account.state != "LEAVING")
    update: dict[str, Any] = {
        "$set": {"closing": wish, "due_at": due_at, "state": new},
        "$unset": RELEASED,
        "$inc": {"version": 1, "epoch": left},
    }
    if event:
        update["$push"] = {"outbox": event}
    return await _closing(ctx, account, update)


async def stop_closing(ctx: Ctx, account: Account, event: dict) -> Account | None:
    """It stays after all; None when the account moved on."""
    update = {"$unset": NOT_CLOSING, "$inc": {"version": 1}, "$push": {"outbox": event}}
    return await _closing(ctx, account, update)


EMPTY = {"identities": [], "keys": [], "given_up": []}
"""Of whom nothing is known any more."""


async def forget_merged(ctx: Ctx, account_ids: list[str]) -> None:
    """Merged accounts of one that is being closed know nobody any more."""
    gone = {"_id": {"$in": account_ids}, "state": "MERGED"}
    await ctx.db(ACCOUNTS).change_many(gone, {"$set": EMPTY, "$unset": {"entries": ""}})


async def close(ctx: Ctx, account: Account, event: dict) -> Account | None:
    """LEAVING → CLOSED: an id is left."""
    update = {
        "$set": {**EMPTY, "state": "CLOSED", "closed_at": ctx.now()},
        "$unset": {**NOT_CLOSING, "entries": ""},
        "$inc": {"version": 1, "epoch": 1},
        "$push": {"outbox": event},
    }
    return await _closing(ctx, account, update)


async def _closing(ctx: Ctx, account: Account, update: dict) -> Account | None:
    as_it_was = {"_id": account.id, "version": account.version, "state": account.state}
    doc = await ctx.db(ACCOUNTS).change(as_it_was, update)
    return msgspec.convert(doc, Account) if doc else None


async def forget_account_logins(ctx: Ctx, account_ids: list[str]) -> None:
    await ctx.db(LOGINS).delete_many({"account": {"$in": account_ids}})
