"""When two accounts turn out to be one person, their people come together; and apart again, when
it was a mistake.
"""

import msgspec

from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event, happened
from wx_backend.identity.patients import store
from wx_backend.identity.patients.events import ADDED, REMOVED
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
        binding, id=key, account=into, version=1, add_slot=None, default_at=None,
        moved_from=binding.id,
    )  # fmt: skip
    facts = {"account": into, "patient_id": binding.patient_id, "binding": key}
    added = happened(ctx, ADDED, key, 1, **facts, relation=moved.relation)
    phone = await store.phone(ctx, binding)
    sealed = {"phone": ctx.house.vault.seal(phone, f"bindings.phone:{key}")}
    await _place(ctx, moved, added, sealed)
    facts = {"account": binding.account, "patient_id": binding.patient_id, "binding": binding.id}
    gone = happened(ctx, REMOVED, binding.id, binding.version + 1, **facts)
    await store.remove(ctx, binding, gone, moved_to=key)


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
    moved = await store.get(ctx, binding.moved_to)
    if moved is None or moved.account != of:
        return
    own = moved.moved_from == binding.id
    if own and moved.active:
        facts = {"account": of, "patient_id": moved.patient_id, "binding": moved.id}
        gone = happened(ctx, REMOVED, moved.id, moved.version + 1, **facts)
        await store.remove(ctx, moved, gone, moved_to=binding.id)
    elif own and moved.moved_to != binding.id:
        return
    facts = {"account": binding.account, "patient_id": binding.patient_id, "binding": binding.id}
    back = msgspec.structs.replace(
        binding,
        guardian=moved.guardian if own else "",
        consents=tuple(msgspec.structs.replace(c, withdrawn_at=None) for c in binding.consents),
    )
    added = happened(
        ctx, ADDED, binding.id, binding.version + 1, **facts, relation=binding.relation
    )
    await _place_back(ctx, back, added)


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


async def _place(ctx: Ctx, moved: Binding, event: dict, sealed: dict[str, str]) -> None:
    ordinal = 0
    while True:
        try:
            placed = msgspec.structs.replace(moved, ordinal=ordinal)
            await store.insert(ctx, placed, event, **sealed)
            return
        except Duplicate as taken:
            if taken.field == "_id":  # the account acts for this person already
                return
            if taken.field.endswith("own"):  # one SELF an account: the elder account's stays
                moved = msgspec.structs.replace(moved, relation="OTHER")
            else:
                ordinal += 1


reactions = {"account.merged": [adopt], "account.parted": [restore]}
