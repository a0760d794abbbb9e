"""Who else reads about a person: the grown-up person decides. Guardians whose time is over."""

from wx_backend.base import masking
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.events import happened
from wx_backend.identity.patients import store
from wx_backend.identity.patients.events import CAME_OF_AGE, READING_CHANGED
from wx_backend.identity.patients.model import (
    Binding,
    Reader,
    ReadingForm,
    adult_since,
)

BATCH = 50


async def readers(ctx: Ctx, key: str) -> list[Reader]:
    """The other accounts that act for this person. Raises NotFound: not theirs to decide."""
    own = await _deciding(ctx, key)
    today = ctx.today()
    return [
        Reader(
            binding_id=one.id,
            relation=one.relation,
            phone=masking.mask_phone(await store.phone(ctx, one)),
            level=one.level,
            reading=one.reading,
            reads=one.may_read(today),
            outgrown=one.outgrown(today),
        )
        for one in await _others(ctx, own)
    ]


async def decide(ctx: Ctx, key: str, other: str, form: ReadingForm) -> None:
    """The person lets another account read, or only book and pay. Audited; that account is told.

    Raises:
        NotFound: not theirs to decide, or no such account acts for them.
        WrongState: somebody changed the binding at the same time.
    """
    own = await _deciding(ctx, key)
    binding = next((one for one in await _others(ctx, own) if one.id == other), None)
    if binding is None:
        raise NotFound("没有找到这个账号")
    wanted = "ALLOWED" if form.allowed else "DENIED"
    if binding.reading == wanted:
        return
    event = happened(
        ctx, READING_CHANGED, binding.id, binding.version + 1,
        **_facts(binding), allowed=form.allowed,
    )  # fmt: skip
    await ctx.house.audit.record(ctx, "account:binding:reading", binding.id, reading=wanted)
    if not await store.set_reading(ctx, binding, wanted, event):
        raise WrongState()
    ctx.house.nudge()


async def come_of_age(ctx: Ctx) -> int:
    """Announces each guardian's charge who has turned 18, once; reading has ended by itself."""
    due = await store.grown_up(ctx, adult_since(ctx.today()), BATCH)
    for binding in due:
        here = ctx.within(binding.inst)
        own = [
            one.account
            for one in await store.of_patient(here, binding.patient_id)
            if one.active and one.relation == "SELF"
        ]
        told = sorted({binding.account, *own})
        event = happened(
            here, CAME_OF_AGE, binding.id, binding.version + 1, **_facts(binding), accounts=told
        )
        await store.mark_grown_up(here, binding, event)
    if due:
        ctx.house.nudge()
    return len(due)


async def _deciding(ctx: Ctx, key: str) -> Binding:
    own = await store.get(ctx, key)
    mine = own and ctx.actor.kind == "account" and own.account == ctx.actor.id
    if own is None or not mine or not own.decides(ctx.today()):
        raise NotFound("没有找到这位就诊人")
    return own


async def _others(ctx: Ctx, own: Binding) -> list[Binding]:
    found = await store.of_patient(ctx, own.patient_id)
    others = [one for one in found if one.active and one.account != own.account]
    return sorted(others, key=lambda one: one.added_at)


def _facts(binding: Binding) -> dict[str, str]:
    return {
        "binding": binding.id,
        "account": binding.account,
        "patient_id": binding.patient_id,
        "patient": binding.display,
    }
