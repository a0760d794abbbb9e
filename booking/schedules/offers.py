"""What everybody is offered, by day and by time: the lists that pages show. Pure."""

from collections.abc import Iterator
from datetime import datetime

from booking.schedules.board import slot_state
from booking.schedules.model import Offer, OfferDay, Slot
from booking.schedules.view import NEAREST, Availability


def days(
    view: Availability, department_id: str, now: datetime, doctor_id: str | None = None
) -> list[OfferDay]:
    """The days with released slots, in order; of one doctor or of the whole department."""
    found = []
    for date in view.department_dates(department_id):
        offers = tuple(
            offer
            for offer in _day(view, department_id, date, now)
            if doctor_id in (None, offer.slot.doctor_id) and offer.state != "not_open"
        )
        if offers:
            found.append(OfferDay(date, offers))
    return found


def on_day(view: Availability, department_id: str, date: str, now: datetime) -> OfferDay:
    """Every slot of a department on a date."""
    return OfferDay(date, tuple(_day(view, department_id, date, now)))


def free(view: Availability, department_id: str, now: datetime) -> Iterator[Offer]:
    """Free slots of a department by time, found as they are asked for."""
    for date in view.department_dates(department_id):
        for offer in _day(view, department_id, date, now):
            if offer.free:
                yield offer


def next_free(view: Availability, department_id: str, doctor_id: str, now: datetime) -> list[Offer]:
    """The next free slots, the first of each doctor's day: this doctor's, then colleagues'."""
    own: list[Offer] = []
    others: list[Offer] = []
    seen: set[tuple[str, str]] = set()
    for offer in free(view, department_id, now):
        key = (offer.slot.doctor_id, offer.slot.visit_date)
        if key in seen:
            continue
        seen.add(key)
        (own if offer.slot.doctor_id == doctor_id else others).append(offer)
        if len(own) == NEAREST:
            break
    return (own + others)[:NEAREST]


def instead(view: Availability, slot: Slot, now: datetime) -> list[Offer]:
    """For who came too late: the slot itself while it has another number, the nearest free slots of
    the day, then the next days'.
    """
    nearest = [_offer(view, near, now) for near in view.nearest(slot, now)]
    same_day = [one for one in (_offer(view, slot, now), *nearest) if one.state == "free"]
    known = {offer.slot.id for offer in same_day} | {slot.id}
    later = next_free(view, slot.department_id, slot.doctor_id, now)
    return [*same_day, *(offer for offer in later if offer.slot.id not in known)][:NEAREST]


def _day(view: Availability, department_id: str, date: str, now: datetime) -> Iterator[Offer]:
    return (_offer(view, slot, now) for slot in view.day(department_id, date))


def _offer(view: Availability, slot: Slot, now: datetime) -> Offer:
    return Offer(slot, *slot_state(view, slot, now))
