"""What may be booked, as views: departments, doctors, days and slots. Pure."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from urllib.parse import urlencode

from booking.schedules.model import Offer, OfferDay, Slot
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.entrypoints.web.patient import paths, views
from wx_backend.entrypoints.web.patient.words import Words, hours

EXPERT = "expert"
SLOT_STATES: dict[str, views.SlotState] = {"free": "OPEN", "full": "FULL"}


def tile(unit: Department) -> views.DepartmentTile:
    return views.DepartmentTile(name=unit.name, icon=unit.icon, href=paths.department(unit.id))


def found_doctors(
    people: Iterable[Doctor], units: Iterable[Department]
) -> tuple[views.FoundDoctor, ...]:
    """Doctors that a search found, each with the department it belongs to."""
    names = {unit.id: unit.name for unit in units}
    return tuple(
        views.FoundDoctor(
            name=one.name,
            title=one.title,
            department=names[one.department_id],
            href=paths.doctor(one.id),
        )
        for one in people
        if one.department_id in names
    )


def groups(units: list[Department], chosen: str, words: Words) -> tuple[views.Choice, ...]:
    """All, then each group in the order of its first department."""
    names = ["", *dict.fromkeys(unit.group for unit in units)]
    return tuple(
        views.Choice(
            label=name or words.everything,
            href=f"{paths.DEPARTMENTS}{'?' + urlencode({'group': name}) if name else ''}#list",
            current=name == chosen,
        )
        for name in names
    )


def department_row(unit: Department, first: Offer | None, today: OfferDay) -> views.DepartmentRow:
    """``first`` is its earliest free slot, ``today`` what it offers today."""
    full_today = not today.free and any(offer.state == "full" for offer in today.offers)
    state = "FULL" if first is None else "TODAY_FULL" if full_today else "OPEN"
    return views.DepartmentRow(
        name=unit.name, hint=unit.hint, href=paths.department(unit.id), state=state
    )


def strip(
    offered: list[OfferDay], today: date, chosen: str, path: str, words: Words
) -> tuple[views.Day, ...]:
    """Every day from today to the last one offered, also those without slots."""
    by_date = {day.date: day for day in offered}
    last = date.fromisoformat(offered[-1].date) if offered else today
    days = [today + timedelta(days=n) for n in range((last - today).days + 1)]
    return tuple(
        views.Day(
            label=words.tile(day, today),
            number=str(day.day),
            full_label=words.full_date(day),
            state=_day_state(by_date.get(day.isoformat())),
            href=f"{path}?{urlencode({'date': day.isoformat()})}",
            current=day.isoformat() == chosen,
        )
        for day in days
    )


def _day_state(day: OfferDay | None) -> views.DayState:
    if day is None or all(offer.state == "closed" for offer in day.offers):
        return "NONE"
    return "OPEN" if day.free else "FULL"


def doctor_cards(
    doctors: list[Doctor], offered: list[OfferDay], today: date, words: Words
) -> tuple[views.DoctorCard, ...]:
    """Doctors with slots on these days, each with the first day that has something free."""
    return tuple(
        _doctor_card(one, mine, today, words)
        for one in doctors
        if (mine := [_of_doctor(day, one.id) for day in offered]) and any(d.offers for d in mine)
    )


def _of_doctor(day: OfferDay, doctor_id: str) -> OfferDay:
    return OfferDay(day.date, tuple(o for o in day.offers if o.slot.doctor_id == doctor_id))


def _doctor_card(one: Doctor, mine: list[OfferDay], today: date, words: Words) -> views.DoctorCard:
    best = next((day for day in mine if day.free), None)
    offers = best.offers if best else next(day.offers for day in mine if day.offers)
    slot = next((offer.slot for offer in offers if offer.free), offers[0].slot)
    query = f"?{urlencode({'date': best.date})}" if best else ""
    return views.DoctorCard(
        name=one.name,
        title=one.title,
        good_at=one.specialty,
        fee_fen=slot.fee_fen,
        href=f"{paths.doctor(one.id)}{query}",
        next_open=words.near_date(date.fromisoformat(best.date), today) if best else "",
        remaining=best.free if best else 0,
        expert=slot.clinic_type == EXPERT,
    )


def sessions(
    day: OfferDay | None, unit: Department, chosen: str, words: Words, waits: bool = False
) -> tuple[views.SessionBlock, ...]:
    """The slots of a day by session and room; none when the day has no slots.

    ``waits``: what is full may be waited for.
    """
    blocks: dict[tuple[str, str], list[Offer]] = {}
    for offer in day.offers if day else ():
        blocks.setdefault((offer.slot.session, offer.slot.location), []).append(offer)
    return tuple(_session(offers, unit, chosen, words, waits) for offers in blocks.values())


def _session(
    offers: list[Offer], unit: Department, chosen: str, words: Words, waits: bool
) -> views.SessionBlock:
    first, last = offers[0].slot, offers[-1].slot
    return views.SessionBlock(
        name=words.sessions[first.session],
        span=f"{hours(first.starts_at, first.zone)}–{hours(last.ends_at, last.zone)}",
        room=first.location.removeprefix(unit.location).strip() or first.location,
        slots=tuple(_slot_tile(offer, chosen, words, waits) for offer in offers),
    )


def _slot_tile(offer: Offer, chosen: str, words: Words, waits: bool) -> views.SlotTile:
    slot = offer.slot
    stopped = "STOPPED" if slot.state != "OPEN" else "SHUT"
    return views.SlotTile(
        slot_id=slot.id,
        starts=hours(slot.starts_at, slot.zone),
        when=when(slot, words),
        state=SLOT_STATES.get(offer.state, stopped),
        remaining=offer.free,
        fee_fen=slot.fee_fen,
        chosen=slot.id == chosen and bool(offer.free),
        wait_href=paths.join(slot.id) if waits and offer.state == "full" else "",
    )


def near(
    offers: Iterable[Offer], words: Words, href: Callable[[str], str] = paths.book
) -> tuple[views.NearSlot, ...]:
    """``href``: where a slot is taken, by its id."""
    return tuple(
        views.NearSlot(
            href=href(offer.slot.id),
            when=when(offer.slot, words),
            doctor=offer.slot.doctor,
            remaining=offer.free,
            fee_fen=offer.slot.fee_fen,
        )
        for offer in offers
    )


def when(slot: Slot, words: Words) -> str:
    return words.span(slot.starts_at, slot.ends_at, slot.zone)


def slot_visit(slot: Slot, campus: str, words: Words) -> views.Visit:
    return views.Visit(
        when=when(slot, words),
        doctor=slot.doctor,
        title=slot.title,
        department=slot.department,
        place=place(campus, slot.location),
    )


def place(campus: str, location: str) -> str:
    """滨江院区 门诊楼 3 层 A 区 305 诊室"""
    return f"{campus} {location}".strip()
