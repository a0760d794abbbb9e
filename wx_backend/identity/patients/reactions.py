"""When two accounts turn out to be one person, their people come together."""

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
        binding, id=key, account=into, version=1, add_slot=None, default_at=None
    )
    facts = {"account": into, "patient_id": binding.patient_id, "binding": key}
    added = happened(ctx, ADDED, key, 1, **facts, relation=moved.relation)
    phone = await store.phone(ctx, binding)
    sealed = {"phone": ctx.house.vault.seal(phone, f"bindings.phone:{key}")}
    await _place(ctx, moved, added, sealed)
    facts = {"account": binding.account, "patient_id": binding.patient_id, "binding": binding.id}
    gone = happened(ctx, REMOVED, binding.id, binding.version + 1, **facts)
    await store.remove(ctx, binding, gone)


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


reactions = {"account.merged": [adopt]}
