"""When two accounts turn out to be one person, their people come together; and apart again, when
it was a mistake.
"""

import msgspec

from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event, happened
from wx_backend.identity.patients import store
from wx_backend.identity.patients.events import ADDED, REMOVED, VERIFIED
from wx_backend.identity.patients.model import Binding, binding_id


async def adopt(ctx: Ctx, event: Event) -> None:
    """Moves the bindings of a retired account to the one it was merged into.

    Both sets stay, even beyond the limits of one account: nobody loses a family member by signing
    in. Doing it twice adds nothing.
    """
    into = event.data["into"]
    everywhere = await ctx.across("account merged")
    for binding in await store.of_account(everywhere, event.data["account"]):
        if binding.active:
            await _move(everywhere.within(binding.inst), binding, into)
    ctx.house.nudge()


async def _move(ctx: Ctx, binding: Binding, into: str) -> None:
    key = binding_id(into, binding.patient_id)
    moved = msgspec.structs.replace(
        binding, id=key, account=into, add_slot=None, default_at=None, moved_from=binding.id
    )
    phone = await store.phone(ctx, binding)
    await _place(ctx, moved, phone=ctx.house.vault.seal(phone, f"bindings.phone:{key}"))
    gone = happened(ctx, REMOVED, binding.id, binding.version + 1, **_facts(binding))
    await store.remove(ctx, binding, gone, moved_to=key)


async def _place(ctx: Ctx, moved: Binding, **sealed: str) -> None:
    """The account that stays acts for this person, as the other did. Whom it had once removed comes
    back, with the proof of the other account alone; whom it acts for it goes on acting for.
    """
    ordinal = 0
    while True:
        stored = await store.get(ctx, moved.id)
        if stored and (stored.active or stored.moved_from == moved.moved_from):
            if await _prove(ctx, stored, moved):
                return
            continue
        version = stored.version + 1 if stored else 1
        placed = msgspec.structs.replace(moved, ordinal=ordinal, version=version)
        event = happened(ctx, ADDED, placed.id, version, **_facts(placed), relation=placed.relation)
        try:
            if await _put(ctx, stored, placed, event, sealed):
                return
        except Duplicate as taken:
            if taken.field.endswith("own"):  # one SELF an account: the elder account's stays
                moved = msgspec.structs.replace(moved, relation="OTHER")
            elif taken.field != "_id":
                ordinal += 1


async def _put(
    ctx: Ctx, stored: Binding | None, placed: Binding, event: dict, sealed: dict[str, str]
) -> bool:
    """False when somebody else has changed it meanwhile. Raises Duplicate."""
    if stored:
        return await store.revive(ctx, placed, event, **sealed)
    await store.insert(ctx, placed, event, **sealed)
    return True


async def _prove(ctx: Ctx, stored: Binding, moved: Binding) -> bool:
    """What the other account had proved of the same person counts for the one that stays. False
    when somebody else has changed it meanwhile.
    """
    if not stored.proved_by(moved):
        return True
    facts = {**_facts(stored), "method": "MERGE"}
    event = happened(ctx, VERIFIED, stored.id, stored.version + 1, **facts)
    return await store.prove(ctx, stored, moved.proof_of or moved.moved_from, event)


async def restore(ctx: Ctx, event: Event) -> None:
    """Gives an account that was taken apart again the people it had, with what it had proved of
    them itself. Who was removed meanwhile stays removed. Doing it twice changes nothing.
    """
    everywhere = await ctx.across("account taken apart")
    for binding in await store.of_account(everywhere, event.data["account"]):
        if binding.moved_to and not binding.active:
            await _return(everywhere.within(binding.inst), binding, event.data["of"])
    ctx.house.nudge()


async def _return(ctx: Ctx, binding: Binding, of: str) -> None:
    moved, own = await _lives_on(ctx, binding, of)
    if moved is None:
        return
    if moved.proof_of == binding.id:
        await store.unprove(ctx, moved)
    if own and moved.active:
        gone = happened(ctx, REMOVED, moved.id, moved.version + 1, **_facts(moved))
        await store.remove(ctx, moved, gone, moved_to=binding.id)
    elif own and moved.moved_to != binding.id:
        return
    back = msgspec.structs.replace(
        binding,
        guardian=moved.guardian if own else "",
        consents=tuple(msgspec.structs.replace(c, withdrawn_at=None) for c in binding.consents),
    )
    facts = {**_facts(binding), "relation": binding.relation}
    await _place_back(ctx, back, happened(ctx, ADDED, binding.id, binding.version + 1, **facts))


async def _lives_on(ctx: Ctx, binding: Binding, of: str) -> tuple[Binding | None, bool]:
    """What a binding became in the account ``of``, over all merges in between, and whether that is
    nothing but it: False where the account had the person besides.
    """
    here, own = binding, True
    while here.account != of:
        after = await store.get(ctx, here.moved_to) if here.moved_to else None
        if after is None:
            return None, False
        here, own = after, own and after.moved_from == here.id
    return here, own


async def _place_back(ctx: Ctx, back: Binding, event: dict) -> None:
    ordinal = 0
    while True:
        try:
            await store.give_back(ctx, back, ordinal, event)
            return
        except Duplicate as taken:
            if taken.field.endswith("own"):  # somebody else was added as 本人 at once
                back = msgspec.structs.replace(back, relation="OTHER")
            else:
                ordinal += 1


def _facts(binding: Binding) -> dict[str, str]:
    key, account, patient = binding.id, binding.account, binding.patient_id
    return {"binding": key, "account": account, "patient_id": patient}


reactions = {"account.merged": [adopt], "account.parted": [restore]}
