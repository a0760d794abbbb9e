"""The ledger of critical values: what was accepted, filed, alerted, shown, handled, confirmed.

Read once, when nothing moves any more; each check names in words what does not balance.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pymongo.database import Database

from notify.critical.ladder import LADDERS
from wx_backend.entrypoints.demo.phone import Sandbox

LATE = timedelta(minutes=2)
"""Business time by which a step may be late: business goes many times as fast as the machine."""

HANDLED = ("HANDLED", "CLOSED")
CONFIRMED = ("HANDLED", "PHYSICIAN_NOTIFIED", "RECEIVED")


class Ledger(NamedTuple):
    """Both sides, as they are now."""

    accepted: set[str]
    """Control ids that the laboratory has an AA for, which are also its numbers."""
    critical: set[str]
    reports: dict[str, dict]
    """By the laboratory's number."""
    inbox: Counter[str]
    """How many messages are in which state."""
    alerts: dict[str, list[dict]]
    """By the laboratory's number."""
    messages: list[dict]
    copies: list[dict]
    """Every member's copy of every card that WeCom accepted, with its fate."""
    confirmations: dict[str, list[dict]]
    """What the laboratory was told, by its number."""

    @property
    def open(self) -> list[dict]:
        return [one for some in self.alerts.values() for one in some if not is_handled(one)]


def is_handled(alert: dict) -> bool:
    return alert["state"] in HANDLED


def read(database: Database, sandbox: Sandbox, accepted: set[str], critical: set[str]) -> Ledger:
    """``accepted``: what the laboratory has an AA for; ``critical``: what it sent as such."""
    confirmations: dict[str, list[dict]] = {}
    for one in sandbox.get("lis/confirmations"):
        confirmations.setdefault(one["report"], []).append(one)
    alerts: dict[str, list[dict]] = {}
    for doc in database.alerts.find({}, {"outbox": 0}):
        alerts.setdefault(doc["lis_id"], []).append(doc)
    return Ledger(
        accepted=accepted,
        critical=critical,
        reports={doc["lis_id"]: doc for doc in database.reports.find({}, {"outbox": 0})},
        inbox=Counter(doc["state"] for doc in _monthly(database, "hl7_inbox")),
        alerts=alerts,
        messages=[doc for doc in _monthly(database, "messages") if _critical(doc)],
        copies=sandbox.get("wecom/messages"),
        confirmations=confirmations,
    )


def problems(ledger: Ledger) -> list[str]:
    """Everything that does not balance; empty when the ledger does."""
    return [
        *_filing(ledger),
        *_alerting(ledger),
        *_acting(ledger),
        *_telling(ledger),
        *_confirming(ledger),
    ]


def _filing(ledger: Ledger) -> Iterator[str]:
    """Every acknowledged message is filed, and its patient waits exactly for what is critical."""
    for name in sorted(ledger.accepted - ledger.reports.keys()):
        yield f"{name} was acknowledged and is not filed"
    if odd := {state: n for state, n in ledger.inbox.items() if state != "DONE"}:
        yield f"messages not done: {odd}"
    for name, report in ledger.reports.items():
        alerts = ledger.alerts.get(name, [])
        waits = any(not is_handled(one) for one in alerts)
        if report["held"] != waits:
            yield f"{name} is {'held' if report['held'] else 'free'}, its alerts {_states(alerts)}"


def _alerting(ledger: Ledger) -> Iterator[str]:
    for name in sorted(ledger.critical):
        if (found := len(ledger.alerts.get(name, []))) != 1:
            yield f"{name} is critical and has {found} alerts"
    for name in sorted(ledger.alerts.keys() - ledger.critical):
        yield f"{name} is not critical and has alerts"


def _acting(ledger: Ledger) -> Iterator[str]:
    """Handled, or every rung was climbed in time; before it was received, too."""
    for some in ledger.alerts.values():
        for alert in some:
            name = f"{alert['_id']} ({alert['lis_id']}, {alert['state']}, rung {alert['rung']})"
            for rung, due in _owed(alert):
                if not any(
                    one["rung"] >= rung and one["at"] <= due + LATE for one in alert["told"]
                ):
                    yield f"{name} has not climbed rung {rung} by {due:%H:%M:%S}"
            if not is_handled(alert) and alert["rung"] < len(LADDERS[alert["area"]]) - 1:
                yield f"{name} is neither handled nor escalated to the end"


def _owed(alert: dict) -> Iterator[tuple[int, datetime]]:
    """The rungs whose time came before anybody had received it, and when."""
    received = (alert.get("received") or {}).get("at")
    for rung, minutes in enumerate(alert["limits"]["rungs"]):
        due = alert["raised_at"] + timedelta(minutes=minutes)
        if received and received <= due + LATE:
            return
        yield rung, due


def _telling(ledger: Ledger) -> Iterator[str]:
    """Every member told of an alert has a message for it, but for physicians who were told by a
    person; each message has one fate.
    """
    told = {
        (alert["_id"], one["member"])
        for some in ledger.alerts.values()
        for alert in some
        for one in alert["told"]
        if one["reached"] is not False and one["seat"] != "in_charge"
    }
    made = {(doc["event"]["data"]["alert"], doc["account"]) for doc in ledger.messages}
    yield from (f"{alert} was told to {who} without a message" for alert, who in told - made)
    ended = ("SENT", "SKIPPED", "UNKNOWN", "FAILED")
    for doc in ledger.messages:
        if doc["state"] not in ended:
            yield f"message {doc['_id']} is {doc['state']} ({doc.get('reason', '')})"


def _confirming(ledger: Ledger) -> Iterator[str]:
    for name, alerts in ledger.alerts.items():
        for alert in (one for one in alerts if is_handled(one)):
            told = sorted(one["state"] for one in ledger.confirmations.get(name, []))
            if told != list(CONFIRMED):
                yield f"{name} ({alert['state']}): the laboratory was told {told}"


def table(ledger: Ledger, troubles: dict[str, Any]) -> str:
    """Asked for / done / told, and what is counted apart."""
    alerts = [one for some in ledger.alerts.values() for one in some]
    states = Counter(doc["state"] for doc in ledger.messages)
    fates = Counter(one["fate"] for one in ledger.copies)
    rungs = Counter(one["rung"] for one in alerts)
    handled = sum(map(is_handled, alerts))
    lost = len(ledger.critical - ledger.alerts.keys())
    repeated = sum(one["times"] - 1 for some in ledger.confirmations.values() for one in some)
    return "\n".join(
        [
            f"  acknowledged {len(ledger.accepted)}, filed {len(ledger.reports)}, inbox"
            f" {_list(ledger.inbox)}",
            f"  critical {len(ledger.critical)}: alerted {len(alerts)}, handled {handled},"
            f" escalated to the end {len(ledger.open)}, lost {lost}",
            f"  last rung climbed: {_list(rungs)}; states {_states(alerts)}",
            f"  messages {_list(states)}; unknown apart: {states['UNKNOWN']}",
            f"  cards {_list(fates)}; shown twice {shown_twice(ledger)}",
            f"  alerts of which a card was dropped: {_states(_dropped(ledger))}",
            f"  confirmed {sum(map(len, ledger.confirmations.values()))}, told again {repeated}",
            *(f"  {name}: {_list(counted)}" for name, counted in troubles.items()),
        ]
    )


def shown_twice(ledger: Ledger) -> int:
    """Copies of one card that one member was shown more than once."""
    seen = Counter(
        (one["userid"], one["task_id"]) for one in ledger.copies if one["fate"] == "shown"
    )
    return sum(count - 1 for count in seen.values())


def _dropped(ledger: Ledger) -> list[dict]:
    """Alerts of which somebody's card was accepted and never shown."""
    gone = {one["task_id"] for one in ledger.copies if one["fate"] == "dropped"}
    about = {doc["event"]["data"]["alert"] for doc in ledger.messages if doc["_id"] in gone}
    return [one for some in ledger.alerts.values() for one in some if one["_id"] in about]


def _critical(doc: dict) -> bool:
    return doc["event"]["type"].startswith("critical.")


def _states(alerts: list[dict]) -> str:
    return _list(Counter(one["state"] for one in alerts))


def _list(counted: Counter) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or "none"


def _monthly(database: Database, name: str) -> Iterator[dict]:
    for month in database.list_collection_names():
        if month.startswith(f"{name}_2"):
            yield from database[month].find()
