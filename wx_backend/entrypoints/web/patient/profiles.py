"""What the hospital says of itself, as views: doctors, departments, campuses, sources. Pure."""

from collections.abc import Iterable

from booking.schedules.model import Offer, OfferDay
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.directory.institutions.model import Campus
from wx_backend.entrypoints.web.patient import directory_views, paths, views
from wx_backend.entrypoints.web.patient.offering import place
from wx_backend.entrypoints.web.patient.words import Words
from wx_backend.identity.favourites.model import Kept

SHARED, SCANNED, SIGN = "share", "qr", "sign"
SOURCES = {
    **{name: name for name in (SHARED, SCANNED, SIGN, "menu", "scan")},
    **dict.fromkeys(("singlemessage", "groupmessage", "timeline"), SHARED),
}
"""By the value of ``?from=``: where somebody came from. The last three are what WeChat itself adds
to a page that was passed on.
"""


def lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def doctor_card(one: Doctor, unit: Department, link: str) -> views.Card:
    """``link`` is a whole address."""
    return views.Card(title=f"{one.name} {one.title} · {unit.name}", text=one.specialty, href=link)


def department_card(unit: Department, link: str) -> views.Card:
    return views.Card(title=f"{unit.name} · {unit.campus}", text=unit.hint, href=link)


def clinics(days: Iterable[OfferDay], words: Words) -> tuple[directory_views.ClinicRow, ...]:
    """A doctor's clinics by day, session and room."""
    rows: dict[tuple[str, str, str], list[Offer]] = {}
    for day in days:
        for offer in day.offers:
            key = (day.date, offer.slot.session, offer.slot.location)
            rows.setdefault(key, []).append(offer)
    return tuple(_clinic(offers, words) for offers in rows.values())


def _clinic(offers: list[Offer], words: Words) -> directory_views.ClinicRow:
    first, free = offers[0].slot, sum(offer.free for offer in offers)
    full = any(offer.state == "full" for offer in offers)
    return directory_views.ClinicRow(
        when=words.clinic(first.starts_at, first.session, first.zone),
        place=first.location,
        fee_fen=first.fee_fen,
        state="OPEN" if free else "FULL" if full else "SHUT",
        remaining=free,
        href=paths.day(first.doctor_id, first.visit_date),
    )


def doctor_links(doctors: Iterable[Doctor], units: Iterable[Department]) -> tuple[views.Link, ...]:
    names = {unit.id: unit.name for unit in units}
    return tuple(
        views.Link(
            name=f"{one.name} {one.title}",
            about=names.get(one.department_id, ""),
            href=paths.doctor(one.id),
        )
        for one in doctors
    )


def department_links(units: Iterable[Department]) -> tuple[views.Link, ...]:
    return tuple(
        views.Link(
            name=one.name, about=place(one.campus, one.location), href=paths.department(one.id)
        )
        for one in units
    )


def kept(found: Kept, units: list[Department], error: str = "") -> directory_views.Favourites:
    return directory_views.Favourites(
        doctors=doctor_links(found.doctors, units),
        departments=department_links(found.departments),
        error=error,
    )


def sites(campuses: Iterable[Campus], units: list[Department]) -> tuple[directory_views.Site, ...]:
    """The campus of the first department of lists comes first."""
    order = list(dict.fromkeys(unit.campus_id for unit in units))
    return tuple(
        _site(one, units)
        for one in sorted(
            campuses, key=lambda one: order.index(one.id) if one.id in order else len(order)
        )
    )


def _site(campus: Campus, units: Iterable[Department]) -> directory_views.Site:
    """A campus with its departments by place."""
    by_place: dict[str, list[views.Link]] = {}
    for unit in units:
        if unit.campus_id == campus.id:
            link = views.Link(name=unit.name, about=unit.phone, href=paths.department(unit.id))
            by_place.setdefault(unit.location, []).append(link)
    return directory_views.Site(
        name=campus.name,
        address=campus.address,
        phone=campus.phone,
        hours=campus.hours,
        way=campus.way,
        map_href=campus.map_href,
        floors=tuple(
            directory_views.Floor(place=where, departments=tuple(found))
            for where, found in sorted(by_place.items())
        ),
    )
