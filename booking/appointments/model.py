"""Appointments: states, transitions and refusals. Pure. State names are fixed in the glossary."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from booking.schedules.model import Slot, Visit
from wx_backend.base import clock
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.machine import Machine

SEATED = frozenset({"HELD", "BOOKED", "CHECKED_IN", "IN_VISIT"})
"""States in which an appointment owns its number."""

GIVEN_BACK = frozenset({"EXPIRED", "CANCELLED", "STOPPED"})
"""Ends after which whatever was paid goes back; a missed or finished visit is not among them."""

WAITING_ID = "apw"
"""Prefix of the ids of appointments that the waiting list makes; others begin with ``apt``."""

PATIENT_GAVE_UP = "患者取消预约"
NOT_BOOKED_THERE = "医院系统未能入账"
NO_PLACE_LEFT = "支付成功时号源已满"
CLINIC_STOPPED = "医院停诊"
GONE_AT_COUNTER = "该号已在医院窗口挂出"
CHEAPER = "改约到费用较低的号"
HOSPITAL_CANCELLED = "医院取消预约"
"""Reasons of refunds, as the patient reads them."""

LIFE = Machine(
    name="appointment",
    states=frozenset(
        {
            "HELD",
            "BOOKED",
            "CHECKED_IN",
            "IN_VISIT",
            "DONE",
            "EXPIRED",
            "CANCELLED",
            "NO_SHOW",
            "RESCHEDULED",
            "STOPPED",
        }
    ),
    initial="HELD",
    transitions={
        ("HELD", "seat"): "BOOKED",
        ("HELD", "expire"): "EXPIRED",
        ("HELD", "cancel"): "CANCELLED",
        ("HELD", "stop"): "STOPPED",
        # The HIS that owns the number has given it to somebody else.
        ("HELD", "refuse"): "CANCELLED",
        ("BOOKED", "refuse"): "CANCELLED",
        # A payment that came after the hold had expired: seated again while a number is free.
        ("EXPIRED", "reseat"): "BOOKED",
        ("BOOKED", "cancel"): "CANCELLED",
        ("BOOKED", "stop"): "STOPPED",
        ("BOOKED", "reschedule"): "RESCHEDULED",
        ("BOOKED", "check_in"): "CHECKED_IN",
        ("BOOKED", "miss"): "NO_SHOW",
        ("CHECKED_IN", "call"): "IN_VISIT",
        ("CHECKED_IN", "stop"): "STOPPED",
        ("CHECKED_IN", "reschedule"): "RESCHEDULED",
        ("IN_VISIT", "finish"): "DONE",
    },
    terminal=frozenset({"DONE", "CANCELLED", "NO_SHOW", "RESCHEDULED", "STOPPED"}),
)


class LimitReached(AppError):
    """``limit``: which one (a key of ``limits.WORDS``)."""

    code, status, message = "limit_reached", 409, "已达到预约次数上限"


class AgeNotSeen(AppError):
    """The department sees other ages: ``least`` and ``most`` in years, None without limit."""

    code, status, message = "age_not_seen", 409, "就诊人年龄不在该科室接诊范围内"


class SymptomsNotSaid(AppError):
    """``symptoms``: the words that the patient is asked about."""

    code, status, message = "symptoms_not_said", 422, "请先回答就诊人现在有没有所列症状"


class FeverClinic(AppError):
    """The patient has what the symptom screen asks for."""

    code, status, message = (
        "fever_clinic",
        409,
        "请戴好口罩到医院发热门诊就诊，有发热等症状不能预约本门诊。"
        "呼吸困难或病情危急请立即拨打 120。本次没有预约，也没有收费，已有的预约不变",
    )


class AccountTooNew(AppError):
    """``until``: from when on the account may have hot numbers (UTC)."""

    code, status, message = (
        "account_too_new",
        409,
        "新注册的账号暂不能预约热门号，请稍后再试或到门诊窗口预约",
    )


class CancelTooLate(AppError):
    """``until``: the deadline that has passed (UTC)."""

    code, status, message = "cancel_too_late", 409, "已过可在线退号的时间，请联系医院窗口"


class CheckInTooEarly(AppError):
    """``opens_at``: from when on the patient is waited for (UTC)."""

    code, status, message = "check_in_too_early", 409, "还没有到报到时间"


class NumberNotLocked(AppError):
    """The HIS that owns the number has not said yet that it is the patient's."""

    code, status, message = "number_not_locked", 409, "正在向医院确认号源，确认后即可支付"


class RescheduleTooLate(AppError):
    """``until``: the deadline that has passed (UTC); the same as for cancelling."""

    code, status, message = "reschedule_too_late", 409, "已过可在线改约的时间，请联系医院窗口"


class RescheduleLimit(AppError):
    """``most``: how often a booking may be moved by its patient."""

    code, status, message = "reschedule_limit", 409, "该预约的改约次数已用完，可退号后重新预约"


class OtherDepartment(AppError):
    code, status, message = "other_department", 409, "只能改约到同一科室，请退号后重新预约"


class OtherFee(AppError):
    """``fee_fen`` of the booking, ``asked_fen`` of the other time."""

    code, status, message = "other_fee", 409, "所选时间的诊查费不同，请退号后重新预约"


class NumberGone(AppError):
    """The HIS that owns the other number has given it to somebody else."""

    code, status, message = "number_gone", 409, "该号刚被医院窗口挂出，原预约不变，请另选时间"


class NumberUnconfirmed(AppError):
    """The HIS that owns the other number has not answered."""

    code, status, message = (
        "number_unconfirmed",
        409,
        "医院系统暂未确认新的号，原预约不变，请稍后再试",
    )


class SameSlot(AppError):
    code, status, message = "same_slot", 409, "所选时间与原预约相同"


class HoldExpired(AppError):
    code, status, message = "hold_expired", 409, "占号已超时，号源已释放，请重新选择"


class Hold(msgspec.Struct, frozen=True):
    """The command: hold a number of ``slot`` for ``patient``."""

    slot: str
    patient: str


class Reschedule(Hold, frozen=True):
    """The command: instead of ``appointment`` a number of ``slot``, for the same ``patient``."""

    appointment: str


class DeskHold(Hold, frozen=True):
    """The command of a member of staff for somebody who is there.

    ``binding``: whose phone shows the number and may pay; empty for nobody's. ``beyond``: why more
    than the limits allow; empty: within them.
    """

    binding: str = ""
    beyond: str = ""


class Given(msgspec.Struct, frozen=True):
    """A number found for a patient: which, until when it waits to be taken, or ``booked`` at once.

    ``key`` makes it single-use; ``patient`` is masked for display.
    """

    patient_id: str
    patient: str
    number: int
    key: str
    expires_at: datetime
    booked: bool = False
    contact: str = ""
    no_symptoms_at: datetime | None = None


class Appointment(Visit, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One claim on one number. Times are UTC, money is fen; ``patient`` is masked for display.

    Campus and clinic type are empty in what was stored before they were copied from the slot.
    """

    id: str
    slot: str
    number: int
    state: str
    version: int
    account: str
    channel: str | None
    patient_id: str
    patient: str
    campus_id: str = ""
    clinic_type: str = ""
    serial: str
    expires_at: datetime
    request: str
    key: str
    created_at: datetime
    ended_by: str | None = None
    rescue: str | None = None
    """After a late payment: ``seated``, ``moved`` (another number) or ``refund``."""
    paid_with: str = ""
    """The appointment whose order has paid for this one too; empty: its own order."""
    moves: int = 0
    """How often its patient has taken another time, counted through the appointments before it."""
    booked_by: str = ""
    """The member of staff who gave it out at the desk; empty: the patient has."""
    why: str = ""
    """What the staff wrote who cancelled it."""
    moved_to: str = ""
    """Of a rescheduled one: the appointment it has become."""
    kept_for: str = ""
    """While HELD for somebody who may take it, and is not in anybody's list: what for."""
    contact: str = ""
    """Blind key of the patient's number to call."""
    origin: tuple[str, ...] = ()
    """Keyed hashes of where it was held, and given back, from."""
    source: str = ""
    """Who owns the number: empty for us, ``HIS``; as it was when it was claimed."""
    no_symptoms_at: datetime | None = None
    """When the patient declared to have none of the symptoms asked for; None: was not asked."""
    returns_at: datetime | None = None
    """Of an ended one: until then its number is kept for who waits, and offered to nobody else."""

    @property
    def purpose(self) -> dict[str, str]:
        """What the order that pays for it says it is for."""
        return purpose_of(self.paid_with or self.id)

    def facts(self, **more: Any) -> dict[str, Any]:
        """What its events and messages carry."""
        return {
            "appointment": self.id,
            "account": self.account,
            "patient": self.patient,
            "department": self.department,
            "doctor": self.doctor,
            "location": self.location,
            "starts_at": self.starts_at,
            "visit_date": self.visit_date,
            "serial": self.serial,
            "fee_fen": self.fee_fen,
            **more,
        }


def place_in(slot: Slot) -> dict[str, Any]:
    """What an appointment says of the slot that it is in, by name; without a number yet."""
    return {"slot": slot.id, "number": 0, "serial": "", **slot.visit}


def purpose_of(appointment_id: str) -> dict[str, str]:
    """What an order for this appointment is for."""
    return {"kind": "appointment", "id": appointment_id}


def from_waiting(appointment_id: str) -> bool:
    """Whether the waiting list has made it for somebody: told by its id, without a look."""
    return appointment_id.startswith(WAITING_ID)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What staff look for: visit dates (``2026-11-24``) from ``first`` to ``last``, and whatever
    else is given. ``who``: identity, phone or record number; ``doctor``: a part of the name.
    """

    first: str = ""
    last: str = ""
    department: str = ""
    doctor: str = ""
    state: str = ""
    name: str = ""
    who: str = ""


class Page(msgspec.Struct, frozen=True):
    """``cursor`` asks for what comes after ``items``; empty when that is nothing."""

    items: list[Appointment]
    cursor: str


def write_cursor(last: Appointment) -> str:
    """``<milliseconds of the start>.<id>``: several may start at the same moment."""
    return f"{int(last.starts_at.timestamp() * 1000)}.{last.id}"


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Start and id. Raises Invalid."""
    at, _, key = cursor.partition(".")
    try:
        return datetime.fromtimestamp(int(at) / 1000, UTC), key
    except (ValueError, OverflowError, OSError):
        raise Invalid(fields={"cursor": "无效的翻页位置"}) from None


def check_age(years: int, least: int, most: int | None) -> None:
    """Raises AgeNotSeen (clinical table 3.2: minimum age per department)."""
    if years < least or (most is not None and years > most):
        raise AgeNotSeen(least=least, most=most)


def cancel_deadline(visit: Visit, days_before: int, until: str) -> datetime:
    """Until when a patient may cancel: ``until`` (``HH:MM`` or ``24:00``), so many local days
    before the visit date. Default of clinical table 3.2: the day before, 24:00.
    """
    hours, minutes = (int(part) for part in until.split(":"))
    last_day = date.fromisoformat(visit.visit_date) - timedelta(days=days_before)
    midnight = clock.local_midnight(last_day, visit.zone)
    return midnight + timedelta(hours=hours, minutes=minutes)
