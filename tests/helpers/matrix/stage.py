"""Everybody who may knock at a door, and the objects that stand behind it.

Each case gets people and objects of its own, so that cells do not depend on each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from bson import Timestamp

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, Hold
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from tests.helpers.desk import free_slots
from tests.helpers.hospital import Hospital
from tests.helpers.identity import form, id_no
from tests.helpers.line import Line
from wx_backend.base import ids
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.handler import SESSION, signed
from wx_backend.entrypoints.demo import staff as people
from wx_backend.entrypoints.demo import world
from wx_backend.identity.accounts import sessions
from wx_backend.identity.patients import service as patients
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin import sessions as staff_sessions
from wx_backend.identity.signin.model import STAFF_HALF, STAFF_SESSION, Half
from wx_backend.identity.staff import service as members
from wx_backend.identity.staff.model import ROLES, Member, MemberForm

HERE, AWAY = "127.0.0.1", "centre.localhost"
"""Host names of the hospital and of the other institution."""

XSRF = "0123456789abcdef"
UNIT = world.DEPARTMENTS["cardiology"].id
_numbers = count(1)


@dataclass(frozen=True)
class Caller:
    """Somebody at a browser. ``kind``: visitor, account, staff; ``here``: at the hospital."""

    name: str
    kind: str
    roles: frozenset[str] = frozenset()
    host: str = HERE
    here: bool = True
    own: bool = True
    """Whether the objects of a case are this caller's."""
    id: str = ""
    inst: str = world.HOSPITAL.id
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """One request. ``objects``: ids that nobody may read who may not have them."""

    path: str
    fields: Mapping[str, Any] | None = None
    json: Mapping[str, Any] | None = None
    cookies: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[str, ...] = ()


class Stage:
    """A running hospital, and ways to make people and objects."""

    def __init__(self, hospital: Hospital):
        self.hospital, self.house = hospital, hospital.house
        self.ctx: Ctx = hospital.ctx()
        self._slots = iter(free_slots(hospital, "cardiology"))
        self._line = Line(hospital.url)

    async def close(self) -> None:
        self._line.close()

    async def ask(self, method: str, ask: Ask, caller: Caller) -> httpx.Response:
        cookies = {**caller.cookies, **ask.cookies, "_xsrf": XSRF}
        headers = {
            "Host": f"{caller.host}:{self.hospital.sandbox.web_port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-XSRFToken": XSRF,
            "Idempotency-Key": ids.new("key"),
        }
        return await self._line.ask(method, ask.path, headers, ask.fields, ask.json)

    async def fingerprint(self) -> Timestamp:
        """Of everything that is stored: when it was last changed. That is read from the server's
        own log of changes, and costs less than to read everything.
        """
        mongo = self.house.db.raw("meta").database
        ours = {"$regex": rf"^{mongo.name}\."}
        either = {"$or": [{"ns": ours}, {"o.applyOps.ns": ours}]}
        log = mongo.client["local"]["oplog.rs"].find(either).sort("$natural", -1)
        [last] = await log.limit(1).to_list(1)
        return last["ts"]

    # --- who -----------------------------------------------------------------------------------

    async def account(self, name: str, **more: Any) -> Caller:
        """Somebody new with an account and a patient of their own."""
        ctx = await self.hospital.acting(f"crowd-{2000 + next(_numbers)}")
        return Caller(name, "account", id=ctx.actor.id, cookies=self._signed_in(ctx), **more)

    def _signed_in(self, ctx: Ctx) -> dict[str, str]:
        claims = sessions.issue(ctx.actor.id, ctx.channel, ctx.institution, 1)
        return {SESSION: signed(self.house, SESSION, claims)}

    async def staff(self, role: str) -> Caller:
        """A member of the hospital with just this role, who has signed in."""
        return self._session(f"staff {role}", await self.known((role,)))

    async def known(self, roles: tuple[str, ...]) -> Member:
        """A new member."""
        [member] = await self._known([roles])
        return member

    async def _known(
        self, all_roles: list[tuple[str, ...]], inst: str = world.HOSPITAL.id
    ) -> list[Member]:
        """New members, each with these roles."""
        ctx = self.ctx.within(inst)
        made = [
            Member(
                id=ids.new("stf"),
                inst=inst,
                number=f"M{next(_numbers):05}",
                name="员工",
                roles=roles,
                created_at=ctx.now(),
            )
            for roles in all_roles
        ]
        await members.register(ctx, made)
        return made

    async def keys(self, whose: "Caller | Member") -> None:
        """Gives a member a password and an authenticator app."""
        ctx = self.ctx.within(whose.inst)
        await signin.set_up(ctx, [whose.id], people.PASSWORD, people.APP)

    def code(self) -> str:
        """A code of a new member's app."""
        return signin.app_code(people.APP, self.house.wire.now())

    def _session(self, name: str, member: Member, host: str = HERE) -> Caller:
        ctx = self.house.ctx(member.inst, Actor("staff", member.id))
        claims = staff_sessions.claims(staff_sessions.issue(ctx, member))
        return Caller(
            name,
            "staff",
            roles=frozenset(member.roles),
            host=host,
            here=host == HERE,
            own=member.inst == world.HOSPITAL.id,
            id=member.id,
            inst=member.inst,
            cookies={STAFF_SESSION: signed(self.house, STAFF_SESSION, claims)},
        )

    async def everybody(self) -> list[Caller]:
        """The columns of the matrix: the owner comes second, staff of another institution (at
        either host, with every role there is) last.
        """
        owner = await self.account("account")
        other = await self.account("another account", own=False)
        away = Caller(
            "the account at another institution",
            "account",
            host=AWAY,
            here=False,
            own=False,
            id=owner.id,
            cookies=self._signed_in(self.as_account(owner)),
        )
        ours = await self._known([(role,) for role in ROLES])
        roles = [self._session(f"staff {one.roles[0]}", one) for one in ours]
        theirs = await self._known([tuple(ROLES)] * 2, world.CENTRE.id)
        foreign = [
            self._session(f"staff of another institution at {host}", one, host)
            for one, host in zip(theirs, (HERE, AWAY), strict=True)
        ]
        return [Caller("visitor", "visitor"), owner, other, away, *roles, *foreign]

    # --- what ----------------------------------------------------------------------------------

    def slot(self) -> Slot:
        return next(slot for slot in self._slots if self._is_free(slot))

    def _is_free(self, slot: Slot) -> bool:
        return bool(schedules.availability(self.house).free(slot, self.ctx.now()))

    def as_account(self, caller: Caller) -> Ctx:
        """As the account acts at the hospital."""
        return self.house.ctx(world.HOSPITAL.id, Actor("account", caller.id), channel="chnmatrix")

    async def patient(self, caller: Caller) -> patients.Person:
        """The account's own patient, added when it has none."""
        ctx = self.as_account(caller)
        if known := await patients.mine(ctx):
            return known[0]
        n = next(_numbers)
        return await patients.add(
            ctx, form(id_no(f"{1960 + n // 999}-05-06", n % 999), "李建国", "SELF")
        )

    async def held(self, caller: Caller) -> Appointment:
        person = await self.patient(caller)
        ctx = self.as_account(caller)
        command = Hold(self.slot().id, person.patient_id)
        return await appointments.hold(ctx, command, ids.new("key"))

    @property
    def admin(self) -> Ctx:
        """Acts as somebody of the hospital who is none of the callers."""
        return self.ctx.acting_as(Actor("staff", people.BY_KEY["cheng-hao"].id))

    async def member(self) -> Member:
        """A new member of the hospital's staff, with a first password to be changed."""
        form = MemberForm(name="新同事")
        made = await members.add(self.admin, f"N{next(_numbers):05}", form)
        await signin.hand_out(self.admin, made.id)
        return await members.member(self.ctx, made.id)

    @staticmethod
    def half_of(member: Member) -> Half:
        """What somebody holds who has just given the right password."""
        return Half(member.id, member.inst, member.number, member.epoch)

    def half(self, member: Member) -> dict[str, str]:
        """The same as a cookie."""
        half = self.half_of(member)
        claims = {name: getattr(half, name) for name in Half.__struct_fields__}
        return {STAFF_HALF: signed(self.house, STAFF_HALF, claims)}
