"""The rows of the matrix: ``METHOD pattern`` → its case."""

from tests.helpers.matrix import (
    accounts,
    bedside,
    bills,
    cases,
    counter,
    critical,
    desk,
    logins,
    merges,
    moves,
    orders,
    papers,
    people,
    proofs,
    readers,
    reconciliation,
    restrictions,
    timetables,
    waiting,
)
from tests.helpers.matrix import directory as directory_cases
from tests.helpers.matrix import stops as stop_cases
from tests.helpers.matrix.cases import (
    Case,
    at,
    binding,
    confirmation,
    date_of,
    duty,
    held,
    lists,
    member,
    parked,
    sends,
    task,
)
from tests.helpers.matrix.stage import UNIT
from wx_backend.entrypoints.demo import world

ID = r"([a-z0-9]{5,40})"
APPOINTMENT = r"/api/v1/appointments/([a-z0-9]+)"
DOCTOR = world.PRACTICES[0].doctor().id

OPEN: dict[str, Case] = {
    "GET /health/live": at("/health/live"),
    "GET /health/ready": at("/health/ready"),
    "GET /api/v1/departments": at("/api/v1/departments"),
    "GET /api/v1/search": at("/api/v1/search?q=xxg"),
    "GET /api/v1/departments/([a-z0-9]+)/doctors": at(f"/api/v1/departments/{UNIT}/doctors"),
    "GET /api/v1/departments/([a-z0-9]+)/dates": at(f"/api/v1/departments/{UNIT}/dates"),
    "GET /api/v1/departments/([a-z0-9]+)/slots": date_of(
        f"/api/v1/departments/{UNIT}/slots?date={{}}"
    ),
    "GET /api/v1/departments/([a-z0-9]+)/waiting": date_of(
        f"/api/v1/departments/{UNIT}/waiting?date={{}}"
    ),
    "GET /signin": at("/signin"),
    "POST /api/v1/sessions": Case(cases.mini),
    "GET /static/(.*)": at("/static/tokens.css"),
    "GET /api/openapi.json": at("/api/openapi.json"),
    "GET /api/": at("/api/"),
    "GET /": at("/"),
    "GET /h5/": at("/h5/"),
    "GET /h5/departments": at("/h5/departments"),
    f"GET /h5/departments/{ID}": at(f"/h5/departments/{UNIT}"),
    f"GET /h5/doctors/{ID}": at(f"/h5/doctors/{DOCTOR}"),
    **directory_cases.OPEN,
    **bills.OPEN,
    "GET /h5/sign-in": at("/h5/sign-in"),
    "GET /h5(?:/.*)?": at("/h5/nowhere", 404),
    "POST /h5(?:/.*)?": at("/h5/nowhere", 404),
    "GET /console(?:/.*)?": at("/console/nowhere", 404),
    "POST /console(?:/.*)?": at("/console/nowhere", 404),
    "GET /doctor(?:/.*)?": at("/doctor/nowhere", 404),
    "POST /doctor(?:/.*)?": at("/doctor/nowhere", 404),
    "GET /console/signin": at("/console/signin"),
    "POST /console/signin": Case(cases.sign_in),
    "GET /console/signin/code": Case(cases.give_code),
    "POST /console/signin/code": Case(cases.give_code),
    "GET /console/signin/password": Case(cases.choose_password),
    "POST /console/signin/password": Case(cases.choose_password),
    "GET /console/signin/enrol": Case(cases.enrol),
    "POST /console/signin/enrol": Case(cases.enrol),
    "GET /signin/wecom": at("/signin/wecom"),
}

PATIENTS: dict[str, Case] = {
    "GET /api/v1/live": Case(cases.live),
    "GET /api/v1/appointments": lists("/api/v1/appointments"),
    "POST /api/v1/appointments": Case(cases.hold, of="account"),
    f"GET {APPOINTMENT}": held("/api/v1/appointments/{}"),
    f"POST {APPOINTMENT}/payment": held("/api/v1/appointments/{}/payment", method="wechat_h5"),
    f"POST {APPOINTMENT}/payment/check": held("/api/v1/appointments/{}/payment/check"),
    f"POST {APPOINTMENT}/cancel": held("/api/v1/appointments/{}/cancel"),
    "GET /api/v1/messages": lists("/api/v1/messages"),
    "GET /api/v1/messages/unread": at("/api/v1/messages/unread"),
    "POST /api/v1/messages/read": sends("/api/v1/messages/read", ids=[]),
    "GET /api/v1/messages/preferences": at("/api/v1/messages/preferences"),
    "PUT /api/v1/messages/preferences": sends("/api/v1/messages/preferences", payment="important"),
    # 409 in the other institution, which has no mini-program
    "GET /api/v1/messages/consents": at("/api/v1/messages/consents", 200, 409),
    "POST /api/v1/messages/consents": Case(cases.consents, good=frozenset({200, 409})),
    "GET /h5/messages/settings": at("/h5/messages/settings"),
    "POST /h5/messages/settings": sends("/h5/messages/settings", payment="important"),
    "POST /api/v1/sessions/entries": sends("/api/v1/sessions/entries", next="/h5/people"),
    "PUT /api/v1/account/phone": Case(cases.give_phone, mine=True),
    "POST /signout": at("/signout"),
    **logins.CASES,
    "GET /api/v1/patients": lists("/api/v1/patients"),
    "POST /api/v1/patients": cases.adds("/api/v1/patients"),
    r"DELETE /api/v1/patients/(\w+)": binding("/api/v1/patients/{}"),
    r"GET /api/v1/patients/(\w+)/desk-code": binding("/api/v1/patients/{}/desk-code"),
    r"PUT /api/v1/patients/(\w+)/default": binding("/api/v1/patients/{}/default"),
    "GET /h5/book": Case(cases.ask_book, of="institution"),
    "POST /h5/book": Case(cases.book, of="account"),
    f"GET /h5/appointments/{ID}/pay": held("/h5/appointments/{}/pay"),
    f"POST /h5/appointments/{ID}/pay": held("/h5/appointments/{}/pay", method="wechat_h5"),
    f"GET /h5/appointments/{ID}/result": held("/h5/appointments/{}/result"),
    f"GET /h5/appointments/{ID}/cancel": held("/h5/appointments/{}/cancel"),
    f"POST /h5/appointments/{ID}/cancel": held("/h5/appointments/{}/cancel"),
    **stop_cases.PATIENT,
    **restrictions.PATIENT,
    **moves.CASES,
    "GET /h5/appointments": lists("/h5/appointments"),
    f"GET /h5/appointments/{ID}": held("/h5/appointments/{}"),
    "GET /h5/people": lists("/h5/people"),
    "GET /h5/people/new": at("/h5/people/new"),
    "POST /h5/people/new": cases.adds("/h5/people/new"),
    f"GET /h5/people/{ID}/remove": binding("/h5/people/{}/remove"),
    f"POST /h5/people/{ID}/remove": binding("/h5/people/{}/remove"),
    f"GET /h5/people/{ID}/verify": binding("/h5/people/{}/verify"),
    **proofs.CASES,
    f"POST /h5/people/{ID}/default": binding("/h5/people/{}/default"),
    "GET /h5/messages": lists("/h5/messages"),
    **waiting.API,
    **waiting.PAGES,
    **papers.CASES,
    **bills.API,
    **bills.PAGES,
    **directory_cases.PATIENTS,
    **readers.CASES,
}

STAFF: dict[str, Case] = {
    "GET /console": at("/console"),
    "POST /console/signout": Case(at("/console/signout").make, lands="/console/signin"),
    "GET /console/me": at("/console/me"),
    "GET /console/me/password": at("/console/me/password"),
    "POST /console/me/password": Case(cases.own_password, mine=True),
    "GET /console/me/recovery": at("/console/me/recovery"),
    "POST /console/me/recovery": Case(cases.own_recovery, mine=True),
    "GET /console/today": at("/console/today"),
    "GET /console/appointments": at("/console/appointments"),
    "GET /console/waiting": at("/console/waiting"),
    **stop_cases.CONSOLE,
    **restrictions.STAFF,
    **counter.CONSOLE,
    **bills.CONSOLE,
    **orders.CONSOLE,
    "GET /console/schedules": at("/console/schedules"),
    f"GET /console/schedules/{ID}": timetables.session("/console/schedules/{}"),
    f"GET /console/schedules/{ID}/deviate": Case(
        timetables.session("/console/schedules/{}/deviate").make
    ),
    f"POST /console/schedules/{ID}/deviate": timetables.session(
        "/console/schedules/{}/deviate", action="close", reason="外出", version="0"
    ),
    f"GET /console/schedules/{ID}/redo": Case(
        timetables.session("/console/schedules/{}/redo").make
    ),
    f"POST /console/schedules/{ID}/redo": timetables.session(
        "/console/schedules/{}/redo", again="1"
    ),
    f"GET /console/schedules/{ID}/extra": Case(
        timetables.session("/console/schedules/{}/extra").make
    ),
    f"POST /console/schedules/{ID}/extra": Case(timetables.extra, of="institution"),
    "GET /console/templates": at("/console/templates"),
    "GET /console/templates/new": at("/console/templates/new"),
    "POST /console/templates/new": Case(timetables.new_template, of="institution"),
    "GET /console/templates/preview": at("/console/templates/preview"),
    "GET /console/templates/generate": at("/console/templates/generate"),
    "POST /console/templates/generate": Case(timetables.generate, of="institution"),
    f"GET /console/templates/generate/{ID}": timetables.making("/console/templates/generate/{}"),
    f"GET /console/templates/generate/{ID}/cancel": Case(
        timetables.making("/console/templates/generate/{}/cancel").make
    ),
    f"POST /console/templates/generate/{ID}/cancel": timetables.making(
        "/console/templates/generate/{}/cancel", sends=True
    ),
    "GET /console/templates/day": at("/console/templates/day"),
    "POST /console/templates/day": Case(timetables.decide_day),
    f"GET /console/templates/{ID}": timetables.template("/console/templates/{}"),
    f"POST /console/templates/{ID}": timetables.template("/console/templates/{}", sends=True),
    "GET /console/pools": at("/console/pools"),
    **directory_cases.CONSOLE,
    "GET /console/people": at("/console/people"),
    **people.CASES,
    **merges.CASES,
    "GET /console/tasks": at("/console/tasks"),
    f"POST /console/tasks/{ID}/take": task("take"),
    f"POST /console/tasks/{ID}/release": task("release"),
    f"POST /console/tasks/{ID}/finish": task("finish", note="已处理"),
    "GET /console/rosters": at("/console/rosters"),
    "GET /console/rosters/plan": at("/console/rosters/plan"),
    "POST /console/rosters/plan": Case(cases.plan, of="institution"),
    f"POST /console/rosters/{ID}/swap": duty("swap"),
    f"POST /console/rosters/{ID}/cancel": duty("cancel"),
    "GET /console/messages": at("/console/messages"),
    "GET /console/dead-letters": at("/console/dead-letters"),
    "POST /console/dead-letters/replay": parked("/console/dead-letters/replay", "deliveries"),
    "POST /console/dead-letters/replay-message": parked(
        "/console/dead-letters/replay-message", "messages", monthly=True
    ),
    "GET /console/channels": at("/console/channels"),
    f"GET /console/channels/{ID}/test": Case(cases.test_channel),
    f"POST /console/channels/{ID}/test": Case(cases.test_channel, of="institution"),
    f"GET /console/channels/{ID}/menu": accounts.account("menu"),
    f"POST /console/channels/{ID}/menu": accounts.account("menu", menu=accounts.MENU),
    f"GET /console/channels/{ID}/menu/publish": accounts.account("menu/publish", of=""),
    f"POST /console/channels/{ID}/menu/publish": accounts.account("menu/publish"),
    f"GET /console/channels/{ID}/codes": accounts.account("codes"),
    f"POST /console/channels/{ID}/codes": accounts.code(),
    "GET /console/settings": at("/console/settings"),
    "GET /console/settings/propose": at("/console/settings/propose"),
    "POST /console/settings/propose": Case(cases.propose),
    r"GET /console/settings/([a-z_]+\.[a-z_]+)": at("/console/settings/booking.window_days"),
    f"POST /console/settings/{ID}/decide": Case(cases.decide, of="institution"),
    "GET /console/staff": at("/console/staff"),
    "POST /console/staff": at("/console/staff"),
    "GET /console/staff/new": at("/console/staff/new"),
    "POST /console/staff/new": Case(cases.new_member),
    f"GET /console/staff/{ID}": member("/console/staff/{}"),
    f"GET /console/staff/{ID}/describe": Case(member("/console/staff/{}/describe").make),
    f"POST /console/staff/{ID}/describe": member("/console/staff/{}/describe", name="改名"),
    f"GET /console/staff/{ID}/grant": Case(member("/console/staff/{}/grant").make),
    f"POST /console/staff/{ID}/grant": member("/console/staff/{}/grant", roles="nurse"),
    f"POST /console/staff/{ID}/hand-out": member("/console/staff/{}/hand-out"),
    f"GET /console/staff/{ID}/leave": Case(member("/console/staff/{}/leave").make),
    f"POST /console/staff/{ID}/leave": member("/console/staff/{}/leave", reason="x"),
    "GET /console/audit": at("/console/audit"),
    "GET /api/v1/confirmations/([a-z0-9]+)": confirmation("/api/v1/confirmations/{}"),
    "POST /api/v1/confirmations/([a-z0-9]+)/replay": confirmation(
        "/api/v1/confirmations/{}/replay"
    ),
    **critical.CASES,
    **reconciliation.CASES,
    **desk.CASES,
}

BEDSIDE: dict[str, Case] = {
    "GET /doctor/": at("/doctor/"),
    "GET /doctor/alerts": at("/doctor/alerts"),
    "GET /doctor/tasks": at("/doctor/tasks"),
    f"POST /doctor/tasks/{ID}/take": task("take", "/doctor/tasks"),
    f"POST /doctor/tasks/{ID}/release": task("release", "/doctor/tasks"),
    f"POST /doctor/tasks/{ID}/finish": task("finish", "/doctor/tasks", note="已处理"),
    "GET /doctor/duty": at("/doctor/duty"),
    "GET /doctor/messages": at("/doctor/messages"),
    **bedside.CASES,
}

CASES: dict[str, Case] = {**OPEN, **PATIENTS, **STAFF, **BEDSIDE}

ELSEWHERE: dict[str, str] = {
    "GET /live": "tests/flows/test_live.py",
    "GET /signin/(wechat|alipay)/(\\w+)": "tests/flows/test_identity_sign_in.py",
    "GET /signin/mini": "tests/flows/test_identity_sign_in.py",
    f"GET /signin/wecom/{ID}": "tests/browser/test_console.py",
    "POST /cb/wechat_pay/(\\w+)": "tests/flows/test_payments_notify.py",
    "POST /cb/alipay/(\\w+)": "tests/flows/test_payments_notify.py",
    "GET /cb/wechat/(\\w+)": "tests/flows/test_messages_callbacks.py",
    "POST /cb/wechat/(\\w+)": "tests/flows/test_messages_callbacks.py",
    "GET /cb/wecom/(\\w+)": "tests/flows/test_wecom_callbacks.py",
    "POST /cb/wecom/(\\w+)": "tests/flows/test_wecom_callbacks.py",
    **logins.ELSEWHERE,
}
"""Rows whose proof is no session, or that end it: the file that lets them succeed, and refuses all
others.
"""
