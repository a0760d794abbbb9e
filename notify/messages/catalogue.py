"""What people are told: ONE table event -> audience -> template -> channels -> grade.

An event that tells nobody says so here with its reason; tests/house refuses an event without a row.
The words are in ``templates/``. docs/messages.md shows this table.
"""

import msgspec

from notify.messages.model import (
    ALIPAY,
    ALIPAY_MINI,
    SMS,
    WECHAT,
    WECHAT_MINI,
    WECOM,
    Grade,
)

STAFF = "members"
"""The audience of what staff are told: member ids."""

APPS = (WECHAT, WECHAT_MINI, ALIPAY, ALIPAY_MINI)
"""What costs nothing, tried first."""


class Told(msgspec.Struct, frozen=True):
    """``event`` is told to the account(s) or members named by ``audience`` in its data.

    Args:
        template: name of the words in ``templates/``.
        channels: tried in this order until one takes it; the message centre always shows it. Texts
            (``sms``) are only for what must reach somebody.
        widened_by: the parameter that lets the card show values.
        many: the words, with ``n``, of one card that stands for several messages to one member.
        must_reach: somebody would come for nothing or miss something: no mute holds it back, and
            a person is asked to ring when no channel reaches them.
    """

    event: str
    template: str
    audience: str = "account"
    channels: tuple[str, ...] = APPS
    grade: Grade = Grade.NORMAL
    widened_by: str = ""
    many: str = ""
    must_reach: bool = False

    @property
    def to_staff(self) -> bool:
        return self.audience == STAFF


class Silent(msgspec.Struct, frozen=True):
    """Nobody is told of ``event``, and why."""

    event: str
    reason: str


def _alert(event: str, template: str, many: str = "") -> Told:
    """A card for staff about a critical value; the value itself is on the page, unless the hospital
    has widened the card (quality.md: values only on the page).
    """
    return Told(
        event,
        template,
        audience=STAFF,
        channels=(WECOM,),
        grade=Grade.CRITICAL,
        widened_by="critical.card_shows_value",
        many=many,
    )


def _must(event: str, template: str, audience: str = "account") -> Told:
    """What somebody has to know: by text where no app brings it, and then by a person."""
    return Told(event, template, audience, channels=(*APPS, SMS), must_reach=True)


CATALOGUE: tuple[Told | Silent, ...] = (
    Told("appointment.booked", "appointment_booked"),
    _must("appointment.reseated", "appointment_reseated"),
    _must("appointment.unseated", "appointment_unseated"),
    _must("appointment.cancelled", "appointment_cancelled"),
    _must("appointment.amended", "appointment_amended"),
    Told("appointment.expired", "appointment_expired", grade=Grade.INFO),
    Told("appointment.coming", "appointment_coming"),
    _must("waiting.offered", "waiting_offered"),
    Told("waiting.assigned", "waiting_assigned"),
    Told("waiting.put_back", "waiting_put_back"),
    Told("waiting.expired", "waiting_expired"),
    Told("waiting.cleared", "waiting_cleared"),
    _must("appointment.moved", "appointment_moved"),
    _must("appointment.to_pay", "appointment_to_pay"),
    Told("appointment.rebooked", "appointment_rebooked"),
    _must("appointment.stopped", "appointment_stopped"),
    _must("appointment.refused", "appointment_refused"),
    Silent("appointment.offer_refused", "the waiting list tells who had heard of the offer"),
    Silent("appointment.claimed", "who owns the number is asked; the page shows it"),
    Silent("number.locked", "the appointment tells what follows"),
    Silent("number.refused", "the appointment tells what follows"),
    Silent("appointment.rescheduled", "told by the appointment it became"),
    Silent("appointment.checked_in", "the patient is here and sees it on the screen"),
    Silent("appointment.missed", "the patient was not there; what follows is told by itself"),
    Silent("appointment.released", "a place kept for somebody; they were told until when"),
    _must("stop.asked", "stop_asked"),
    _must("stop.reopened", "stop_reopened"),
    Silent("stop.call_due", "the call list shows it"),
    Silent("stop.called", "somebody has spoken to the patient, or tried to"),
    Silent("stop.answered", "what follows is told by the appointment"),
    Silent("stop.settled", "the appointment tells what has become of it"),
    Silent("stop.dropped", "the patient did it and sees it on the screen"),
    Silent("restriction.proposed", "nobody has decided yet; the work list shows it"),
    Silent("restriction.declined", "nothing has changed for anybody"),
    _must("restriction.imposed", "restriction_imposed", "accounts"),
    Silent("restriction.appealed", "the work list shows it; the patient sees it on the screen"),
    _must("restriction.upheld", "restriction_upheld", "accounts"),
    _must("restriction.lifted", "restriction_lifted", "accounts"),
    Told("restriction.expired", "restriction_expired", audience="accounts", grade=Grade.INFO),
    Silent("schedule.changed", "who has booked hears of it by appointment.amended"),
    Silent("schedule.closed", "who has booked hears of it by stop.asked"),
    Silent("schedule.reopened", "numbers are there again; nobody waits for a message"),
    Silent("schedule.substituted", "who has booked hears of it by appointment.amended"),
    Silent("schedule.withdrawn", "nobody had booked it"),
    Silent("schedule.extra_given", "the patient is there and is told by the staff"),
    Silent("template.made", "kept for the audit"),
    Silent("deviation.made", "kept for the audit; what follows from it is told by itself"),
    Silent("calendar.decided", "kept for the audit"),
    Told("account.closing_asked", "account_closing_asked"),
    Told("account.closing_held", "account_closing_held"),
    Silent("account.closing_withdrawn", "the person did it and sees it on the screen"),
    Silent("account.closed", "nobody is left to be told"),
    Silent("account.parted", "both sign in anew and see their own; the desk has told them"),
    Silent("account.merged", "one person signed in two ways; nothing happened to anybody"),
    Silent("binding.added", "the account did it and sees it on the screen"),
    Silent("binding.removed", "the account did it and sees it on the screen"),
    Told("binding.came_of_age", "binding_came_of_age", audience="accounts"),
    Told("binding.reading_changed", "binding_reading_changed"),
    Silent("binding.verified", "the account is present and sees it on the screen"),
    Silent("payment.succeeded", "the appointment's own event tells what the money has bought"),
    Told("payment.refunded", "payment_refunded"),
    Silent("payment.fund_changed", "who pays sees it; what the money has bought tells the rest"),
    Silent("posting.done", "the hospital's own books; what was paid for tells what follows"),
    Silent("posting.failed", "the work list shows it"),
    Silent("posting.giving_back", "the refund is told when it has arrived"),
    Silent("posting.returned", "the refund was told by itself"),
    Silent("posting.settled", "staff have seen to it"),
    Silent("encounter.changed", "the HIS tells us where somebody is; that person knows"),
    Silent("chart.merged", "two records of one person; nothing happened to anybody"),
    Silent("report.filed", "told when it is released to the patient, not when it is filed"),
    Silent("report.corrected", "told by whoever treats the patient, who hears of it first"),
    Silent("report.critical_found", "alerts to clinicians are the business of notify/critical"),
    _alert("critical.raised", "critical_raised", many="critical_many"),
    _alert("critical.escalated", "critical_escalated", many="critical_many"),
    _alert("critical.transferred", "critical_transferred", many="critical_many"),
    _alert("critical.recalled", "critical_recalled"),
    _alert("critical.recall_unheard", "critical_recall_unheard"),
    _alert("critical.handover_offered", "critical_handover_offered"),
    _alert("critical.handover_declined", "critical_handover_declined"),
    Told("critical.handover_accepted", "critical_handover_accepted", STAFF, (WECOM,)),
    Told("critical.note_missing", "critical_note_missing", STAFF, (WECOM,)),
    Silent("critical.received", "the cards of all who were told become grey and say who has it"),
    Silent("critical.physician_notified", "the physician has just been told in person"),
    Silent("critical.contacted", "kept in the alert's timeline"),
    Silent("critical.handled", "the cards that are still open become grey"),
    Silent("critical.closed", "the cards that are still open become grey"),
    Silent("critical.refuted", "the cards that are still open become grey"),
    Silent("interface.alarmed", "the console shows it; no patient is concerned"),
    Silent("staff.added", "the administrator did it and hands the first password over"),
    Silent("staff.changed", "kept for the audit"),
    Silent("staff.granted", "the member sees the new menu at the next sign-in"),
    Silent("staff.left", "kept for the audit"),
    Silent("staff.rejoined", "kept for the audit"),
    Told("signin.changed", "signin_changed", STAFF, (WECOM,)),
    Told("signin.reset", "signin_reset", STAFF, (WECOM,)),
    Told("signin.new_device", "signin_new_device", STAFF, (WECOM,)),
    Silent("duty.planned", "the roster shows it"),
    Silent("duty.swapped", "the roster shows it; both agreed before it was entered"),
    Silent("duty.cancelled", "the roster shows it"),
    Silent("task.opened", "the work list shows it"),
    Silent("task.taken", "the work list shows it"),
    Silent("task.released", "the work list shows it"),
    Silent("task.done", "kept for the audit"),
    Silent("task.escalated", "the work list shows it on top, to further roles"),
    Told("bill.settled", "bill_settled"),
    _must("bill.refused", "bill_refused"),
    Told("deposit.settled", "deposit_settled"),
    Told("payment.refund_abnormal", "payment_refund_delayed"),
    Told("payment.refund_closed", "payment_refund_delayed"),
)

GREYED: dict[str, str] = {
    "critical.received": "已由 {{ by }} 接收",
    "critical.physician_notified": "医生已知晓",
    "critical.handled": "已处置",
    "critical.closed": "已闭环",
    "critical.recalled": "已撤回",
    "critical.refuted": "已确认为误报",
}
"""What the buttons of an alert's cards become once this has happened to it. A card changes once for
each of its codes (one of the send, one of each tap), so the first of these is usually what stays.
"""

ROWS = {row.event: row for row in CATALOGUE}
TOLD = {row.event: row for row in CATALOGUE if isinstance(row, Told)}
