"""Free slots by day and by time, and what is offered instead of a full one."""

from datetime import UTC, date, datetime, time

import msgspec

from booking.schedules import offers
from booking.schedules.model import slots_of
from booking.schedules.view import Availability
from tests.unit.booking.test_slots import CLINIC

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MONDAY, TUESDAY, THURSDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 26)


def view_with(*changes: dict) -> Availability:
    view = Availability()
    for change in changes:
        clinic = msgspec.structs.replace(CLINIC, ends=time(9), **change)
        for slot in slots_of(clinic, "ins1", 14, time(7)):
            view.put(slot)
    return view


def take_all(view: Availability, doctor: str, on: date) -> None:
    for slot in view.day("dep1", on.isoformat()):
        while slot.doctor_id == doctor and view.take(slot, NOW):
            continue


def said(found: list) -> list[tuple[str, str]]:
    return [(offer.slot.doctor_id, offer.slot.visit_date) for offer in found]


def test_days_are_in_order_and_of_one_doctor_if_asked() -> None:
    view = view_with({"visit_date": THURSDAY}, {"doctor_id": "doc2"})
    assert [day.date for day in offers.days(view, "dep1", NOW)] == ["2026-11-24", "2026-11-26"]
    assert [day.date for day in offers.days(view, "dep1", NOW, "doc2")] == ["2026-11-24"]


def test_numbers_not_released_yet_are_not_shown() -> None:
    view = view_with({"visit_date": date(2026, 12, 24)})
    assert offers.days(view, "dep1", NOW) == []
    assert list(offers.free(view, "dep1", NOW)) == []


def test_a_day_counts_what_is_free() -> None:
    view = view_with({})
    [day] = offers.days(view, "dep1", NOW)
    assert day.free == 10
    take_all(view, "doc1", TUESDAY)
    [day] = offers.days(view, "dep1", NOW)
    assert (day.free, {offer.state for offer in day.offers}) == (0, {"full"})


def test_today_shows_also_what_is_over() -> None:
    view = view_with({"visit_date": MONDAY})
    today = offers.on_day(view, "dep1", "2026-11-23", NOW)
    assert [offer.state for offer in today.offers] == ["closed", "closed"]


def test_the_doctors_next_days_come_before_colleagues() -> None:
    view = view_with(
        {"doctor_id": "doc2"}, {"visit_date": THURSDAY}, {"visit_date": date(2026, 11, 27)}
    )
    assert said(offers.next_free(view, "dep1", "doc1", NOW)) == [
        ("doc1", "2026-11-26"),
        ("doc1", "2026-11-27"),
        ("doc2", "2026-11-24"),
    ]


def test_instead_of_a_full_slot_first_the_same_day_then_later() -> None:
    view = view_with({}, {"visit_date": THURSDAY})
    first, second = view.day("dep1", "2026-11-24")
    while view.take(first, NOW):
        continue
    found = offers.instead(view, first, NOW)
    assert found[0].slot == second
    assert said(found[1:]) == [("doc1", "2026-11-26")]
    assert first.id not in [offer.slot.id for offer in found]
