"""Places on the waiting list as views. Pure."""

from datetime import datetime
from math import ceil

from booking.waiting.model import LIFE, Entry
from wx_backend.entrypoints.web.patient import paths, views, waiting_views
from wx_backend.entrypoints.web.patient.offering import place
from wx_backend.entrypoints.web.patient.words import Words


def visit(entry: Entry, campus: str, words: Words) -> views.Visit:
    """What it was asked for; the number that was found may be another slot's."""
    return views.Visit(
        when=words.span(entry.starts_at, entry.ends_at, entry.zone),
        doctor=entry.doctor,
        title="",
        department=entry.department,
        place=place(campus, entry.location),
        patient=entry.patient,
    )


def card(entry: Entry, ahead: int, words: Words) -> waiting_views.EntryCard:
    return waiting_views.EntryCard(
        href=paths.entry(entry.id),
        state=entry.state,
        when=words.span(entry.starts_at, entry.ends_at, entry.zone),
        doctor=entry.doctor,
        department=entry.department,
        patient=entry.patient,
        scope=words.scope(entry.scope, entry.session),
        ahead=ahead,
        until=_until(entry, words),
        asking=entry.asking,
    )


def _until(entry: Entry, words: Words) -> str:
    if entry.state != "OFFERED" or entry.asking or entry.offered_until is None:
        return ""
    return words.deadline(entry.offered_until, entry.zone)


def entry(
    one: Entry, ahead: int, campus: str, now: datetime, words: Words, key: str, error: str
) -> waiting_views.Entry:
    left = 0
    if one.state == "OFFERED" and one.offered_until and not one.asking:
        left = max(0, ceil((one.offered_until - now).total_seconds()))
    return waiting_views.Entry(
        state=one.state,
        visit=visit(one, campus, words),
        scope=words.scope(one.scope, one.session),
        fee_fen=one.fee_fen,
        joined=words.moment(one.joined_at, one.zone),
        closes=words.deadline(one.clears_at, one.zone),
        ahead=ahead,
        idempotency_key=key,
        found=words.moment(one.found_starts_at, one.zone) if one.found_starts_at else "",
        until=_until(one, words),
        serial="" if one.asking else one.serial,
        seconds_left=left,
        pay_href=paths.pay(one.appointment or "") if left and one.fee_fen else "",
        accept_action=paths.accept(one.id) if left and not one.fee_fen else "",
        leave_href=paths.leave(one.id) if one.state in LIFE.sources("leave") else "",
        appointment_href=paths.appointment(one.appointment) if one.appointment else "",
        again_href=paths.day(one.doctor_id, one.visit_date),
        asking=one.asking,
        error=error,
    )
