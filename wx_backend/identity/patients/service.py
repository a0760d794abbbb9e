"""就诊人: adding, listing, choosing and removing the people an account acts for."""

from datetime import datetime

import msgspec

from wx_backend.base import masking
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.events import happened
from wx_backend.base.forms import together
from wx_backend.base.sweeper import Sweep
from wx_backend.identity.patients import desk, enrolment, erasing, lookup, places, readers, store
from wx_backend.identity.patients.events import ADDED, REMOVED, VERIFIED
from wx_backend.identity.patients.idcard import IdCard, parse
from wx_backend.identity.patients.model import (
    AddPerson,
    AlreadyAdded,
    Binding,
    Consent,
    DeskProof,
    GuardianInUse,
    GuardianNeeded,
    Household,
    Method,
    Person,
    SelfExists,
    agreed_to,
    binding_id,
    check_agreed,
    clean_name,
    clean_phone,
    guardian_for,
    people,
    wards,
)

ATTEMPTS = 5


async def add(ctx: Ctx, form: AddPerson) -> Person:
    """Lets the account act for a person, to book only. Adding the same person twice is once.

    Nothing is stored when it is refused. The limits hold however many requests come at once.

    Raises:
        Invalid: a field is wrong, a consent is missing, or name and number do not fit.
        GuardianNeeded: under 18 without the account's own adult as guardian.
        AlreadyAdded: the same person with another relation.
        SelfExists, TooManyPeople, TooManyAdds, TooMany.
    """
    today, account = ctx.today(), ctx.actor.id
    name, card, phone, _ = together(
        lambda: clean_name(form.name),
        lambda: parse(form.id_no, today),
        lambda: clean_phone(form.phone),
        lambda: check_agreed(form),
    )
    known = await store.of_account(ctx, account)
    bounds = await places.limits(ctx)
    found = await enrolment.find(ctx, name, card)
    if found and (same := _active(known, binding_id(account, found.id))):
        return _answer(ctx, same, form, known)
    draft = _draft(ctx, form, name, card, known)
    again = _known(known, binding_id(account, found.id)) if found else None
    bounds.places(known)
    bounds.rights(known, ctx.now(), again)
    patient = found if found and not found.claim else await enrolment.enrol(ctx, name, card)
    return await _bind(ctx, form, draft, patient, phone, known, bounds)


async def mine(ctx: Ctx) -> list[Person]:
    """The people the account acts for, in the order they were added; one is the default."""
    return people(await store.of_account(ctx, ctx.actor.id), ctx.today())


async def guardians(ctx: Ctx) -> list[Person]:
    """Those who may be named as guardian of a minor: the account's own adult, or nobody."""
    known = await store.of_account(ctx, ctx.actor.id)
    fit = {one.id for one in known if one.is_adult_self(ctx.today())}
    return [one for one in people(known, ctx.today()) if one.binding_id in fit]


async def household(ctx: Ctx) -> Household:
    """As ``mine``, with how many more the account may act for at once."""
    members = await mine(ctx)
    bounds = await places.limits(ctx)
    return Household(members, max(0, bounds.people - len(members)))


async def choose_default(ctx: Ctx, key: str) -> None:
    """Raises NotFound."""
    if not await store.choose_default(ctx, key, ctx.actor.id):
        raise NotFound("没有找到这位就诊人")


async def remove(ctx: Ctx, key: str) -> None:
    """Ends a binding and withdraws its consents; the place is free at once.

    Raises:
        NotFound: not the account's, or removed already.
        GuardianInUse: minors depend on this person.
        WrongState: somebody changed the binding at the same time.
    """
    known = await store.of_account(ctx, ctx.actor.id)
    binding = _active(known, key)
    if binding is None:
        raise NotFound("没有找到这位就诊人")
    if wards(binding, known, ctx.today()):
        raise GuardianInUse()
    event = happened(ctx, REMOVED, key, binding.version + 1, **_facts(binding))
    if not await store.remove(ctx, binding, event):
        raise WrongState()
    ctx.house.nudge()


async def verify_at_desk(ctx: Ctx, key: str, form: DeskProof) -> None:
    """A staff member has seen the paper, and the phone that shows the code. Raises as
    ``desk.check``, and WrongState.
    """
    binding = await desk.check(ctx, key, form)
    proof = {"method": "DESK", "paper": form.paper, "reason": form.reason.strip()}
    if not await _verify(ctx, binding, **proof):
        raise WrongState()


async def verify(ctx: Ctx, key: str, method: Method, since: datetime | None = None) -> None:
    """It was proven by ``method`` who this is: records may be read. Audited.

    Args:
        since: when the binding that this was proven for was made; one that has been removed and
            added again is another.

    Raises:
        NotFound: no such active binding in this institution.
        WrongState: others kept changing the binding at the same time.
    """
    for _ in range(ATTEMPTS):
        binding = await store.get(ctx, key)
        if binding is None or not binding.active or since not in (None, binding.added_at):
            raise NotFound("没有找到这位就诊人")
        if await _verify(ctx, binding, method=method):
            return
    raise WrongState()


async def _verify(ctx: Ctx, binding: Binding, **proof: str) -> bool:
    """Once is enough: a binding that is verified keeps the proof it has. False when somebody has
    changed it meanwhile.
    """
    if binding.level == "VERIFIED":
        return True
    key, version, method = binding.id, binding.version + 1, proof["method"]
    event = happened(ctx, VERIFIED, key, version, **_facts(binding), method=method)
    await ctx.house.audit.record(ctx, f"{ctx.actor.kind}:binding:verified", key, **proof)
    if not await store.verify(ctx, binding, event, **proof):
        return False
    ctx.house.nudge()
    return True


desk_claims, desk_claim, desk_code = desk.claims, desk.claim, desk.code
"""What pages need of ``desk.py``."""

look_up, look_up_one, register, names_of = lookup.find, lookup.one, lookup.register, lookup.named
account_of, of_identity, phones_of = lookup.account_of, lookup.of_identity, desk.phones
accounts_for, contact = lookup.accounts_for, lookup.contact
"""What the desk needs of ``lookup.py``."""

erase = erasing.erase
"""What closing an account needs of ``erasing.py``."""

readers_of, decide_reading = readers.readers, readers.decide
"""What pages need of ``readers.py``."""


def _draft(ctx: Ctx, form: AddPerson, name: str, card: IdCard, known: list[Binding]) -> Binding:
    """The binding as the rules allow it, before the patient is known. Raises as ``add``."""
    today, now = ctx.today(), ctx.now()
    draft = Binding(
        id="",
        inst=ctx.institution or "",
        account=ctx.actor.id,
        patient_id="",
        relation=form.relation,
        level="BOOKING",
        state="ACTIVE",
        display=masking.mask_name(name),
        masked_id_no=masking.mask_id_no(card.number),
        birth_date=card.birth_date,
        sex=card.sex,
        consents=(),
        added_at=now,
        version=1,
        default_at=now if form.default else None,
        reading="DENIED" if form.payer else "USUAL",
    )
    guardian = guardian_for(form, draft.age(today), known, today)
    if form.relation == "SELF" and any(one.active and one.relation == "SELF" for one in known):
        raise SelfExists()
    agreed = agreed_to(form, draft.age(today))
    channel = ctx.channel or ""
    return msgspec.structs.replace(
        draft,
        guardian=guardian.patient_id if guardian else "",
        consents=tuple(
            Consent(purpose=purpose, version=version, at=now, channel=channel)
            for purpose, version in agreed
        ),
    )


async def _bind(
    ctx: Ctx,
    form: AddPerson,
    draft: Binding,
    patient: store.Patient,
    phone: str,
    known: list[Binding],
    bounds: places.Limits,
) -> Person:
    key = binding_id(draft.account, patient.id)
    before = _known(known, key)
    version = before.version + 1 if before else 1
    contact = ctx.house.vault.blind(phone, "bindings.phone")[0]
    named = {"id": key, "patient_id": patient.id, "contact": contact}
    binding = msgspec.structs.replace(draft, **named, version=version)
    event = happened(ctx, ADDED, key, version, **_facts(binding), relation=form.relation)
    sealed = {"phone": ctx.house.vault.seal(phone, f"bindings.phone:{key}")}
    try:
        added = await places.take(ctx, binding, known, bounds, event, **sealed)
    except Exception:
        await store.take_back(ctx, patient)
        raise
    ctx.house.nudge()
    if added and binding.guardian:
        await _hold_guardian(ctx, binding, known)
    now_known = await store.of_account(ctx, draft.account)
    stored = _active(now_known, key)
    if stored is None:
        raise WrongState()
    return _answer(ctx, stored, form, now_known)


async def _hold_guardian(ctx: Ctx, child: Binding, known: list[Binding]) -> None:
    """Takes the child back when its guardian was removed at the same moment."""
    guardian = next(one for one in known if one.patient_id == child.guardian)
    if await store.still_active(ctx, guardian):
        return
    event = happened(ctx, REMOVED, child.id, child.version + 1, **_facts(child))
    await store.remove(ctx, child, event)
    raise GuardianNeeded()


def _answer(ctx: Ctx, binding: Binding, form: AddPerson, known: list[Binding]) -> Person:
    if binding.relation != form.relation:
        raise AlreadyAdded()
    return next(one for one in people(known, ctx.today()) if one.binding_id == binding.id)


def _known(known: list[Binding], key: str) -> Binding | None:
    return next((one for one in known if one.id == key), None)


def _active(known: list[Binding], key: str) -> Binding | None:
    found = _known(known, key)
    return found if found and found.active else None


def _facts(binding: Binding) -> dict[str, str]:
    return {
        "binding": binding.id,
        "account": binding.account,
        "patient_id": binding.patient_id,
    }


sweeps = [Sweep("guardianships", readers.come_of_age, every=3600)]
