"""Signing in: staff number and password, then a code of the app; or WeCom, for bedside roles.

Between the two steps the browser holds a signed ``Half``. Every failure is counted before it is
judged (``lockouts``), and told alike whatever was wrong.
"""

from datetime import datetime

from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import WrongState
from wx_backend.base.events import happened
from wx_backend.base.sweeper import Sweep
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.identity.revocations import service as revocations
from wx_backend.identity.signin import (
    choosing,
    devices,
    enrolment,
    lockouts,
    passwords,
    sessions,
    store,
    totp,
)
from wx_backend.identity.signin.events import RESET
from wx_backend.identity.signin.model import (
    ChangePassword,
    Credentials,
    Enrolment,
    Half,
    HalfExpired,
    NewPassword,
    NoStaffAccount,
    Password,
    StaffSession,
    Step,
    WrongCode,
    WrongCredentials,
    is_recovery,
    one_time_password,
    one_time_until,
    tidy_code,
)
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import Member

NOBODY = "nobody"
"""Subject of a refusal when no member has the number: as many calls as for one who is there, so
that the time taken tells nothing. What was typed is not kept; it may be a password.
"""


async def begin(ctx: Ctx, form: Password, address: str) -> Half:
    """The first step.

    Raises:
        WrongCredentials, SignInLocked.
    """
    taken = await lockouts.take(ctx, form.number, address)
    member = await staff.by_number(ctx, form.number)
    known = await store.get(ctx, member.id if member else NOBODY)
    usable = member and member.active and known and known.usable(ctx.wire_now())
    fits = await passwords.fits(ctx.house, known.password if known else None, form.password)
    if not member or not usable or not fits:
        await _record(ctx, member.id if member else NOBODY, "refused", step="password")
        raise WrongCredentials()
    await lockouts.passed(ctx, taken)
    return Half(member.id, member.inst, member.number, member.epoch)


async def next_step(ctx: Ctx, half: Half) -> Step:
    """What is still to do. Raises HalfExpired."""
    return (await _continue(ctx, half))[1].step


async def choose_password(ctx: Ctx, half: Half, form: NewPassword) -> None:
    """In the place of the one that was handed out.

    Raises:
        WeakPassword, Invalid; HalfExpired; WrongState: it is the member's own already.
    """
    member, known = await _continue(ctx, half)
    if known.own:
        raise WrongState()
    if not await store.own_password(ctx, known, await choosing.hashed(ctx, member, form)):
        raise WrongState()
    await _note(ctx, member, "password_chosen")


async def offer(ctx: Ctx, half: Half) -> Enrolment:
    """What the app is set up with. Raises HalfExpired, WrongState."""
    member, known = await _continue(ctx, half, "ENROL")
    return await enrolment.offer(ctx, known, member.number)


async def enrol(ctx: Ctx, half: Half, code: str, address: str) -> tuple[StaffSession, list[str]]:
    """The app is set up: signed in, with recovery codes to be kept on paper.

    Raises:
        WrongCode, SignInLocked, HalfExpired, WrongState.
    """
    member, known = await _continue(ctx, half, "ENROL")
    taken = await lockouts.take(ctx, member.number, address)
    codes = await enrolment.confirm(_by(ctx, member), known, code)
    await lockouts.finished(ctx, taken)
    await _note(ctx, member, "enrolled")
    return await _signed_in(ctx, member), codes


async def finish(ctx: Ctx, half: Half, code: str, address: str) -> StaffSession:
    """The second step: a code of the app that was not used before, or a recovery code.

    Raises:
        WrongCode, SignInLocked, HalfExpired.
    """
    member, known = await _continue(ctx, half, "CODE")
    taken = await lockouts.take(ctx, member.number, address)
    given = tidy_code(code)
    if is_recovery(given):
        fits, action = await enrolment.spend(_by(ctx, member), known, given), "recovered"
    else:
        fits, action = await _code_fits(ctx, known, given), ""
    if not fits:
        await _record(ctx, member.id, "refused", step="code")
        raise WrongCode()
    await lockouts.finished(ctx, taken)
    if action:
        await _note(ctx, member, action, left=len(known.recovery) - 1)
    await devices.meet(_by(ctx, member), member.id)
    return await _signed_in(ctx, member)


async def by_wecom(ctx: Ctx, channel: Channel, code: str) -> StaffSession:
    """Whoever the hospital's WeCom says it is, with bedside roles only.

    Raises:
        NoStaffAccount, and what the gateway's ``sign_in`` raises.
    """
    identity = await (await institutions.wecom(ctx, channel)).sign_in(code)
    member = await staff.by_wecom(ctx, identity.userid)
    if member is None or not member.active:
        raise NoStaffAccount()
    return await _signed_in(ctx, member, channel.id)


async def end(ctx: Ctx, session: StaffSession) -> None:
    """Signs out: over here at once and everywhere within a second."""
    await revocations.end(ctx, session.id)
    await ctx.house.audit.record(ctx, "staff:session:ended", session.member)


async def change_password(ctx: Ctx, form: ChangePassword, address: str) -> StaffSession:
    """By the signed-in member: every other session ends, this one goes on as a new one, with no
    more rights than before: who came through WeCom has shown no code.

    Raises:
        WrongCredentials, SignInLocked, WeakPassword, Invalid, WrongState.
    """
    member = await staff.member(ctx, ctx.actor.id)
    known = await store.get(ctx, member.id)
    taken = await lockouts.take(ctx, member.number, address)
    if known is None or not await passwords.fits(ctx.house, known.password, form.current):
        raise WrongCredentials("当前密码不正确")
    await lockouts.passed(ctx, taken)
    told = enrolment.changed(ctx, known, "password")
    fresh = await choosing.hashed(ctx, member, form)
    if not await store.own_password(ctx, known, fresh, told):
        raise WrongState()
    ctx.house.nudge()
    await _note(ctx, member, "password_changed")
    return sessions.issue(ctx, await staff.end_sessions(ctx, member.id), ctx.channel or "")


async def renew_recovery(ctx: Ctx, code: str, address: str) -> list[str]:
    """New recovery codes for the signed-in member, who shows the app once more.

    Raises:
        WrongCode, SignInLocked, WrongState.
    """
    member = await staff.member(ctx, ctx.actor.id)
    known = await store.get(ctx, member.id)
    if known is None:
        raise WrongState()
    taken = await lockouts.take(ctx, member.number, address)
    if not await _code_fits(ctx, known, tidy_code(code)):
        raise WrongCode()
    await lockouts.passed(ctx, taken)
    codes = await enrolment.renew_recovery(ctx, known)
    await _note(ctx, member, "recovery_renewed")
    return codes


async def hand_out(ctx: Ctx, member_id: str) -> str:
    """A first password for a member, shown once: also for who lost password or phone.

    The app has to be set up anew, and every session ends; the member is told.

    Raises:
        NotFound, WrongState (somebody changed it meanwhile).
    """
    member = await staff.member(ctx, member_id)
    known = await store.get(ctx, member.id)
    password = one_time_password()
    given = Credentials(
        id=member.id,
        inst=member.inst,
        password=await passwords.hashed(ctx.house, password),
        own=False,
        until=one_time_until(ctx.wire_now()),
        version=1,
    )
    version = known.version if known else 0
    told = happened(ctx, RESET, given.subject, version + 1, members=[member.id])
    if not await store.reset(ctx, known, given, told):
        raise WrongState()
    ctx.house.nudge()
    await _record(ctx, member.id, "credentials_reset")
    await staff.end_sessions(ctx, member.id)
    return password


async def set_up(ctx: Ctx, member_ids: list[str], password: str, secret: str) -> None:
    """The same password and app for several invented people (demo, tests); one hash, one call.

    Whoever has credentials keeps them.
    """
    fresh = await passwords.hashed(ctx.house, password)
    given = [
        Credentials(
            id=key,
            inst=ctx.institution or "",
            password=fresh,
            own=True,
            totp=enrolment.sealed(ctx, key, secret),
            version=1,
        )
        for key in member_ids
    ]
    await store.insert_new(ctx, given)


def app_code(secret: str, moment: datetime) -> str:
    """What an app that was set up with ``secret`` shows at a moment."""
    return totp.code(secret, totp.step_of(moment))


async def _code_fits(ctx: Ctx, known: Credentials, given: str) -> bool:
    if not known.totp:
        return False
    step = totp.match(enrolment.opened(ctx, known, known.totp), given, ctx.wire_now())
    return step is not None and await store.use_step(ctx, known, step)


async def _continue(ctx: Ctx, half: Half, wanted: Step | None = None) -> tuple[Member, Credentials]:
    """Who gave the right password. Raises HalfExpired, WrongState when another step is due."""
    if half.inst != ctx.institution:
        raise HalfExpired()
    member = await staff.member(ctx, half.member)
    known = await store.get(ctx, half.member)
    if known is None or not member.active or member.epoch != half.epoch:
        raise HalfExpired()
    if wanted and known.step != wanted:
        raise WrongState(step=known.step)
    return member, known


async def _signed_in(ctx: Ctx, member: Member, channel: str = "") -> StaffSession:
    session = sessions.issue(ctx, member, channel)
    await _note(ctx, member, "signed_in", channel=channel)
    return session


async def _note(ctx: Ctx, member: Member, verb: str, **data: object) -> None:
    """Audited as done by the member."""
    await _record(_by(ctx, member), member.id, verb, **data)


def _by(ctx: Ctx, member: Member) -> Ctx:
    """As done by the member, who has just proved who they are."""
    return ctx.acting_as(Actor("staff", member.id))


async def _record(ctx: Ctx, member_id: str, verb: str, **data: object) -> None:
    """Audited as done to the member by whoever asks."""
    await ctx.house.audit.record(ctx, f"staff:signin:{verb}", member_id, **data)


recognise, slid, claims = sessions.recognise, sessions.slid, sessions.claims
actor = sessions.actor
password_length = choosing.length
"""What the front needs of files that are this slice's own."""

sweeps = [Sweep("lockouts", lockouts.forget, every=3600)]
