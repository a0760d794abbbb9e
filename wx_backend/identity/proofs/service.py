"""核验身份: from a code that the hospital sends to the number it has, to a verified binding.

A repeat, a late answer or a crash undoes nothing: an attempt is on disk before anybody is asked, a
code is counted before it is judged, and the same code again is the same answer.
"""

from collections import deque

from wx_backend.base import ids
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import (
    GatewayBusy,
    GatewayRefused,
    GatewayUnknown,
    NotFound,
    WrongState,
)
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as settings
from wx_backend.gateways.proof.port import AttemptOver, Way
from wx_backend.identity.patients import access
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import Binding
from wx_backend.identity.proofs import store
from wx_backend.identity.proofs.model import (
    AGAIN,
    LIFE,
    Attempt,
    AttemptShown,
    BeginProof,
    ProofAnswer,
    ProofCodeWrong,
    ProofOver,
    ProofSilent,
    ProofUnavailable,
    ProofUsedUp,
    Proving,
    clean_code,
    day_claims,
    open_claim,
)

SILENT = (GatewayUnknown, GatewayBusy)


async def proving(ctx: Ctx, key: str) -> Proving:
    """How far the account's 就诊人 is verified, and what may be done about it. Raises NotFound."""
    binding = await access.own(ctx, key)
    ways = await institutions.proof_ways(ctx)
    attempt = await store.latest(ctx, key) if ways and binding.level == "BOOKING" else None
    fits = attempt and attempt.open(ctx.now()) and attempt.since == binding.added_at
    return Proving(
        level=binding.level, ways=ways, attempt=_shown(ctx, attempt) if attempt and fits else None
    )


async def begin(ctx: Ctx, key: str, form: BeginProof) -> AttemptShown:
    """A code is on its way to where the hospital knows the patient. Audited.

    Asked again within a minute, or while nobody knows whether it was sent, it is the same code.

    Raises:
        NotFound: not the account's.
        WrongState: verified already.
        NoChannel: the institution has no such way.
        ProofUsedUp: too many today, of this account or for this patient.
        ProofUnavailable: the hospital cannot prove this person.
        ProofSilent: it did not answer; a code may come all the same.
    """
    binding = await access.own(ctx, key)
    if binding.level == "VERIFIED":
        raise WrongState("这位就诊人已经核验过了")
    port = await institutions.proof(ctx, form.way)
    attempt = await _on_its_way(ctx, binding) or await _claim(ctx, binding, form.way)
    if attempt.state == "ASKING":
        name, id_no = await access.card_of(ctx, attempt.patient_id)
        try:
            to = await port.begin(id_no, name, attempt.id)
        except SILENT as error:
            raise ProofSilent() from error
        except GatewayRefused as refused:
            await store.end(ctx, attempt, "refuse")
            raise ProofUnavailable() from refused
        await store.sent(ctx, attempt, ctx.house.vault.seal(to, _place(attempt)))
        attempt = await store.get(ctx, attempt.id) or attempt
    return _shown(ctx, attempt)


async def answer(ctx: Ctx, key: str, form: ProofAnswer) -> None:
    """The right code verifies the binding; once is enough, and repeating it changes nothing.

    Raises:
        NotFound: not the account's.
        Invalid: not a code.
        ProofCodeWrong: audited.
        ProofOver: too late, used up, or for another attempt than the open one.
        ProofSilent: nobody has judged it; the same code may be given again.
    """
    binding = await access.own(ctx, key)
    code = clean_code(form.code)
    if binding.level == "VERIFIED":
        return
    attempt = await store.get(ctx, form.attempt)
    if attempt is None or attempt.binding != key:
        raise NotFound("没有找到这次核验")
    try:
        await _prove(ctx, attempt, code)
    except ProofOver:
        if (await access.own(ctx, key)).level == "BOOKING":  # else: tapped twice
            raise


async def _prove(ctx: Ctx, attempt: Attempt, code: str) -> None:
    """Counts the code, has it judged, and does what follows from it."""
    mark = ctx.house.vault.blind(f"{attempt.id}:{code}", "proofs.code")[0]
    attempt = await _counted(ctx, attempt, mark)
    if not await _judged(ctx, attempt, code):
        raise await _mistaken(ctx, attempt, mark)
    await patients.verify(ctx, attempt.binding, attempt.way, since=attempt.since)
    await store.end(ctx, attempt, "prove")


async def _on_its_way(ctx: Ctx, binding: Binding) -> Attempt | None:
    """The open attempt that another would only repeat; one that is none is put away."""
    attempt = await store.latest(ctx, binding.id)
    if attempt is None:
        return None
    if attempt.on_its_way(ctx.now()) and attempt.since == binding.added_at:
        return attempt
    await store.end(ctx, attempt, "end")
    return None


async def _claim(ctx: Ctx, binding: Binding, way: Way) -> Attempt:
    """A new attempt, on disk before anybody is asked; or the one that somebody has just begun.

    Raises:
        ProofUsedUp.
    """
    day, opened = ctx.today().isoformat(), open_claim(binding.id)
    names = ("identity.proofs_per_account", "identity.proofs_per_patient")
    most = [int(await settings.resolve(ctx, name)) for name in names]
    of_account = deque(day_claims("account", binding.account, day, most[0]))
    of_patient = deque(day_claims("patient", binding.patient_id, day, most[1]))
    key, now = ids.new("prf"), ctx.now()
    while of_account and of_patient:
        attempt = Attempt(
            id=key,
            inst=ctx.institution or "",
            way=way,
            account=binding.account,
            binding=binding.id,
            patient_id=binding.patient_id,
            since=binding.added_at,
            state="ASKING",
            began_at=now,
            expires_at=now + LIFE,
            claims=(opened, of_account[0], of_patient[0]),
        )
        try:
            await store.add(ctx, attempt)
        except Duplicate as taken:
            if taken.value == opened and (first := await store.latest(ctx, binding.id)):
                return first
            for places in (of_account, of_patient):
                if places[0] == taken.value:
                    places.popleft()
        else:
            await ctx.house.audit.record(ctx, "account:proof:begun", binding.id, way=way)
            return attempt
    raise ProofUsedUp()


async def _counted(ctx: Ctx, attempt: Attempt, mark: str) -> Attempt:
    """The attempt with this code among those that were tried. Raises ProofOver, ProofCodeWrong."""
    now_given = await store.give(ctx, attempt, mark) or await store.get(ctx, attempt.id)
    tried = now_given.tried(mark) if now_given else None
    if now_given is None or tried is None or not now_given.open(ctx.now()):
        raise ProofOver()
    if tried.wrong:
        raise _wrong(now_given)
    return now_given


async def _judged(ctx: Ctx, attempt: Attempt, code: str) -> bool:
    port = await institutions.proof(ctx, attempt.way)
    try:
        return await port.proven(attempt.id, code)
    except AttemptOver as over:
        await store.end(ctx, attempt, "end")
        raise ProofOver() from over
    except (*SILENT, GatewayRefused) as error:
        raise ProofSilent() from error


async def _mistaken(ctx: Ctx, attempt: Attempt, mark: str) -> ProofCodeWrong:
    """Keeps that this code is wrong; after the last one the attempt has failed."""
    await ctx.house.audit.record(ctx, "account:proof:mistaken", attempt.binding)
    now_given = await store.wrong(ctx, attempt, mark) or attempt
    if not now_given.left and all(one.wrong for one in now_given.given):
        await store.end(ctx, attempt, "fail")
    return _wrong(now_given)


def _wrong(attempt: Attempt) -> ProofCodeWrong:
    words = ProofCodeWrong.message if attempt.left else "验证码已错 3 次，请重新获取"
    return ProofCodeWrong(words, fields={"code": words}, left=attempt.left)


def _shown(ctx: Ctx, attempt: Attempt) -> AttemptShown:
    return AttemptShown(
        id=attempt.id,
        way=attempt.way,
        to=ctx.house.vault.open(attempt.to, _place(attempt)) if attempt.to else "",
        expires_at=attempt.expires_at,
        again_at=attempt.began_at if attempt.state == "ASKING" else attempt.began_at + AGAIN,
        left=attempt.left,
    )


def _place(attempt: Attempt) -> str:
    """What the sealed number is bound to."""
    return f"proofs.to:{attempt.id}"
