"""A request with a real object behind it for every method of every route.

A route that is new has no case, and the matrix fails until it gets one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from notify.confirmations import store as confirmations
from notify.confirmations.model import Confirmation
from tests.helpers.identity import id_no
from tests.helpers.matrix.stage import Ask, Caller, Stage, _numbers
from wx_backend.base import ids
from wx_backend.base.context import Actor
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints.demo import staff as people
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters.model import HOSPITAL, DutyForm
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin.model import NewPassword
from wx_backend.identity.staff import service as members
from wx_backend.identity.worklist import service as worklist

Make = Callable[[Stage, Caller], Awaitable[Ask]]
GOOD = frozenset({200, 201, 204, 302, 303})


@dataclass(frozen=True)
class Case:
    """How to ask.

    Args:
        of: whose object the request names: an ``account``'s, the ``institution``'s, or nobody's.
        mine: each caller asks about something of their own.
        lands: where success leads, when that is the sign-in, with the session taken away.
    """

    make: Make
    of: str = ""
    mine: bool = False
    good: frozenset[int] = GOOD
    lands: str = ""


def at(path: str, *good: int) -> Case:
    """An address without an object of anybody's."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        return Ask(path)

    return Case(make, good=frozenset(good) or GOOD)


def sends(path: str, **json: object) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        return Ask(path, json=json)

    return Case(make)


def held(path: str, **sent: str) -> Case:
    """An address of a held appointment; ``sent`` as a form or as JSON, as the address wants it."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        appointment = await stage.held(owner)
        as_json = path.startswith("/api/")
        return Ask(
            path.format(appointment.id),
            fields=None if as_json else sent or None,
            json=(sent or None) if as_json else None,
            objects=(appointment.id,),
        )

    return Case(make, of="account")


def binding(path: str) -> Case:
    async def make(stage: Stage, owner: Caller) -> Ask:
        person = await stage.patient(owner)
        return Ask(path.format(person.binding_id), objects=(person.binding_id,))

    return Case(make, of="account")


def lists(path: str) -> Case:
    """One's own list: everybody has one, and only the owner's has the owner's things."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        appointment, person = await stage.held(owner), await stage.patient(owner)
        return Ask(path, objects=(appointment.id, person.binding_id, person.patient_id))

    return Case(make)


async def hold(stage: Stage, owner: Caller) -> Ask:
    person = await stage.patient(owner)
    body = {"slot": stage.slot().id, "patient": person.patient_id}
    return Ask("/api/v1/appointments", json=body)


async def book(stage: Stage, owner: Caller) -> Ask:
    person = await stage.patient(owner)
    fields = {"patient": person.patient_id, "idempotency_key": ids.new("key")}
    return Ask(f"/h5/book?slot={stage.slot().id}", fields=fields)


async def ask_book(stage: Stage, owner: Caller) -> Ask:
    return Ask(f"/h5/book?slot={stage.slot().id}")


def adds(path: str) -> Case:
    """Somebody who has nobody yet adds themselves."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        person = {
            "name": "李建国",
            "id_no": id_no("1959-05-06", next(_numbers) % 999),
            "phone": "13800138000",
            "relation": "SELF",
            "agreed": True,
        }
        if path.startswith("/api/"):
            return Ask(path, json=person)
        return Ask(path, fields={**person, "agreed": "true"})

    return Case(make)


async def live(stage: Stage, owner: Caller) -> Ask:
    return Ask(f"/api/v1/live?after=me:{owner.id}=")


async def consents(stage: Stage, caller: Caller) -> Ask:
    channel = await institutions.channel_for(stage.ctx, "wechat_mini")
    agreed = {"templates": [min(channel.templates.values())], "tap": "tap00001"}
    return Ask("/api/v1/messages/consents", json=agreed)


async def mini(stage: Stage, caller: Caller) -> Ask:
    channel = await institutions.channel_for(stage.ctx, "wechat_mini")
    code = (await stage.hospital.control("login_code", person="li-jianguo"))["code"]
    return Ask("/api/v1/sessions", json={"channel": channel.id, "js_code": code})


async def give_phone(stage: Stage, caller: Caller) -> Ask:
    channel = await institutions.channel_for(stage.ctx, "wechat_mini")
    code = (await stage.hospital.control("phone_code", person="li-jianguo"))["code"]
    return Ask("/api/v1/account/phone", json={"channel": channel.id, "code": code})


def date_of(path: str) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        return Ask(path.format((stage.ctx.today() + timedelta(days=1)).isoformat()))

    return Case(make)


# --- staff ---------------------------------------------------------------------------------------


OWN = {"password": "Quiet-Harbour-77", "again": "Quiet-Harbour-77"}


async def sign_in(stage: Stage, caller: Caller) -> Ask:
    known = await stage.known(("nurse",))
    await stage.keys(known)
    return Ask("/console/signin", fields={"number": known.number, "password": people.PASSWORD})


async def give_code(stage: Stage, caller: Caller) -> Ask:
    known = await stage.known(("nurse",))
    await stage.keys(known)
    fields = {"code": stage.code()}
    return Ask("/console/signin/code", fields=fields, cookies=stage.half(known))


async def choose_password(stage: Stage, caller: Caller) -> Ask:
    made = await stage.member()
    return Ask("/console/signin/password", fields=OWN, cookies=stage.half(made))


async def enrol(stage: Stage, caller: Caller) -> Ask:
    made = await stage.member()
    choice = NewPassword(**OWN)
    await signin.choose_password(stage.ctx, stage.half_of(made), choice)
    made = await members.member(stage.ctx, made.id)
    offered = await signin.offer(stage.ctx, stage.half_of(made))
    code = signin.app_code(offered.secret, stage.house.wire.now())
    return Ask("/console/signin/enrol", fields={"code": code}, cookies=stage.half(made))


def task(verb: str, root: str = "/console/tasks", **fields: str) -> Case:
    """A task for whoever asks, taken by them before it is given back or finished."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        opened = await worklist.open_task(
            stage.ctx, "delivery_parked", ids.new("t"), "s", "投递", person=owner.id
        )
        if verb != "take":
            taker = stage.ctx.acting_as(Actor("staff", owner.id, owner.roles))
            opened = await worklist.take(taker, opened.id, opened.version)
        sent = {"version": str(opened.version), **fields}
        return Ask(f"{root}/{opened.id}/{verb}", fields=sent)

    return Case(make, of="institution")


async def _duty(stage: Stage):
    start = stage.ctx.now() + timedelta(days=40, minutes=next(_numbers))
    form = DutyForm(
        place=HOSPITAL,
        duty="medical_affairs",
        member=people.BY_KEY["ma-guohua"].id,
        starts_at=start,
        ends_at=start + timedelta(hours=8),
    )
    return await rosters.plan(stage.admin, form)


def duty(verb: str) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        planned = await _duty(stage)
        fields = {"version": str(planned.version), "member": people.BY_KEY["liang-jing"].id}
        return Ask(f"/console/rosters/{planned.id}/{verb}", fields=fields)

    return Case(make, of="institution")


async def plan(stage: Stage, caller: Caller) -> Ask:
    day = stage.ctx.today() + timedelta(days=60)
    hour = f"{day}T{next(_numbers) % 12:02}:{next(_numbers) % 60:02}"
    fields = {
        "place": HOSPITAL,
        "duty": "medical_affairs",
        "member": people.BY_KEY["ma-guohua"].id,
        "starts_at": hour,
        "ends_at": f"{day}T20:00",
    }
    return Ask("/console/rosters/plan", fields=fields)


def parked(path: str, collection: str, monthly: bool = False) -> Case:
    """A delivery or message that needs a person; replaying asks no more of it than this."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        now, key = stage.house.wire.now(), ids.new("t")
        table = stage.house.db.raw(f"{collection}_{now:%Y%m}" if monthly else collection)
        await table.insert_one({"_id": key, "inst": stage.ctx.institution, "state": "PARKED"})
        return Ask(path, fields={"id": key})

    return Case(make, of="institution")


def confirmation(path: str) -> Case:
    """What a LIS has refused to be told of an alert."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        alert, now = ids.new("alr"), stage.ctx.now()
        words = ("source", "answers", "report", "specimen_no", "item_code", "item_name", "loinc")
        more = ("number", "name", "role", "channel", "measures", "trace", "control_id")
        one = Confirmation(
            id=ids.new("cfm"), inst=stage.ctx.institution, state="REFUSED", alert=alert,
            told="RECEIVED", acted_at=now, at=now, **dict.fromkeys((*words, *more), "x"),
        )  # fmt: skip
        await confirmations.add(stage.ctx, one)
        return Ask(path.format(alert))

    return Case(make, of="institution")


async def test_channel(stage: Stage, caller: Caller) -> Ask:
    channel = await institutions.channel_for(stage.ctx, "wechat")
    return Ask(f"/console/channels/{channel.id}/test", objects=(channel.id,))


async def propose(stage: Stage, caller: Caller) -> Ask:
    fields = {"name": "booking.window_days", "value": "9", "at": "hospital:"}
    return Ask("/console/settings/propose", fields=fields)


async def decide(stage: Stage, caller: Caller) -> Ask:
    draft = await parameters.propose(stage.admin, "booking.window_days", 8, "hospital")
    return Ask(f"/console/settings/{draft.id}/decide", fields={"verdict": "reject"})


def member(path: str, **fields: str) -> Case:
    """A page or an act about a member of staff."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        found = await stage.member()
        sent = {"version": str(found.version), **fields} if fields else None
        return Ask(path.format(found.id), fields=sent)

    return Case(make, of="institution")


async def new_member(stage: Stage, caller: Caller) -> Ask:
    return Ask("/console/staff/new", fields={"number": f"P{next(_numbers):05}", "name": "新人"})


async def own_password(stage: Stage, caller: Caller) -> Ask:
    await stage.keys(caller)
    return Ask("/console/me/password", fields={"current": people.PASSWORD, **OWN})


async def own_recovery(stage: Stage, caller: Caller) -> Ask:
    await stage.keys(caller)
    return Ask("/console/me/recovery", fields={"code": stage.code()})
