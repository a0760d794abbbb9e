"""What an alert is after each thing that can happen to it. Pure: the store writes the result.

Every function takes the alert as it is and gives it as it will be, with one more line of the
timeline; ``WrongState`` when its state does not allow that.
"""

from datetime import datetime
from typing import Any

import msgspec

from notify.critical.areas import Area
from notify.critical.ladder import Climb, next_due, state_due
from notify.critical.model import (
    ENDS,
    MACHINE,
    Act,
    Alert,
    Contact,
    Offer,
    Orderer,
    Step,
    Told,
)

SYSTEM = "system"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the patient is, and who answers for that place; ``ward`` is the HIS's code."""

    encounter: str = ""
    area: Area
    ward: str
    ward_name: str = ""
    bed: str
    department: str
    places: tuple[str, ...]
    attending: Orderer = Orderer()


def raised(alert: Alert, step: Climb, now: datetime) -> Alert:
    """A new alert with its first rung (and those after it that a gap made necessary)."""
    line = Step(
        at=now, action="raise", before="", after=alert.state, member=SYSTEM, rung=step.rung,
        told=_ids(step.told), gaps=step.gaps,
    )  # fmt: skip
    return msgspec.structs.replace(
        alert,
        rung=step.rung,
        told=step.told,
        gaps=step.gaps,
        supervised=step.nobody,
        due_at=next_due(alert, step.rung, now, hurried=step.nobody),
        steps=(line,),
    )


def told_quietly(alert: Alert, earlier: str, told: Told, now: datetime) -> Alert:
    """A new alert of what a physician already has in hand: only that physician is told. Should
    nobody act within the limit for handling, the ladder begins.
    """
    line = Step(
        at=now, action="raise", before="", after=alert.state, member=SYSTEM, told=_ids((told,)),
        note=f"first_only:{earlier}",
    )  # fmt: skip
    due = state_due(alert.limits, "PHYSICIAN_NOTIFIED", now)
    return msgspec.structs.replace(
        alert, rung=-1, told=(told,), known=earlier, due_at=due, steps=(line,)
    )


def climbed(alert: Alert, step: Climb, now: datetime) -> Alert:
    """The next rung, or a rung out of turn because of a gap."""
    return _next(
        alert,
        "escalate",
        now,
        told=step.told,
        gaps=step.gaps,
        rung=step.rung,
        due_at=next_due(alert, step.rung, now, hurried=step.nobody),
        supervised=alert.supervised or step.nobody,
    )


def missed(alert: Alert, member: str, rung: int, reason: str) -> Alert:
    """Messages to a member up to a rung could not be delivered; what follows is another move."""
    told = tuple(
        msgspec.structs.replace(one, reached=False, reason=reason)
        if one.member == member and one.rung <= rung
        else one
        for one in alert.told
    )
    return msgspec.structs.replace(alert, told=told)


def transferred(alert: Alert, place: Place, step: Climb | None, now: datetime) -> Alert:
    """The patient is somewhere else; ``step`` tells the people there, None for a bed alone."""
    told, rung = (step.told, step.rung) if step else ((), alert.rung)
    hurried = bool(step and step.nobody)
    due = next_due(alert, rung, now, hurried=True) if hurried else alert.due_at
    fields = {name: getattr(place, name) for name in place.__struct_fields__}
    return _next(
        alert, "transfer", now, told=told, gaps=step.gaps if step else (), rung=rung,
        supervised=alert.supervised or hurried, due_at=due,
        note=f"{_called(alert)} → {_called(place)}", **fields,
    )  # fmt: skip


def received(alert: Alert, act: Act, physician: bool) -> Alert:
    """Read back; by a physician it is notified with that."""
    action = "receive_as_physician" if physician else "receive"
    more = {"physician": act} if physician else {}
    return _acted(alert, action, act, received=act, **more)


def misread(alert: Alert, act: Act) -> Alert:
    """A wrong read-back is counted and written down; nothing else changes, the version neither."""
    line = _line(alert, "misread", act.at, alert.state, act, note=act.value)
    return msgspec.structs.replace(alert, misreads=alert.misreads + 1, steps=(*alert.steps, line))


def notified(alert: Alert, act: Act, physician: Act) -> Alert:
    """``act`` is who told, ``physician`` who was told and is in charge from now on."""
    told = Told(
        member=physician.member, name=physician.name, seat="in_charge", rung=alert.rung, at=act.at
    )
    return _acted(alert, "notify", act, told=(told,), physician=physician, keeper=None, offer=None)


def offered(alert: Alert, act: Act, offer: Offer) -> Alert:
    """A colleague is asked to take over; an earlier offer that nobody has answered is void."""
    told = Told(
        member=offer.to, name=offer.name, seat="successor", rung=max(alert.rung, 0), at=act.at
    )
    return _next(alert, "hand_over", act.at, act=act, told=(told,), note=offer.name, offer=offer)


def taken_over(alert: Alert, act: Act) -> Alert:
    """Who was asked is responsible from now on; clocks run on."""
    return _next(alert, "take_over", act.at, act=act, keeper=act, offer=None)


def declined(alert: Alert, act: Act) -> Alert:
    """Who was asked does not take over, or could not be asked; nothing else has changed."""
    return _next(alert, "decline", act.at, act=act, note=act.note, offer=None)


def handled(alert: Alert, act: Act) -> Alert:
    return _acted(alert, "handle", act, handled=act)


def closed(alert: Alert, act: Act) -> Alert:
    return _acted(alert, "close", act, closed=act)


def refuted(alert: Alert, act: Act) -> Alert:
    return _acted(alert, "refute", act, refuted=act)


def contacted(alert: Alert, contact: Contact, act: Act) -> Alert:
    """One more attempt; the clock of the state runs on."""
    MACHINE.next(alert.state, "contact")
    line = _line(alert, "contact", act.at, alert.state, act, note=contact.outcome)
    return msgspec.structs.replace(
        alert,
        version=alert.version + 1,
        contacts=(*alert.contacts, contact),
        steps=(*alert.steps, line),
    )


def note_missing(alert: Alert, now: datetime) -> Alert:
    """Handled, but not in the course of disease in time: nothing more is due, people are told."""
    line = _line(alert, "note_missing", now, alert.state)
    return msgspec.structs.replace(
        alert, version=alert.version + 1, due_at=None, steps=(*alert.steps, line)
    )


def recalled(alert: Alert, reason: str, replaced_by: str, now: datetime) -> Alert:
    """The laboratory says otherwise. A closed alert stays closed, but who acted hears of it."""
    act = Act(member=SYSTEM, name="", role="", at=now, reason=reason)
    if alert.state != "CLOSED":
        return _acted(alert, "recall", act, recalled=act, replaced_by=replaced_by)
    line = _line(alert, "recall", now, alert.state, act, note=reason)
    return msgspec.structs.replace(
        alert,
        version=alert.version + 1,
        recalled=act,
        replaced_by=replaced_by,
        steps=(*alert.steps, line),
    )


def unheard(alert: Alert, member: str, name: str, step: Climb, now: datetime) -> Alert:
    """Somebody could not be told of the recall; ``step`` says who hears of that instead."""
    line = _line(
        alert, "recall_unheard", now, alert.state, rung=step.rung, told=_ids(step.told),
        gaps=step.gaps, note=name,
    )  # fmt: skip
    return msgspec.structs.replace(
        alert,
        version=alert.version + 1,
        unheard=(*alert.unheard, member),
        told=(*alert.told, *step.told),
        steps=(*alert.steps, line),
    )


def _acted(
    alert: Alert, action: str, act: Act, told: tuple[Told, ...] = (), **fields: Any
) -> Alert:
    state = MACHINE.next(alert.state, action)
    note = act.reason or act.note or " ".join(act.measures)
    return _next(
        alert, action, act.at, act=act, told=told, note=note,
        due_at=state_due(alert.limits, state, act.at), **fields,
    )  # fmt: skip


def _next(
    alert: Alert,
    action: str,
    now: datetime,
    act: Act | None = None,
    told: tuple[Told, ...] = (),
    gaps: tuple[str, ...] = (),
    note: str = "",
    **fields: Any,
) -> Alert:
    state = MACHINE.next(alert.state, action)
    line = _line(
        alert, action, now, state, act, rung=fields.get("rung", alert.rung),
        told=_ids(told), gaps=gaps, note=note,
    )  # fmt: skip
    ended = state in ENDS
    if ended:
        fields["offer"] = None
    return msgspec.structs.replace(
        alert,
        state=state,
        version=alert.version + 1,
        open=not ended,
        ended_at=now if ended else None,
        told=(*alert.told, *told),
        gaps=tuple(dict.fromkeys((*alert.gaps, *gaps))),
        steps=(*alert.steps, line),
        **fields,
    )


def _line(
    alert: Alert, action: str, now: datetime, after: str, act: Act | None = None, **more: Any
) -> Step:
    who = (
        {name: getattr(act, name) for name in ("member", "name", "channel", "device")}
        if act
        else {"member": SYSTEM}
    )
    return Step(at=now, action=action, before=alert.state, after=after, **who, **more)


def _ids(told: tuple[Told, ...]) -> tuple[str, ...]:
    return tuple(one.member for one in told)


def _called(where: Alert | Place) -> str:
    """``心内一病区 12 床``"""
    bed = f" {where.bed} 床" if where.bed else ""
    return f"{where.ward_name or where.ward or where.department}{bed}"
