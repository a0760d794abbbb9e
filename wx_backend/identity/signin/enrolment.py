"""Setting up the authenticator app, and the codes for the day it is lost."""

from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.base.events import happened
from wx_backend.directory.institutions import service as institutions
from wx_backend.identity.signin import devices, store, totp
from wx_backend.identity.signin.events import CHANGED
from wx_backend.identity.signin.model import (
    Credentials,
    Enrolment,
    WrongCode,
    recovery_codes,
    tidy_code,
)


async def offer(ctx: Ctx, known: Credentials, label: str) -> Enrolment:
    """The secret to be set up; the same one until it is, so that a page may be loaded again.

    Raises:
        WrongState: another one is in use.
    """
    if known.totp:
        raise WrongState()
    secret = opened(ctx, known, known.pending) if known.pending else totp.new_secret()
    if not known.pending and not await store.pending(ctx, known, sealed(ctx, known.id, secret)):
        raise WrongState()
    issuer = (await institutions.institution(ctx)).name
    return Enrolment(secret, totp.uri(secret, label, issuer))


async def confirm(ctx: Ctx, known: Credentials, given: str) -> list[str]:
    """The app shows the right code: it is in use from now on. Returns the recovery codes.

    Raises:
        WrongCode: it does not. WrongState: nothing is being set up.
    """
    if not known.pending or known.totp:
        raise WrongState()
    step = totp.match(opened(ctx, known, known.pending), tidy_code(given), ctx.wire_now())
    if step is None:
        raise WrongCode()
    codes = recovery_codes()
    blind, here = _blind_all(ctx, known.id, codes), devices.named(ctx, known.id)[:1]
    if not await store.enrolled(ctx, known, step, blind, here, changed(ctx, known, "app")):
        raise WrongState()
    ctx.house.nudge()
    return codes


async def renew_recovery(ctx: Ctx, known: Credentials) -> list[str]:
    """New recovery codes; the old ones are void. Raises WrongState without an app in use."""
    codes = recovery_codes()
    blind = _blind_all(ctx, known.id, codes)
    told = changed(ctx, known, "recovery_codes")
    if not known.totp or not await store.new_recovery(ctx, known, blind, told):
        raise WrongState()
    ctx.house.nudge()
    return codes


async def spend(ctx: Ctx, known: Credentials, given: str) -> bool:
    """Uses up a recovery code; False when there is no such one."""
    told = changed(ctx, known, "recovered", left=len(known.recovery) - 1)
    used = await store.use_recovery(ctx, known, blind(ctx, known.id, given), told)
    if used:
        ctx.house.nudge()
    return used


def changed(ctx: Ctx, known: Credentials, what: str, **data: object) -> dict:
    """The member is told that ``what`` has changed (``events.CHANGED``)."""
    told = {"members": [known.id], "what": what, **data}
    return happened(ctx, CHANGED, known.subject, known.version + 1, **told)


def blind(ctx: Ctx, member_id: str, recovery: str) -> list[str]:
    return ctx.house.vault.blind(recovery, f"staff.recovery:{member_id}")


def _blind_all(ctx: Ctx, member_id: str, codes: list[str]) -> list[str]:
    return [blind(ctx, member_id, one)[0] for one in codes]


def sealed(ctx: Ctx, member_id: str, secret: str) -> str:
    return ctx.house.vault.seal(secret, _aad(member_id))


def opened(ctx: Ctx, known: Credentials, token: str) -> str:
    return ctx.house.vault.open(token, _aad(known.id))


def _aad(member_id: str) -> str:
    return f"credentials.totp:{member_id}"
