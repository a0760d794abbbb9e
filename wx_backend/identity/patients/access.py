"""The one way to a patient: may this account act for, or read about, this person?"""

from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound
from wx_backend.base.masking import mask_name
from wx_backend.identity.patients import store
from wx_backend.identity.patients.idcard import parse
from wx_backend.identity.patients.model import Binding, ReadingNeedsVerification, binding_id


async def may_book(ctx: Ctx, patient_id: str) -> Binding:
    """The account's binding to this patient. One read, shared with concurrent callers.

    Raises:
        NotFound: there is none, it is another account's, or it was removed.
    """
    binding = None
    if ctx.actor.kind == "account":
        binding = await store.get(ctx, binding_id(ctx.actor.id, patient_id))
    if binding is None or not binding.active:
        raise NotFound("没有找到这位就诊人")
    return binding


async def own(ctx: Ctx, key: str) -> Binding:
    """The account's own active binding of this id. Raises NotFound, as ``may_book``."""
    binding = await store.get(ctx, key)
    mine = binding and ctx.actor.kind == "account" and binding.account == ctx.actor.id
    if binding is None or not mine or not binding.active:
        raise NotFound("没有找到这位就诊人")
    return binding


async def verified_selves(ctx: Ctx, account: str) -> frozenset[str]:
    """The patients, of every institution, who are this account's verified 本人."""
    everywhere = await ctx.across("is it the same person")
    return frozenset(
        one.patient_id
        for one in await store.of_account(everywhere, account)
        if one.active and one.relation == "SELF" and one.level == "VERIFIED"
    )


async def came_with(ctx: Ctx, account: str) -> list[str]:
    """Whom a merged account had here when it became another: masked names."""
    return [one.display for one in await store.of_account(ctx, account) if one.moved_to]


async def account_of(ctx: Ctx, key: str) -> str:
    """Whose binding it is, for staff who see to the account. Raises NotFound."""
    binding = await store.get(ctx, key)
    if binding is None:
        raise NotFound("没有找到这位就诊人")
    return binding.account


async def identity_of(ctx: Ctx, patient_id: str) -> tuple[str, ...]:
    """By what the same person is found in other papers of the institution: the blind index of the
    identity number. Ask ``may_read`` first.
    """
    return await store.identity_of(ctx, patient_id)


async def card_of(ctx: Ctx, patient_id: str) -> tuple[str, str]:
    """(name, number) of the identity card, opened: for a system of the hospital that knows people
    by them, never for a page. Ask ``may_book`` first. Audited. Raises NotFound.
    """
    for found in await store.patients(ctx, [patient_id]):
        await ctx.house.audit.record(ctx, "patients:identity:told", found.id)
        vault = ctx.house.vault
        return (
            vault.open(found.name, f"patients.name:{found.id}"),
            vault.open(found.id_no, f"patients.id_no:{found.id}"),
        )
    raise NotFound("没有找到这位就诊人")


async def by_id_no(ctx: Ctx, id_no: str) -> tuple[str, str]:
    """(patient id, masked name) of whoever shows this identity card to the staff. Audited.

    Raises:
        Invalid: not an identity number.
        NotFound: nobody with it has been here.
    """
    number = parse(id_no, ctx.today()).number
    found = await store.find_patient(ctx, ctx.house.vault.blind(number, "patients.id_no"))
    if found is None:
        raise NotFound("没有找到持这个证件的就诊人，请先建档")
    await ctx.house.audit.record(ctx, "patients:identity:found", found.id)
    return found.id, mask_name(ctx.house.vault.open(found.name, f"patients.name:{found.id}"))


async def may_read(ctx: Ctx, patient_id: str) -> Binding:
    """As ``may_book``, for records.

    Raises:
        NotFound.
        ReadingNeedsVerification: bound by name and number alone, or as a guardian of a child who
            has turned 18.
    """
    binding = await may_book(ctx, patient_id)
    if not binding.may_read(ctx.today()):
        raise ReadingNeedsVerification()
    return binding
