"""A department's day as JSON, kept ready: read thousands of times a second, built a few times.

An answer is rebuilt when the view has changed, at most every ``FRESH`` seconds, and at the moment
at which the clock opens or closes one of its slots. Nothing here is exact: the claim is.
"""

import gzip
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from booking.schedules.model import Slot
from booking.schedules.view import Availability

FRESH = timedelta(seconds=0.25)
GZIP_LEVEL = 3
"""32 us and 4.4 KB for a day of 144 slots; level 6 takes 75 us for 4.1 KB."""

NEVER = datetime.max.replace(tzinfo=UTC)


class Page(msgspec.Struct, frozen=True):
    """A ready answer: plain and compressed bytes, and their entity tag.

    ``holds_until`` is when the clock alone makes it wrong.
    """

    plain: bytes
    gzipped: bytes
    etag: str
    revision: int
    built_at: datetime
    holds_until: datetime

    def fits(self, revision: int, now: datetime) -> bool:
        """Whether it may be given out at ``now``, with the view at ``revision``."""
        if self.revision != revision and now - self.built_at >= FRESH:
            return False
        return self.built_at <= now < self.holds_until


def slot_state(view: Availability, slot: Slot, now: datetime) -> tuple[str, int]:
    """(``free`` | ``full`` | ``not_open`` | ``closed``, numbers left to everybody)."""
    if slot.state != "OPEN" or now >= slot.starts_at:
        return "closed", 0
    if now < slot.opens_at:
        return "not_open", 0
    if view.closing(slot).shut(now):
        return "closed", 0
    free = view.free(slot, now)
    return ("free", free) if free else ("full", 0)


def next_turn(view: Availability, slots: Iterable[Slot], now: datetime) -> datetime:
    """When the clock next changes what these slots offer to everybody.

    One opens, closes or starts, or a pool returns; its release concerns only its own people.
    """
    turns = (
        turn
        for slot in slots
        for turn in (
            *(slot.opens_at, slot.starts_at, *view.closing(slot).turns),
            *(pool.return_at for pool in slot.pools),
        )
        if turn > now
    )
    return min(turns, default=NEVER)


def doctors_of_day(
    view: Availability, department_id: str, visit_date: str, now: datetime
) -> list[dict[str, Any]]:
    """Doctors of a department on a date, each with its slots in order."""
    doctors: dict[str, dict[str, Any]] = {}
    for slot in view.day(department_id, visit_date):
        state, free = slot_state(view, slot, now)
        doctor = doctors.setdefault(
            slot.doctor_id,
            {"id": slot.doctor_id, "name": slot.doctor, "title": slot.title, "slots": []},
        )
        doctor["slots"].append(
            {
                "id": slot.id,
                "starts_at": slot.starts_at,
                "ends_at": slot.ends_at,
                "session": slot.session,
                "location": slot.location,
                "fee_fen": slot.fee_fen,
                "state": state,
                "free": free,
            }
        )
    return list(doctors.values())


def day_free(view: Availability, department_id: str, visit_date: str, now: datetime) -> int:
    """Numbers of a department left to everybody on a date."""
    return sum(slot_state(view, slot, now)[1] for slot in view.day(department_id, visit_date))


class Board:
    """Ready answers by (department, date)."""

    def __init__(self, view: Availability):
        self._view = view
        self._pages: dict[tuple[str, str], Page] = {}

    def kept(self, department_id: str, visit_date: str, now: datetime) -> Page | None:
        """The answer that is at hand for this date, if it may still be given out."""
        key = (department_id, visit_date)
        page = self._pages.get(key)
        return page if page and page.fits(self._view.revisions.get(key, 0), now) else None

    def page(self, department_id: str, visit_date: str, now: datetime) -> Page:
        """The answer for a department's date; unknown ones are an empty list."""
        if kept := self.kept(department_id, visit_date, now):
            return kept
        key = (department_id, visit_date)
        revision = self._view.revisions.get(key, 0)
        page = self._build(key, revision, now)
        if revision:
            self._pages[key] = page
        return page

    def _build(self, key: tuple[str, str], revision: int, now: datetime) -> Page:
        doctors = doctors_of_day(self._view, *key, now)
        plain = msgspec.json.encode({"date": key[1], "doctors": doctors})
        return Page(
            plain=plain,
            gzipped=gzip.compress(plain, GZIP_LEVEL, mtime=0),
            etag=f'"{hashlib.sha256(plain).hexdigest()[:20]}"',
            revision=revision,
            built_at=now,
            holds_until=next_turn(self._view, self._view.day(*key), now),
        )

    def forget_before(self, visit_date: str) -> None:
        for key in [key for key in self._pages if key[1] < visit_date]:
            del self._pages[key]
