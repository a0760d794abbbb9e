"""Sample screens of the waiting list."""

from tests.helpers.samples.booking import PEOPLE
from tests.helpers.samples.common import KEY, VISIT
from wx_backend.entrypoints.web.patient import paths, views, waiting_views

WAYS = tuple(
    waiting_views.Way(scope=scope, label=label, ahead=ahead, chosen=scope == "slot")
    for scope, label, ahead in (("slot", "这个时段", 2), ("session", "上午", 5))
)
TABS = tuple(
    views.Choice(label=label, href=href, current=href == paths.WAITING)
    for label, href in (("全部", paths.APPOINTMENTS), ("候补", paths.WAITING))
)


def join(**more: object) -> waiting_views.Join:
    fields = {
        "action": paths.join("slot1"),
        "visit": VISIT,
        "fee_fen": 5000,
        "ways": WAYS,
        "people": PEOPLE,
        "closes": "11月23日 23:00",
        "opens": "06:00",
        "shuts": "23:00",
        "slot_id": "slot1",
        "pay_hours": 24,
        "last_minutes": 30,
        "add_person_href": paths.add_person(paths.join("slot1")),
        "back_href": paths.day("doc1", "2026-11-24"),
        "idempotency_key": KEY,
    }
    return waiting_views.Join(**{**fields, **more})


def card(state: str, **more: object) -> waiting_views.EntryCard:
    return waiting_views.EntryCard(
        href=paths.entry("wait1"),
        state=state,
        when=VISIT.when,
        doctor=VISIT.doctor,
        department=VISIT.department,
        patient="王*国",
        scope="这个时段",
        **more,
    )


def entry(state: str, **more: object) -> waiting_views.Entry:
    """The screen in this state of the entry."""
    return waiting_views.Entry(
        state=state,
        visit=VISIT,
        scope="这个时段",
        joined="11月22日 周日 10:02",
        closes="11月23日 23:00",
        again_href=paths.day("doc1", "2026-11-24"),
        idempotency_key=KEY,
        **{"fee_fen": 5000, "ahead": 0, **more},
    )


OFFER = {
    "found": "11月24日 周二 09:30",
    "serial": "A012",
    "until": "11月23日 10:02",
    "seconds_left": 85_000,
    "leave_href": paths.leave("wait1"),
}
ROWS = (
    card("OFFERED", until="11月23日 10:02"),
    card("WAITING", ahead=3),
    *(card(state) for state in ("TAKEN", "LEFT", "MISSED", "CLEARED")),
)
LEAVE = {
    "action": paths.leave("wait1"),
    "visit": VISIT,
    "back_href": paths.entry("wait1"),
    "idempotency_key": KEY,
}
SCREENS = {
    "wait": ("wait/page.html", join()),
    "wait-free": ("wait/page.html", join(fee_fen=0, error="该就诊人已在候补这位医生当天的号")),
    "wait-nobody": ("wait/page.html", join(people=())),
    "waiting-list": ("waiting/page.html", waiting_views.WaitingList(tabs=TABS, rows=ROWS)),
    "waiting-list-empty": ("waiting/page.html", waiting_views.WaitingList(tabs=TABS, rows=())),
    "entry": ("entry/page.html", entry("WAITING", ahead=3, leave_href=paths.leave("wait1"))),
    "entry-offered": ("entry/page.html", entry("OFFERED", pay_href=paths.pay("apw1"), **OFFER)),
    "entry-free": (
        "entry/page.html",
        entry("OFFERED", fee_fen=0, accept_action=paths.accept("wait1"), **OFFER),
    ),
    "entry-over": ("entry/page.html", entry("OFFERED", **{**OFFER, "seconds_left": 0})),
    "entry-taken": (
        "entry/page.html",
        entry("TAKEN", serial="A012", appointment_href=paths.appointment("apw1")),
    ),
    "entry-missed": (
        "entry/page.html",
        entry("MISSED", error="占号已超时，号源已释放，请重新选择"),
    ),
    "entry-cleared": ("entry/page.html", entry("CLEARED")),
    "entry-left": ("entry/page.html", entry("LEFT")),
    "leave": ("leave/page.html", waiting_views.Leave(**LEAVE)),
    "leave-offered": ("leave/page.html", waiting_views.Leave(**LEAVE, offered=True)),
}
