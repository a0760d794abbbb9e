"""Verification at the desk: the person is here, with a paper and with the phone that acts for them.

Several accounts may have added the same patient by name and number. The paper says who the patient
is; the desk code, which only the right account's page shows, says which binding is theirs.
"""

from wx_backend.base import masking
from wx_backend.base.clock import local_date
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, TooMany
from wx_backend.base.ratelimit import Buckets
from wx_backend.identity.patients import access, store
from wx_backend.identity.patients.model import (
    RELATIONS,
    Binding,
    Claim,
    DeskCodeWrong,
    DeskProof,
    digits,
    typed_code,
)

VIEW = "desk_codes"
TRIES = 5
"""Wrong codes for one binding in a day (in each process)."""

DAY = 24 * 3600


async def claims(ctx: Ctx, id_no: str) -> list[Claim]:
    """The active bindings to whoever shows this identity card, in the order they were made.

    Audited. Raises Invalid, NotFound (also when nobody acts for them).
    """
    patient_id, _ = await access.by_id_no(ctx, id_no)
    found = await phones(ctx, patient_id)
    if not found:
        raise NotFound("没有账号添加过这位就诊人，请患者先在手机上添加")
    return found


async def phones(ctx: Ctx, patient_id: str) -> list[Claim]:
    """The active bindings to a patient who was found before, in the order they were made."""
    found = [one for one in await store.of_patient(ctx, patient_id) if one.active]
    return [await _claim(ctx, one) for one in sorted(found, key=lambda one: one.added_at)]


async def claim(ctx: Ctx, key: str) -> Claim:
    """One of them. Raises NotFound."""
    return await _claim(ctx, await _active(ctx, key))


async def code(ctx: Ctx, key: str) -> str:
    """What the account's own page shows today. Raises NotFound: not the account's."""
    return _codes(ctx, (await access.own(ctx, key)).id)[0]


async def check(ctx: Ctx, key: str, form: DeskProof) -> Binding:
    """The binding that the phone at the desk belongs to.

    Raises:
        NotFound: no such active binding in this institution.
        DeskCodeWrong: audited.
        TooMany: after too many of those.
    """
    binding = await _active(ctx, key)
    buckets = _tries(ctx)
    if wait := buckets.retry_after(key):
        raise TooMany("核验码错误次数过多，请明天再试", retry_after=wait)
    if typed_code(form.code) in _codes(ctx, key):
        return binding
    buckets.take(key)
    await ctx.house.audit.record(ctx, "staff:binding:refused", key)
    raise DeskCodeWrong(fields={"code": DeskCodeWrong.message})


async def _active(ctx: Ctx, key: str) -> Binding:
    binding = await store.get(ctx, key)
    if binding is None or not binding.active:
        raise NotFound("没有找到这位就诊人")
    return binding


async def _claim(ctx: Ctx, binding: Binding) -> Claim:
    return Claim(
        binding_id=binding.id,
        name=binding.display,
        id_no=binding.masked_id_no,
        relation_name=RELATIONS[binding.relation],
        phone=masking.mask_phone(await store.phone(ctx, binding)),
        guardian=bool(binding.guardian),
        verified=binding.level == "VERIFIED",
        added_on=local_date(binding.added_at).isoformat(),
    )


def _codes(ctx: Ctx, key: str) -> list[str]:
    blind = ctx.house.vault.blind(f"{key}:{ctx.today()}", "bindings.desk_code")
    return [digits(one) for one in blind]


def _tries(ctx: Ctx) -> Buckets:
    if VIEW not in ctx.house.views:
        ctx.house.views[VIEW] = Buckets(TRIES / DAY, TRIES, ctx.house.wire)
    return ctx.house.views[VIEW]
