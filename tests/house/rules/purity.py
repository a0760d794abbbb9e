"""Rules apart from I/O: what a pure file may import, and the names of the files of a slice."""

import ast
import sys
from collections.abc import Iterator

from tests.house.places import place
from tests.house.rule import Rule, each
from tests.house.source import PACKAGES, Import, Source

TABLE = (
    "__init__",
    "model",
    "events",
    "store",
    "service",
    "access",
    "handlers",
    "tasks",
    "reactions",
)
PURE_BASE = (
    "calendar",
    "clock",
    "errors",
    "forms",
    "idempotency",
    "ids",
    "machine",
    "masking",
    "money",
    "search",
    "words",
)
PURE_LIBRARIES = ("msgspec",)
IO_STANDARD = (
    *("asyncio", "concurrent", "multiprocessing", "sched", "select", "selectors", "threading"),
    *("ctypes", "fcntl", "io", "mmap", "os", "pathlib", "shelve", "shutil", "sqlite3", "tempfile"),
    *("ftplib", "http", "smtplib", "socket", "socketserver", "ssl", "webbrowser"),
    *("logging", "random", "signal", "subprocess", "sys", "time", "uuid"),
)
"""They reach outside a function's arguments: tasks, files, network, processes, time, chance."""

GATEWAYS = 2
"""A gateway's ``port`` says what an outside system tells us in our own words: structs, no I/O."""

NAMED = {
    "notify/messages/words.py": "reads the words that its own folder carries",
}
"""Files of a slice that are neither in the table nor pure."""

PARTS = {
    "booking/bills/cashier.py": "asking the HIS's cashier",
    "booking/bills/following.py": "what money does to a payment",
    "booking/bills/opening.py": "asking what is owed, and claiming it",
    "booking/prices/importing.py": "fetching the catalogue",
    "booking/appointments/arriving.py": "the patient is here",
    "booking/appointments/cancelling.py": "the patient gives a number back",
    "booking/appointments/claims.py": "claiming a number",
    "booking/appointments/desk.py": "numbers given out and taken back at the desk",
    "booking/appointments/exchanging.py": "a booking becomes another one, in one change",
    "booking/appointments/securing.py": "a HIS's number made sure before another is given up",
    "booking/appointments/expiry.py": "holds that ran out",
    "booking/appointments/fairness.py": "rules against who takes numbers to sell them",
    "booking/appointments/missing.py": "a visit that was missed",
    "booking/conduct/absences.py": "who has booked and has not come",
    "booking/appointments/finding.py": "what is read of appointments",
    "booking/appointments/following.py": "the view of taken places",
    "booking/appointments/holding.py": "holding a number",
    "booking/appointments/locking.py": "what an appointment wants of who owns its number",
    "booking/locks/asking.py": "one lock, worked on with the HIS",
    "booking/locks/comparing.py": "our day against the HIS's",
    "booking/appointments/past.py": "visits that are over let go of limits",
    "booking/appointments/paying.py": "paying for a held number",
    "booking/appointments/rescheduling.py": "the patient takes another time",
    "booking/appointments/returning.py": "numbers that come back",
    "booking/appointments/moving.py": "another place: new first, then old",
    "booking/stops/answering.py": "what was answered, carried out",
    "booking/stops/asking.py": "who is asked, and what they are offered",
    "booking/appointments/screening.py": "the symptom screen",
    "booking/appointments/searching.py": "appointments as staff look for them",
    "booking/appointments/seating.py": "what money does to an appointment",
    "booking/payments/cash.py": "cash over the counter",
    "booking/payments/bureau.py": "the talk with the insurance bureau",
    "booking/payments/launching.py": "what each method asks of its platform",
    "booking/payments/insuring.py": "an order that the insurance pays a part of",
    "booking/payments/looking.py": "the round over what is under way",
    "booking/payments/opening.py": "paying an order, one attempt at a time",
    "booking/postings/working.py": "one posting, worked on with the HIS",
    "booking/payments/searching.py": "orders as staff look for them",
    "booking/payments/platform.py": "the talk with the pay platform",
    "booking/waiting/following.py": "what becomes of an offered number",
    "booking/refunding/finding.py": "orders as the finance office looks for them",
    "booking/reconciliation/explaining.py": "what other days and our orders know of a difference",
    "booking/reconciliation/minding.py": "who has to look at a day",
    "booking/reconciliation/reading.py": "the three sides of a day",
    "booking/reconciliation/repairing.py": "putting a difference right",
    "booking/reconciliation/running.py": "one run of a day",
    "booking/reconciliation/sharing.py": "whose the lines of a shared merchant's bill are",
    "booking/waiting/joining.py": "who may join the list",
    "booking/waiting/offering.py": "numbers that go to who waits",
    "notify/critical/acts.py": "what people do to an alert",
    "notify/critical/crew.py": "where a patient is, and who is in which seat",
    "notify/critical/escalation.py": "what happens when nobody acts, or the patient moves",
    "notify/critical/raising.py": "from findings to alerts, and corrections",
    "notify/critical/shifts.py": "handing over to a colleague on duty",
    "notify/critical/telling.py": "an alert's events, made with the context",
    "booking/timetables/carrying.py": "carrying out an outlook, many slots in one call",
    "booking/timetables/deviating.py": "one date unlike its template",
    "booking/timetables/extra.py": "giving extra numbers",
    "booking/timetables/generation.py": "what slots need to be what the timetable says",
    "booking/timetables/late.py": "who no longer fits a slot",
    "booking/timetables/making.py": "numbers that somebody asked for, by lease",
    "booking/timetables/lines.py": "versions of templates",
    "notify/messages/callbacks.py": "what platforms tell us by themselves",
    "notify/messages/erasing.py": "what is left of the messages of an account",
    "notify/messages/limits.py": "accounts whose messages of the day are used up",
    "notify/messages/cards.py": "the cards of members",
    "notify/messages/failing.py": "what becomes of a message that was not sent",
    "notify/messages/hear_wechat.py": "acting upon what WeChat says",
    "notify/messages/hear_wecom.py": "acting upon what WeCom says",
    "notify/messages/kept.py": "raw calls until they were acted upon",
    "notify/messages/reach.py": "the channel that reaches a person",
    "notify/messages/reach_account.py": "the account that sends to a patient",
    "notify/messages/reach_wechat.py": "template messages to patients",
    "notify/messages/reach_alipay.py": "messages inside Alipay",
    "notify/messages/counting.py": "how many texts somebody got",
    "notify/messages/reach_sms.py": "texts to patients",
    "notify/messages/reach_wecom.py": "cards to staff",
    "notify/messages/reported.py": "asking what became of texts",
    "notify/messages/sending.py": "one batch of messages, by lease",
    "notify/messages/consents.py": "what patients agreed to be sent by the mini-program",
    "notify/messages/reach_mini.py": "subscribe messages to patients",
    "notify/messages/truth.py": "whether what a message says still holds",
    "notify/messages/unheard.py": "messages that the platform did not answer for",
    "notify/messages/wishes.py": "what accounts want to be told, and when",
    "wx_backend/directory/institutions/clients.py": "a channel's clients from its credentials",
    "wx_backend/directory/institutions/registering.py": "storing an account, and rotating its keys",
    "wx_backend/identity/accounts/closing.py": "closing an account, step by step",
    "wx_backend/identity/accounts/logins.py": "the list of an account's sessions",
    "wx_backend/identity/accounts/merging.py": "accounts that are one person become one",
    "wx_backend/identity/accounts/parting.py": "accounts that were one by mistake become two",
    "wx_backend/identity/accounts/phones.py": "checked numbers of accounts",
    "wx_backend/identity/accounts/sessions.py": "sessions of accounts",
    "wx_backend/identity/accounts/unions.py": "what a silent sign-in leaves out",
    "wx_backend/records/reports/drafting.py": "what a report becomes, and what that announces",
    "wx_backend/identity/signin/choosing.py": "a password of one's own",
    "wx_backend/identity/signin/devices.py": "browsers signed in from",
    "wx_backend/identity/signin/guesses.py": "zxcvbn off the loop",
    "wx_backend/identity/signin/enrolment.py": "setting up the authenticator app",
    "wx_backend/identity/signin/lockouts.py": "counting tries",
    "wx_backend/identity/signin/passwords.py": "argon2id off the loop",
    "wx_backend/identity/signin/sessions.py": "sessions of staff",
    "wx_backend/identity/patients/desk.py": "verification at the desk",
    "wx_backend/identity/patients/lookup.py": "who stands at the desk",
    "wx_backend/identity/patients/erasing.py": "what is left of the people of an account",
    "wx_backend/identity/patients/enrolment.py": "the first binding of a person",
    "wx_backend/identity/patients/readers.py": "who else reads about a person",
    "wx_backend/identity/patients/places.py": "how many people an account may hold",
}
"""Parts of a ``service.py`` that outgrew it: they stay private, and are named here one by one."""


def impure_imports(source: Source) -> Iterator[tuple[Import, str]]:
    """(import, why it is no rule's business)."""
    here = place(source.module)
    for found in source.imports:
        if found.for_types:
            continue
        there = place(found.target)
        if there is None:
            if not _harmless(found):
                yield found, "I/O"
        elif there.floor == 1:
            if found.target.split(".")[2] not in PURE_BASE:
                yield found, "not one of the pure base tools"
        elif there.floor == GATEWAYS and found.target.split(".")[3:4] == ["port"]:
            continue
        elif (here is None or there.slice != here.slice) and there.file != "model":
            yield found, "of another slice only its model is pure"


def _harmless(found: Import) -> bool:
    if found.library in PACKAGES or found.library in PURE_LIBRARIES:
        return True
    reaches = found.library in IO_STANDARD or found.target.startswith("urllib.request")
    return found.library in sys.stdlib_module_names and not reaches


def _asynchronous(source: Source) -> Iterator[int]:
    kinds = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    yield from (node.lineno for node in source.nodes if isinstance(node, kinds))


def impure_model(source: Source) -> Iterator[str]:
    here = place(source.module)
    if not here or here.file != "model":
        return
    for found, why in impure_imports(source):
        yield f"{source.path}:{found.line} imports {found.target} ({why}); a model is pure"
    for line in _asynchronous(source):
        yield f"{source.path}:{line} waits; a model is pure"


def pure_files(sources: list[Source]) -> set[str]:
    """Modules that compute and nothing else, nor do the files of their slice they import."""
    pure = {s.module for s in sources if not any(impure_imports(s)) and not any(_asynchronous(s))}
    while spoiled := {s.module for s in sources if s.module in pure and not _siblings(s) <= pure}:
        pure -= spoiled
    return pure


def _siblings(source: Source) -> set[str]:
    here = place(source.module)
    targets = (place(found.target) for found in source.imports if not found.for_types)
    return {
        f"{there.slice}.{there.file}"
        for there in targets
        if here and there and there.slice and there.slice == here.slice and there.file
    }


def renamed(sources: list[Source]) -> Iterator[str]:
    """Files of a slice that are neither in the table nor pure nor named above."""
    inside = [source for source in sources if (here := place(source.module)) and here.slice]
    pure = pure_files(inside)
    for source in inside:
        usual = place(source.module).file in ("", *TABLE) or source.module in pure
        if not usual and source.path not in (*NAMED, *PARTS):
            yield f"{source.path}:1 is not in the table of files and not pure ({_why(source)})"


def _why(source: Source) -> str:
    reasons = [f"line {found.line} imports {found.target}" for found, _ in impure_imports(source)]
    return reasons[0] if reasons else "it waits, or imports a file that is not pure"


def outside(source: Source) -> Iterator[str]:
    """Files on a floor of slices that belong to no slice."""
    here = place(source.module)
    if here and here.floor not in (1, 2, 10) and not here.slice and source.module != here.home:
        yield f"{source.path}:1 belongs to no slice"
    elif here and here.slice and not here.file and not source.path.endswith("__init__.py"):
        yield f"{source.path}:1 belongs to no slice; a slice is a folder"


rules = [
    Rule(
        "models are pure",
        each(impure_model),
        good={
            "booking/queue/model.py": "import re\nimport msgspec\n"
            "from booking.queue.rules import next_call\nfrom wx_backend.base import money\n"
            "from wx_backend.gateways.his.port import Place",
        },
        bad={
            "booking/queue/model.py:1 imports wx_backend.base.db.Collection": {
                "booking/queue/model.py": "from wx_backend.base.db import Collection",
            },
            "booking/queue/model.py:1 imports wx_backend.gateways.lis.client.Listener": {
                "booking/queue/model.py": "from wx_backend.gateways.lis.client import Listener",
            },
            "booking/queue/model.py:1 imports os.path": {
                "booking/queue/model.py": "import os.path",
            },
            "booking/queue/model.py:2 waits": {
                "booking/queue/model.py": "\nasync def call(): ...",
            },
        },
    ),
    Rule(
        "files of a slice have their usual names",
        renamed,
        good={
            "booking/queue/service.py": "import asyncio",
            "booking/queue/order.py": "import heapq\nfrom booking.queue.model import Call",
            "booking/queue/model.py": "import msgspec",
        },
        bad={
            "booking/queue/order.py:1 is not in the table of files and not pure": {
                "booking/queue/order.py": "from booking.queue.store import find",
                "booking/queue/store.py": "from wx_backend.base.db import Collection",
            },
            "(line 2 imports wx_backend.base.context.Ctx)": {
                "booking/queue/order.py": "import re\nfrom wx_backend.base.context import Ctx",
            },
        },
    ),
    Rule(
        "a slice is a folder",
        each(outside),
        good={"booking/queue/model.py": "", "booking/__init__.py": ""},
        bad={"booking/helpers.py:1 belongs to no slice": {"booking/helpers.py": "import re"}},
    ),
]
