"""Who stands at the desk: found by identity card or phone, or put down for the first time.

What is found is masked, and every look is audited; numbers come in a body and are found by their
blind index.
"""

from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound
from wx_backend.base.masking import mask_id_no, mask_name
from wx_backend.identity.patients import enrolment, store
from wx_backend.identity.patients.idcard import parse
from wx_backend.identity.patients.model import Known, RegisterForm, clean_name, clean_phone


async def find(ctx: Ctx, words: str) -> list[Known]:
    """The patients with this identity number, or for whom this contact number was given.

    Raises:
        Invalid: neither of both.
    """
    typed = "".join(words.split())
    found = await (_by_phone(ctx, typed) if len(typed) == 11 else _by_card(ctx, typed))
    for one in found:
        await ctx.house.audit.record(ctx, "patients:identity:found", one.id)
    return [known(ctx, one) for one in found]


async def of_identity(ctx: Ctx, id_blind: tuple[str, ...]) -> list[Known]:
    """The patient with this identity number (its blind index), if there is one. Audited."""
    one = await store.find_patient(ctx, list(id_blind)) if id_blind else None
    if one is None:
        return []
    await ctx.house.audit.record(ctx, "patients:identity:found", one.id)
    return [known(ctx, one)]


async def _by_card(ctx: Ctx, typed: str) -> list[store.Patient]:
    number = parse(typed, ctx.today(), "who").number
    found = await store.find_patient(ctx, ctx.house.vault.blind(number, "patients.id_no"))
    return [found] if found else []


async def _by_phone(ctx: Ctx, typed: str) -> list[store.Patient]:
    try:
        phone = clean_phone(typed)
    except Invalid as wrong:
        raise Invalid(fields={"who": wrong.data["fields"]["phone"]}) from None
    keys = await store.of_phone(ctx, ctx.house.vault.blind(phone, "bindings.phone"))
    return await store.patients(ctx, keys)


async def named(ctx: Ctx, keys: list[str], name: str) -> set[str]:
    """Those of the patients whose name is exactly this. Audited."""
    await ctx.house.audit.record(ctx, "patients:names:compared", "", patients=len(keys))
    return {
        one.id
        for one in await store.patients(ctx, keys)
        if ctx.house.vault.open(one.name, f"patients.name:{one.id}") == name
    }


async def one(ctx: Ctx, patient_id: str) -> Known:
    """Raises NotFound."""
    found = await store.patients(ctx, [patient_id])
    if not found:
        raise NotFound("没有找到这位就诊人")
    return known(ctx, found[0])


async def register(ctx: Ctx, form: RegisterForm) -> Known:
    """Somebody with an identity card who has never been here; who has been is found. Audited.

    Raises:
        Invalid: of which field, or the number belongs to another name.
    """
    name, card = clean_name(form.name), parse(form.id_no, ctx.today())
    made = await enrolment.enrol(ctx, name, card)
    if made.claim and not await store.rely_on(ctx, made):
        made = await enrolment.enrol(ctx, name, card)
    await ctx.house.audit.record(ctx, "patients:desk:registered", made.id)
    return known(ctx, made)


async def account_of(ctx: Ctx, binding_id: str, patient_id: str) -> str:
    """The account that acts for this patient by this binding. Raises NotFound."""
    binding = await store.get(ctx, binding_id)
    if binding is None or not binding.active or binding.patient_id != patient_id:
        raise NotFound("这个手机账号已不再代表该就诊人")
    return binding.account


async def accounts_for(ctx: Ctx, patients: list[str]) -> list[str]:
    """Every account that acts, or acted, for any of these patients."""
    bindings = [one for key in patients for one in await store.of_patient(ctx, key)]
    return sorted({one.account for one in bindings})


async def contact(ctx: Ctx, account: str, patient_id: str) -> str:
    """The number to ring about this patient, opened: what ``account`` has given, else who came
    first. Audited. Raises NotFound: nobody who acts for them has given one.
    """
    acting = [one for one in await store.of_patient(ctx, patient_id) if one.active]
    acting.sort(key=lambda one: (one.account != account, one.added_at))
    if not acting:
        raise NotFound("没有登记联系电话，请从医院系统查找")
    await ctx.house.audit.record(ctx, "patients:phone:revealed", patient_id)
    return await store.phone(ctx, acting[0])


def known(ctx: Ctx, patient: store.Patient) -> Known:
    vault = ctx.house.vault
    return Known(
        patient_id=patient.id,
        name=mask_name(vault.open(patient.name, f"patients.name:{patient.id}")),
        id_no=mask_id_no(vault.open(patient.id_no, f"patients.id_no:{patient.id}")),
        birth_date=patient.birth_date,
        sex=patient.sex,
    )
