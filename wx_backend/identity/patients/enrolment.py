"""One person, one patient: found by the blind index of the identity number, or made."""

from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, TooMany, WrongState
from wx_backend.base.ratelimit import Buckets
from wx_backend.identity.patients import store
from wx_backend.identity.patients.idcard import WRONG, IdCard
from wx_backend.identity.patients.store import Patient

VIEW = "identity_mismatches"
MISMATCHES = 5
"""Wrong names an account may try in a day (in each process), so that nobody guesses them."""

DAY = 24 * 3600
ATTEMPTS = 5


async def find(ctx: Ctx, name: str, card: IdCard) -> Patient | None:
    """The institution's patient with this number.

    Raises:
        Invalid: the number belongs to another name; worded like a wrong number.
        TooMany: after too many of those.
    """
    found = await store.find_patient(ctx, _blind(ctx, card))
    if found:
        await _check_name(ctx, found, name)
    return found


async def enrol(ctx: Ctx, name: str, card: IdCard) -> Patient:
    """The patient with this number, made when there is none. Raises as ``find``."""
    for _ in range(ATTEMPTS):
        found = await find(ctx, name, card)
        if found is None:
            fresh = _new(ctx, name, card)
            if await store.add_patient(ctx, fresh):
                return fresh
        elif not found.claim or await store.rely_on(ctx, found):
            return found
    raise WrongState()


async def _check_name(ctx: Ctx, found: Patient, name: str) -> None:
    account = ctx.actor.id
    buckets = ctx.house.views.get(VIEW)
    if buckets is None:
        buckets = Buckets(MISMATCHES / DAY, MISMATCHES, ctx.house.wire)
        ctx.house.views[VIEW] = buckets
    if wait := buckets.retry_after(account):
        raise TooMany("核对次数过多，请明天再试，或到门诊窗口办理", retry_after=wait)
    if ctx.house.vault.open(found.name, f"patients.name:{found.id}") == name:
        return
    buckets.take(account)
    await ctx.house.audit.record(ctx, "account:patient:mismatch", found.id)
    raise Invalid(fields={"id_no": WRONG})


def _new(ctx: Ctx, name: str, card: IdCard) -> Patient:
    key = ids.new("pat")
    return Patient(
        id=key,
        inst=ctx.institution or "",
        id_blind=tuple(_blind(ctx, card)),
        name=ctx.house.vault.seal(name, f"patients.name:{key}"),
        id_no=ctx.house.vault.seal(card.number, f"patients.id_no:{key}"),
        birth_date=card.birth_date,
        sex=card.sex,
        created_at=ctx.now(),
        claim=ids.new("clm"),
    )


def _blind(ctx: Ctx, card: IdCard) -> list[str]:
    return ctx.house.vault.blind(card.number, "patients.id_no")
