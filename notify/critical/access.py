"""Who may see and act upon an alert: a permission, and a duty for this very patient.

Somebody who has neither been told nor answers for the patient is answered as if there were no such
alert (a critical value was once acknowledged by a person with no duty for the patient).
"""

from notify.critical import store
from notify.critical.model import Alert
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Forbidden, NotFound
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import ROLES, Member, permits

READ = "critical:read"
RECEIVE = "critical:receive"
HANDLE = "critical:handle"
SUPERVISE = "critical:supervise"
WATCH = "critical:watch"


def may(ctx: Ctx, permission: str) -> bool:
    return ctx.actor.kind == "staff" and permits(ctx.actor.roles, permission)


def check(ctx: Ctx, permission: str) -> None:
    """Raises Forbidden."""
    if not may(ctx, permission):
        raise Forbidden()


async def own(ctx: Ctx, key: str, permission: str) -> tuple[Alert, Member]:
    """The alert and the member who asks. Two to four calls.

    Raises:
        Forbidden: not staff, or without the permission.
        NotFound: no such alert, or no duty for its patient.
    """
    check(ctx, permission)
    alert = await store.get(ctx, key)
    if alert is None:
        raise NotFound("没有找到这条危急值")
    member = await staff.member(ctx, ctx.actor.id)
    watched = permission == READ and may(ctx, WATCH)
    if not watched and not may(ctx, SUPERVISE) and not await _concerns(ctx, alert, member):
        raise NotFound("没有找到这条危急值")
    return alert, member


async def duty_places(ctx: Ctx) -> set[str]:
    """The places for which the caller is on duty now; one call."""
    return {one.place for one in await rosters.duties_of(ctx, ctx.actor.id)}


def role(ctx: Ctx, permission: str) -> str:
    """The caller's role that carries the permission, as people read it."""
    held = (key for key in ROLES if key in ctx.actor.roles)
    return next((ROLES[key].name for key in held if permission in ROLES[key].permissions), "")


async def _concerns(ctx: Ctx, alert: Alert, member: Member) -> bool:
    """Told or acted before, ordered it or attends, or is on duty where the patient is now."""
    if member.id in alert.members or member.number in (alert.orderer.code, alert.attending.code):
        return True
    return not (await duty_places(ctx)).isdisjoint(alert.places)
