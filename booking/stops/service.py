"""Stop-clinic (停诊): everybody who lost a number is asked, answers with one tap, or is called.

Public face of the slice; its parts are ``asking.py`` and ``answering.py``.
"""

from datetime import timedelta

from booking.appointments import service as appointments
from booking.stops import answering, asking, events, store
from booking.stops.model import CHOICES, OUTCOMES, REFUND, Call, Case, asked_in, case_id
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.events import Event
from wx_backend.base.sweeper import Sweep, claim_due, side_by_side

LOOKS = (timedelta(seconds=5), timedelta(seconds=35), timedelta(minutes=5))
"""After the first look: a claim in flight may arrive late (docs/adr/0001)."""

LOOK_SECONDS = 30
"""After which somebody else looks: who was killed in the middle has left half of them unasked, and
two looks at one time do no harm.
"""


async def begin(ctx: Ctx, schedule: str) -> None:
    """Something has changed about a schedule: who has lost a number is found by the next sweep."""
    await store.look_at(ctx, schedule)


async def cases(ctx: Ctx, schedule: str) -> list[Case]:
    """For staff: everybody of a schedule that was ever asked, by start; one call."""
    return await store.of_schedule(ctx, schedule)


async def own(ctx: Ctx, key: str) -> Case:
    """The account's own case. Raises NotFound for anybody else's."""
    case = await store.get(ctx, key)
    if case is None or case.account != ctx.actor.id:
        raise NotFound("没有找到这条停诊通知")
    return case


async def one(ctx: Ctx, key: str) -> Case:
    """For staff. Raises NotFound."""
    case = await store.get(ctx, key)
    if case is None:
        raise NotFound("没有找到这条停诊个案")
    return case


async def symptoms_asked(ctx: Ctx, case: Case, choice: str) -> str:
    """The words that the patient answers to together with this choice; empty: nothing is asked."""
    slots = await answering.unscreened(ctx, case, choice)
    return await appointments.symptoms_asked(ctx, *slots)


async def answer(
    ctx: Ctx, key: str, choice: str, seen: str = "", symptoms: bool | None = None
) -> Case:
    """The patient's answer: ``same``, ``other`` or ``refund``. The first counts; repeats of it are
    harmless.

    Args:
        seen: the slot that was shown with the choice.
        symptoms: whether they have any, where the new clinic asks and the old one did not.

    Raises:
        NotFound, Invalid, OfferGone, WrongState, SymptomsNotSaid, FeverClinic.
    """
    case = await own(ctx, key)
    slots = await answering.unscreened(ctx, case, _checked(choice))
    no_symptoms_at = await appointments.screen(ctx, symptoms, *slots)
    screened = next((slot.id for slot in slots), "")
    return await answering.decide(ctx, case, choice, seen or screened, no_symptoms_at)


async def answer_for(ctx: Ctx, key: str, choice: str, seen: str = "") -> Case:
    """As ``answer``, by staff on the phone with the patient."""
    return await answering.decide(ctx, await one(ctx, key), _checked(choice), seen)


def _checked(choice: str) -> str:
    if choice not in CHOICES:
        raise Invalid(fields={"choice": "请选择一种处理方式"})
    return choice


async def log_call(ctx: Ctx, key: str, version: int, outcome: str, note: str) -> Case:
    """Somebody has rung the patient. Raises NotFound, Invalid, WrongState."""
    case = await one(ctx, key)
    if outcome not in OUTCOMES:
        raise Invalid(fields={"outcome": "请选择致电结果"})
    if len(note) > 100:
        raise Invalid(fields={"note": "最多 100 字"})
    if case.version != version:
        raise WrongState(state=case.state)
    call = Call(at=ctx.now(), member=ctx.actor.id, outcome=outcome, note=note.strip())
    event = events.change(ctx, events.CALLED, case, outcome=outcome)
    changed = await store.add_call(ctx, case, call, event)
    if changed is None:
        raise WrongState()
    return changed


async def drop(ctx: Ctx, appointment_id: str) -> None:
    """An appointment has ended by itself: there is nothing left to ask."""
    case = await store.get(ctx, case_id(appointment_id))
    if case and case.open:
        await asking.clear(ctx, case)


async def go_on(ctx: Ctx, appointment_id: str) -> None:
    """A HIS has said whether a place is to be had: who waits for it is moved, or asked again."""
    kept = await appointments.find(ctx, appointment_id)
    case = await store.get(ctx, asked_in(kept.kept_for)) if kept.kept_for else None
    if case and case.state == "MOVING":
        await answering.carry_out(ctx, case)


async def still_asked(ctx: Ctx, event: Event) -> bool:
    """Whether the patient still has to answer."""
    case = await store.get(ctx, event.data["case"])
    return case is not None and case.open


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """The cases of a merged account belong to the one that stays."""
    await store.adopt(ctx, account, into)


async def give_back(ctx: Ctx, account: str, of: str) -> None:
    """The cases that came from an account which is its own again."""
    await store.give_back(ctx, account, of)


async def look_due(ctx: Ctx) -> int:
    """One batch of schedules that have changed."""
    docs = await claim_due(ctx, store.STOPS, lease_seconds=LOOK_SECONDS)

    async def look(doc: dict) -> None:
        here = ctx.within(doc["inst"])
        await asking.look(here, doc["_id"])
        again = LOOKS[doc["looks"]] if doc["looks"] < len(LOOKS) else None
        await store.looked(here, doc["_id"], doc["lease"], again)

    await side_by_side(look, docs)
    return len(docs)


async def follow_due(ctx: Ctx) -> int:
    """One batch of cases: nobody answered (a call, then the refund), or a step was broken off."""
    cases = [store.case_of(doc) for doc in await claim_due(ctx, store.CASES)]
    over = {(one.inst, one.schedule) for one in cases if one.open and ctx.now() >= one.deadline}
    for inst, schedule in sorted(over):  # one that was reopened meanwhile takes nobody's number
        await asking.look(ctx.within(inst), schedule)
    await side_by_side(lambda one: _follow(ctx.within(one.inst), one), cases)
    return len(cases)


async def _follow(ctx: Ctx, case: Case) -> None:
    if not case.open:
        await answering.carry_out(ctx, case)
    elif ctx.now() >= case.deadline:
        try:
            await answering.decide(ctx, case, REFUND)
        except WrongState:
            return  # answered in this very moment: that answer counts
    else:
        await asking.call(ctx, case)


sweeps = [Sweep("stops look", look_due), Sweep("stops follow", follow_due)]
