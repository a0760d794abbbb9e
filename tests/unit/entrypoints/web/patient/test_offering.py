"""What may be booked, as views."""

from datetime import date

import msgspec

from booking.schedules.model import Offer, OfferDay
from tests.unit.booking.test_slots import slots
from tests.unit.entrypoints.web.patient.things import department, doctor
from wx_backend.entrypoints.web.patient import offering
from wx_backend.entrypoints.web.patient.words import words_in

WORDS = words_in("zh-CN")
TODAY = date(2026, 11, 23)
MADE = [msgspec.structs.replace(slot, location="门诊楼 3 层 A 区 305 诊室") for slot in slots()]


def day(*left: int, on: str = "2026-11-24") -> OfferDay:
    """A day whose slots have so many numbers left; -1 is over."""
    states = {0: "full", -1: "closed"}
    return OfferDay(
        on,
        tuple(
            Offer(msgspec.structs.replace(slot, visit_date=on), states.get(n, "free"), max(n, 0))
            for slot, n in zip(MADE, left, strict=False)
        ),
    )


def test_found_doctors_are_shown_with_their_department() -> None:
    elsewhere = doctor(id="doc2", department_id="dep2")
    [shown] = offering.found_doctors((doctor(), elsewhere), [department()])
    assert (shown.name, shown.department) == (doctor().name, department().name)
    assert shown.href.endswith(doctor().id)


def test_groups_begin_with_all_and_name_each_once() -> None:
    units = [department(), department(id="dep2"), department(id="dep3", group="外科")]
    found = offering.groups(units, "外科", WORDS)
    assert [(one.label, one.current) for one in found] == [
        ("全部", False), ("内科", False), ("外科", True),
    ]  # fmt: skip


def test_a_department_is_full_today_full_or_open() -> None:
    first = day(2).offers[0]
    for offer, today, state in (
        (first, day(1, 0), "OPEN"),
        (first, day(0, 0), "TODAY_FULL"),
        (first, day(-1, -1), "OPEN"),
        (first, OfferDay("2026-11-23", ()), "OPEN"),
        (None, day(0), "FULL"),
    ):
        assert offering.department_row(department(), offer, today).state == state


def test_the_strip_has_every_day_from_today_also_those_without_slots() -> None:
    offered = [day(-1, on="2026-11-23"), day(0, 0), day(0, 1, on="2026-11-26")]
    strip = offering.strip(offered, TODAY, "2026-11-26", "/h5/doctors/doc1", WORDS)
    assert [(one.label, one.number, one.state) for one in strip] == [
        ("今天", "23", "NONE"), ("明天", "24", "FULL"), ("周三", "25", "NONE"),
        ("周四", "26", "OPEN"),
    ]  # fmt: skip
    assert [one.current for one in strip] == [False, False, False, True]
    assert strip[3].href == "/h5/doctors/doc1?date=2026-11-26"


def test_a_doctor_shows_the_first_day_with_something_free() -> None:
    offered = [day(0, 0), day(2, 3, on="2026-11-26")]
    [card] = offering.doctor_cards([doctor()], offered, TODAY, WORDS)
    assert (card.next_open, card.remaining, card.fee_fen, card.expert) == (
        "11月26日", 5, 5000, True,
    )  # fmt: skip
    assert card.href.endswith("?date=2026-11-26")


def test_a_doctor_who_is_full_stays_and_one_without_clinics_does_not() -> None:
    both = [doctor(), doctor(id="doc2")]
    [card] = offering.doctor_cards(both, [day(0, 0)], TODAY, WORDS)
    assert (card.next_open, card.remaining, card.fee_fen) == ("", 0, 5000)


def test_slots_are_grouped_by_session_with_their_room() -> None:
    [block] = offering.sessions(day(5, 0, -1), department(), MADE[0].id, WORDS)
    assert (block.name, block.span, block.room) == ("上午", "08:00–09:30", "305 诊室")
    assert [tile.state for tile in block.slots] == ["OPEN", "FULL", "SHUT"]
    assert [tile.chosen for tile in block.slots] == [True, False, False]
    assert block.slots[0].when == "11月24日 周二 08:00–08:30"


def test_a_stopped_slot_is_not_called_past() -> None:
    stopped = Offer(msgspec.structs.replace(MADE[0], state="STOPPED"), "closed", 0)
    [block] = offering.sessions(OfferDay("2026-11-24", (stopped,)), department(), "", WORDS)
    assert block.slots[0].state == "STOPPED"


def test_a_full_slot_cannot_be_chosen_by_a_link() -> None:
    [block] = offering.sessions(day(0), department(), MADE[0].id, WORDS)
    assert not block.slots[0].chosen


def test_no_day_no_sessions() -> None:
    assert offering.sessions(None, department(), "", WORDS) == ()
