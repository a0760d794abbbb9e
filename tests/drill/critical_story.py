"""A critical value that is killed at each of its writes: the laboratory, a nurse and a doctor do
the same again until it is so.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from pymongo.database import Database

from tests.drill import alerts
from tests.drill.alerts import Ledger
from tests.drill.patient import unanswered
from tests.drill.telling import Stand, Verdict
from wx_backend.entrypoints.demo import hl7
from wx_backend.entrypoints.demo.phone import Refused, Sandbox, StaffPhone

NAME = "R1"
ALERTS = "critical/alerts"
OVERTAKEN = "wrong_state"
"""A try that nobody answered has done it already."""


class Story:
    """One telling."""

    def __init__(self, stand: Stand):
        self._until, self._revive = stand.until, stand.revive
        self._line = hl7.Line(stand.gateway)
        self._sandbox = stand.sandbox
        people = stand.world.team.people
        self._patient = stand.world.team.patient(1)
        self._doctor_id = people["duty_doctor"].id
        self._director_id = people["director"].id
        self._nurse, self._doctor, self._director = (
            StaffPhone(stand.web, people[seat].wecom)
            for seat in ("duty_nurse", "duty_doctor", "director")
        )
        self._alert = ""

    def sign_in(self) -> None:
        for one in (self._nurse, self._doctor, self._director):
            self._insist("sign-in", one.sign_in)

    def admit(self) -> None:
        self._accepted(hl7.admission(f"A{NAME}", self._patient))

    def report(self) -> None:
        self._accepted(hl7.report(NAME, self._patient, NAME, critical=True))

    def see(self) -> None:
        """The card is on the doctor's phone."""
        self._until("card", self._carded)

    def receive(self) -> None:
        self._act(self._nurse, "receive", "RECEIVED", item="K", value=hl7.LOW_POTASSIUM)

    def pass_on(self) -> None:
        told = {"physician": self._doctor_id, "how": "PHONE"}
        self._act(self._nurse, "physician", "PHYSICIAN_NOTIFIED", **told)

    def hand_over(self) -> None:
        self._until_so("handover", self._doctor, _offered, to=self._director_id)

    def take_over(self) -> None:
        self._until_so("takeover", self._director, self._kept, answer="ACCEPT")

    def handle(self) -> None:
        self._act(self._director, "handle", "HANDLED", measures=["RECHECK"])

    def confirmed(self) -> None:
        self._until("confirmation", lambda: len(self._sandbox.get("lis/confirmations")) == 3)

    def close(self) -> None:
        self._act(self._director, "close", "CLOSED", note="病程记录")

    def _carded(self) -> bool:
        for card in self._answered(self._doctor.cards) or ():
            if "/doctor/alerts/" in card["url"]:
                self._alert = card["url"].rpartition("/")[2]
        return bool(self._alert)

    def _accepted(self, text: str) -> None:
        self._until("AA", lambda: self._answered(lambda: self._line.send(text)) == "AA")
        self._line.close()

    def _act(self, who: StaffPhone, act: str, state: str, **said: Any) -> None:
        self._until_so(act, who, lambda alert: alert["state"] == state, **said)

    def _kept(self, alert: dict) -> bool:
        """The director has it now."""
        return (alert["keeper"] or {}).get("member") == self._director_id

    def _until_so(
        self, act: str, who: StaffPhone, holds: Callable[[dict], bool], **said: Any
    ) -> None:
        """Does ``act`` again until the alert is as it should be."""

        def do() -> bool:
            alert = who.get(f"{ALERTS}/{self._alert}")["alert"]
            if holds(alert):
                return True
            path = f"{ALERTS}/{alert['id']}/{act}"
            return holds(who.post(path, version=alert["version"], **said)["alert"])

        self._insist(act, do)

    def _insist(self, what: str, act: Callable[[], Any]) -> None:
        """``act`` until it is answered with anything but no."""
        self._until(what, lambda: self._answered(lambda: act() is not False))

    def _answered(self, act: Callable[[], Any]) -> Any:
        """None when nobody answers. Raises Refused for an answer that is no."""
        try:
            return act()
        except (Refused, OSError) as error:  # requests' errors are of the second kind
            no = isinstance(error, Refused) and not unanswered(error)
            if no and error.code != OVERTAKEN:
                raise
            return None


def _offered(alert: dict) -> bool:
    """Somebody has been asked to take over."""
    return alert["offer"] is not None


class Plot:
    """``tests.drill.telling.Plot``."""

    steps = (
        *("sign_in", "admit", "report", "see", "told"),
        *("receive", "pass_on", "hand_over", "take_over", "handle"),
        *("told", "confirmed", "close"),
    )
    heart = frozenset({"report", "see", "receive", "hand_over", "take_over", "handle"})
    begin = Story

    def judge(self, story: Story, database: Database, sandbox: Sandbox) -> Verdict:
        ledger = alerts.read(database, sandbox, {NAME}, {NAME})
        wrong = [*alerts.problems(ledger), *_once(ledger)]
        return Verdict(wrong, sum(one["state"] == "UNKNOWN" for one in ledger.messages))


def _once(ledger: Ledger) -> Iterator[str]:
    """One alert, closed; each message of it one visible card; each state confirmed once."""
    states = [one["state"] for one in ledger.alerts.get(NAME, [])]
    if states != ["CLOSED"]:
        yield f"the alerts are {states}"
    shown = Counter(one["task_id"] for one in ledger.copies if one["fate"] == "shown")
    for message in ledger.messages:
        if message["state"] == "SENT" and shown[message["_id"]] != 1:
            yield f"the card of {message['_id']} is shown {shown[message['_id']]} times"
    yield from (f"a card of no message: {key}" for key in shown - Counter(_ids(ledger)))
    events = Counter((one["event"]["type"], one["account"]) for one in ledger.messages)
    yield from (f"{count} messages {key}" for key, count in events.items() if count > 1)


def _ids(ledger: Ledger) -> list[str]:
    return [message["_id"] for message in ledger.messages]
