"""Appointments and their money as views. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from math import ceil

from booking.appointments.model import LIFE, SEATED, Appointment
from booking.payments.model import (
    ALIPAY,
    ALIPAY_PAY,
    ALIPAY_WAP,
    H5,
    JSAPI,
    WECHAT_PAY,
    Order,
    platform_of,
)
from wx_backend.entrypoints.web.patient import account_views, paths, views
from wx_backend.entrypoints.web.patient.offering import place
from wx_backend.entrypoints.web.patient.words import Words

NO_ORDER = {"HELD": "OPEN", "EXPIRED": "LAPSED", "CANCELLED": "CLOSED"}
"""What the money of an appointment says that nobody began to pay."""

GIVES_BACK = frozenset({"CANCELLED", "STOPPED"})
TABS: dict[str, frozenset[str] | None] = {
    "": None,
    "unpaid": frozenset({"HELD"}),
    "coming": SEATED - {"HELD"},
    "ended": LIFE.states - SEATED,
}
"""States by tab of the list: the values of ``show``."""


def visit(appointment: Appointment, campus: str, words: Words) -> views.Visit:
    return views.Visit(
        when=words.span(appointment.starts_at, appointment.ends_at, appointment.zone),
        doctor=appointment.doctor,
        title=appointment.title,
        department=appointment.department,
        place=place(campus, appointment.location),
        patient=appointment.patient,
    )


def gives_back(appointment: Appointment) -> bool:
    """Whatever was paid for it goes back, from the moment it ended."""
    return appointment.state in GIVES_BACK or appointment.rescue == "refund"


def order_state(appointment: Appointment, order: str | None) -> str:
    """``order`` is its order's state, None without one; empty when nothing is to be paid."""
    if not appointment.fee_fen:
        return ""
    if order == "PAID" and gives_back(appointment):
        return "REFUNDING"
    return order or NO_ORDER.get(appointment.state, "")


def serial(appointment: Appointment) -> str:
    """Shown once the number is the patient's own."""
    return appointment.serial if appointment.state in SEATED - {"HELD"} else ""


def card(
    appointment: Appointment, order: str | None, campus: str, words: Words
) -> views.AppointmentCard:
    return views.AppointmentCard(
        href=paths.appointment(appointment.id),
        state=appointment.state,
        visit=visit(appointment, campus, words),
        serial=serial(appointment),
        order_state=order_state(appointment, order),
    )


def unpaid_first(appointments: list[Appointment]) -> list[Appointment]:
    return sorted(appointments, key=lambda one: (one.state != "HELD", one.starts_at))


def number(appointment: Appointment) -> str:
    """What to say on the phone: the end of its id, in groups of four."""
    tail = appointment.id[-12:].upper()
    return " ".join(tail[at : at + 4] for at in range(0, 12, 4))


def arrive_by(appointment: Appointment, minutes: int, words: Words) -> str:
    return words.arrive(appointment.starts_at - timedelta(minutes=minutes), appointment.zone)


def seconds_left(appointment: Appointment, now: datetime) -> int:
    """Of a hold; 0 for anything else and for one that has run out."""
    if appointment.state != "HELD":
        return 0
    return max(0, ceil((appointment.expires_at - now).total_seconds()))


def expires_at(appointment: Appointment, now: datetime, words: Words) -> str:
    """A number from the waiting list may be kept until tomorrow."""
    return words.until(appointment.expires_at, now, appointment.zone)


def reason(appointment: Appointment, words: Words) -> str:
    """Why it ended without the patient's doing."""
    if appointment.rescue == "refund":
        return words.unseated
    if appointment.ended_by == "his":
        return words.counter
    return words.stopped if appointment.state == "STOPPED" else ""


def again(appointment: Appointment) -> str:
    """Where to book once more; nowhere while it stands, or has become another."""
    over = appointment.state not in SEATED and not appointment.moved_to
    return paths.doctor(appointment.doctor_id) if over else ""


def tabs(chosen: str, words: Words) -> tuple[views.Choice, ...]:
    """Of the list of appointments; the last one is the waiting list, a page of its own."""
    listed = (
        views.Choice(
            label=words.tabs[name],
            href=f"{paths.APPOINTMENTS}{f'?show={name}' if name else ''}",
            current=name == chosen,
        )
        for name in TABS
    )
    waiting = views.Choice(
        label=words.waiting_tab, href=paths.WAITING, current=chosen == paths.WAITING
    )
    return (*listed, waiting)


LOOKS = {WECHAT_PAY: "wechat", ALIPAY_PAY: "alipay"}
OFFERED = {"wechat": (JSAPI,), "alipay": (ALIPAY,), "": (H5, ALIPAY_WAP)}
"""Methods by app: an app opens its own pay sheet and not the other's page; any other browser opens
the page of either.
"""


def methods(app: str, platforms: Collection[str], words: Words) -> tuple[views.PayMethod, ...]:
    """What can be paid with here.

    Args:
        app: inside whose app the page is open; empty for another browser.
        platforms: those with which the hospital has an account.
    """
    found = [code for code in OFFERED[app] if platform_of(code) in platforms]
    return tuple(
        views.PayMethod(
            code=code,
            name=words.platforms[platform_of(code)],
            look=LOOKS[platform_of(code)],
            chosen=code == found[0],
        )
        for code in found
    )


def refund(
    appointment: Appointment, order: Order | None, words: Words
) -> account_views.Refund | None:
    """Money on its way back, all refunds of the order taken together."""
    if order is None:
        return None
    refunds, zone = list(order.ledger().refunds.values()), appointment.zone
    if not refunds:
        return (
            _due_back(order, words) if order.state == "PAID" and gives_back(appointment) else None
        )
    waiting = [one for one in refunds if one.state != "SUCCEEDED"]
    asked, accepted, arrived = (
        words.moment(at, zone) if (at := _first(order, kind)) else ""
        for kind in ("refund_requested", "refund_accepted", "refund_succeeded")
    )
    return account_views.Refund(
        amount_fen=sum(one.fen for one in refunds),
        state=(waiting or refunds)[0].state,
        steps=(
            _step(words.refund_asked, asked),
            _step(words.refund_sent, accepted or arrived),
            _step(words.refund_arrived, "" if waiting else arrived),
        ),
    )


def _due_back(order: Order, words: Words) -> account_views.Refund:
    labels = (words.refund_asked, words.refund_sent, words.refund_arrived)
    return account_views.Refund(
        amount_fen=order.ledger().kept_fen,
        state="REQUESTED",
        steps=tuple(_step(label, "") for label in labels),
    )


def _first(order: Order, kind: str) -> datetime | None:
    return next((entry.at for entry in order.entries if entry.kind == kind), None)


def _step(label: str, when: str) -> account_views.Step:
    return account_views.Step(label=label, when=when, done=bool(when))
