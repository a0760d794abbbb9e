"""Slots and their numbers: what may be offered to whom, and when. Pure.

A slot is at most 30 minutes of a doctor's clinic (Beijing outpatient norm 2023, art. 10). Its
places are the numbers 1..capacity; pools are ranges of numbers opened to someone at a release time
and to everybody at a return time, judged at the moment of the claim, so nothing has to run when a
pool opens or returns. Extra numbers (加号) lie above ``EXTRA`` and never return to anybody else.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from wx_backend.base import clock, ids
from wx_backend.base.errors import AppError

PUBLIC = "public"
EVERYBODY = frozenset({PUBLIC})
SESSIONS = {"AM": "上午", "PM": "下午", "NIGHT": "晚间"}
SERIAL_LETTER = {"AM": "A", "PM": "P", "NIGHT": "N"}
SLOT_LIMIT = timedelta(minutes=30)
POOLS = {"referral": "转诊", "onsite": "现场", "revisit": "复诊"}
"""Kept for referred patients, for the elderly and who comes in person (Beijing outpatient norm
2023, art. 10), and for who is asked by the doctor to come again."""

SERVED = {
    "referral": frozenset({"referral_office"}),
    "onsite": frozenset({"nurse", "outpatient_office", "customer_service"}),
    "revisit": frozenset({"doctor"}),
}
"""By pool, the roles of staff who give its numbers out."""

COUNTER = "counter"
"""The pool of numbers that a HIS which owns them has given out itself: nobody gets one here."""

EXTRA = 100
"""Extra numbers are 101, 102, …: the first, second, … of the schedule."""


class SlotFull(AppError):
    """``nearest``: up to three free slots of the same doctor or department."""

    code, status, message = "slot_full", 409, "该时段已约满"


class SlotClosed(AppError):
    code, status, message = "slot_closed", 409, "该时段已停止预约"


class SlotNotOpenYet(AppError):
    """``opens_at``: when its numbers are released (UTC)."""

    code, status, message = "slot_not_open_yet", 409, "该时段尚未放号"


class NextDayClosed(AppError):
    """``opens_at``: when what is left is for the day itself (UTC)."""

    code, status, message = "next_day_closed", 409, "次日号已截止预约，剩余号源请在就诊当日预约"


class SameDayClosed(AppError):
    code, status, message = "same_day_closed", 409, "该时段的当日号已截止预约"


class Pool(msgspec.Struct, frozen=True):
    """Numbers ``first``..``last`` kept for ``name`` until ``return_at`` (UTC); then public.

    ``release_at``: when its own people may take them; None: together with the slot's other numbers.
    """

    name: str
    first: int
    last: int
    return_at: datetime
    release_at: datetime | None = None

    def mask(self) -> int:
        return ((1 << (self.last - self.first + 1)) - 1) << (self.first - 1)


def extra_pool(patient_id: str) -> str:
    """The pool of a patient's own extra number."""
    return f"extra:{patient_id}"


def pools_open_to(patient_id: str, roles: Iterable[str], elder: bool) -> frozenset[str]:
    """The pools from which a number may be claimed for this patient.

    Args:
        roles: of the member of staff who claims; empty when the patient does it.
        elder: old enough for the numbers kept for the elderly.
    """
    given = {pool for pool, served in SERVED.items() if served & set(roles)}
    return EVERYBODY | given | {extra_pool(patient_id)} | ({"onsite"} if elder else set())


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the hospital something takes place, as parameters know places."""

    campus_id: str
    department_id: str
    clinic_type: str
    doctor_id: str

    @property
    def scopes(self) -> dict[str, str]:
        """By level, what a parameter may be set for."""
        return {
            "campus": self.campus_id,
            "department": self.department_id,
            "clinic_type": self.clinic_type,
            "doctor": self.doctor_id,
        }


class Clinic(Placed, frozen=True, kw_only=True):
    """One doctor's clinic on one date: the source of a run of slots.

    ``begins`` and ``ends`` are wall-clock times of the campus; a night clinic may end after
    midnight and still belongs to ``visit_date``. ``fee_fen`` is the consultation fee in fen.
    ``instead_of`` is the doctor whose session it was planned as (替诊): its slots stay the same
    slots. ``schedule`` is the session as the timetable knows it; empty for one made by hand.
    """

    department: str
    doctor: str
    title: str
    location: str
    visit_date: date
    session: str
    begins: time
    ends: time
    slot_minutes: int
    capacity: int
    fee_fen: int
    zone: str = clock.HOSPITAL_ZONE
    pools: tuple[Pool, ...] = ()
    instead_of: str = ""
    schedule: str = ""


class Visit(Placed, frozen=True, kw_only=True):
    """Whom a patient sees, where, when and for how much (fen): what a slot and a booking of it have
    in common. Times are UTC.
    """

    inst: str
    department: str
    doctor: str
    title: str
    location: str
    visit_date: str
    session: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    fee_fen: int

    @property
    def visit(self) -> dict[str, Any]:
        """These facts by name, to be copied."""
        return {name: getattr(self, name) for name in Visit.__struct_fields__}


class Slot(Visit, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One slot as stored. ``first_serial`` is the serial number of its first place.

    ``state``: OPEN, CLOSED (停诊) or WITHDRAWN (no longer planned).
    """

    id: str
    opens_at: datetime
    capacity: int
    first_serial: int
    state: str = "OPEN"
    pools: tuple[Pool, ...] = ()
    schedule: str = ""
    version: int = 1

    @property
    def extras(self) -> tuple[Pool, ...]:
        """The extra numbers granted in it."""
        return tuple(pool for pool in self.pools if pool.first > EXTRA)

    @property
    def added(self) -> tuple[Pool, ...]:
        """What no timetable plans: extra numbers, and those gone over the HIS's own counter."""
        return tuple(pool for pool in self.pools if pool.first > EXTRA or pool.name == COUNTER)

    @property
    def places(self) -> int:
        """How many numbers there are, extra ones included."""
        return self.capacity + len(self.extras)

    def serial(self, number: int) -> str:
        """What the patient reads, e.g. ``A012``: session letter and place in the clinic.

        ``A加02`` for the second extra number of the session.
        """
        letter = SERIAL_LETTER[self.session]
        if number > EXTRA:
            return f"{letter}加{number - EXTRA:02d}"
        return f"{letter}{self.first_serial + number - 1:03d}"

    def offered(self, pools: frozenset[str], now: datetime) -> int:
        """Bit mask of the numbers open to a caller with ``pools`` at ``now``.

        Numbers outside the pools are there; whether the slot is open at all is ``check_open``'s
        business.
        """
        mask = (1 << self.capacity) - 1
        for pool in self.pools:
            if now >= pool.return_at:
                continue
            if pool.name in pools and (pool.release_at is None or now >= pool.release_at):
                mask |= pool.mask()
            else:
                mask &= ~pool.mask()
        return mask

    def check_open(self, now: datetime) -> None:
        """Raises SlotClosed or SlotNotOpenYet unless a number may be claimed at ``now``."""
        if self.state != "OPEN" or now >= self.starts_at:
            raise SlotClosed()
        if now < self.opens_at:
            raise SlotNotOpenYet(opens_at=self.opens_at)


class Offer(msgspec.Struct, frozen=True):
    """A slot now: ``state`` is free, full, not_open or closed; ``free`` numbers for everybody."""

    slot: Slot
    state: str
    free: int


class OfferDay(msgspec.Struct, frozen=True):
    """The slots of one visit date (``2026-11-24``), by start."""

    date: str
    offers: tuple[Offer, ...]

    @property
    def free(self) -> int:
        return sum(offer.free for offer in self.offers)


def slots_of(clinic: Clinic, inst: str, window_days: int, release: time) -> list[Slot]:
    """The clinic cut into slots. Ids are derived from (doctor, start): cutting twice adds nothing.

    Numbers are released ``window_days`` before the visit date at the wall-clock time ``release``
    (clinical table 3.2: window and release time).

    Raises:
        ValueError: slots longer than 30 minutes, or none at all.
    """
    step = timedelta(minutes=clinic.slot_minutes)
    if not timedelta(0) < step <= SLOT_LIMIT:
        raise ValueError("a slot lasts from 1 to 30 minutes")
    zone = ZoneInfo(clinic.zone)
    begins = datetime.combine(clinic.visit_date, clinic.begins, zone)
    ends = datetime.combine(clinic.visit_date, clinic.ends, zone)
    if ends <= begins:
        ends += timedelta(days=1)
    opens = datetime.combine(clinic.visit_date - timedelta(days=window_days), release, zone)
    count = (ends - begins) // step
    if not count:
        raise ValueError("the clinic is shorter than one slot")
    return [
        _slot(clinic, inst, index, begins + index * step, step, opens) for index in range(count)
    ]


def _slot(
    clinic: Clinic, inst: str, index: int, start: datetime, step: timedelta, opens: datetime
) -> Slot:
    return Slot(
        id=ids.derive("slot", inst, clinic.instead_of or clinic.doctor_id, start.isoformat()),
        inst=inst,
        department_id=clinic.department_id,
        department=clinic.department,
        doctor_id=clinic.doctor_id,
        doctor=clinic.doctor,
        title=clinic.title,
        campus_id=clinic.campus_id,
        location=clinic.location,
        visit_date=clinic.visit_date.isoformat(),
        session=clinic.session,
        zone=clinic.zone,
        starts_at=start.astimezone(UTC),
        ends_at=(start + step).astimezone(UTC),
        opens_at=opens.astimezone(UTC),
        capacity=clinic.capacity,
        first_serial=index * clinic.capacity + 1,
        fee_fen=clinic.fee_fen,
        clinic_type=clinic.clinic_type,
        pools=clinic.pools,
        schedule=clinic.schedule,
    )
