"""The second story of the smoke run: a critical potassium reaches a nurse and a doctor of the ward,
is read back, passed on, handled, confirmed to the laboratory and closed.

Times are counted from the last byte of the laboratory's message, and taken from the stamps of
whoever did it where there are any.
"""

import secrets
import time
from datetime import datetime
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from wx_backend.entrypoints.demo import hl7
from wx_backend.entrypoints.demo.phone import Refused, Sandbox, StaffPhone, wait_for
from wx_backend.entrypoints.demo.steps import Story, check

WARD, NURSE, DOCTOR, STRANGER = "W03", "zhao-ting", "zhou-qiming", "qin-haifeng"
DOCTOR_NUMBER = ("D1001", "周启明")
ALERTS = "critical/alerts"
SHORT, LONG = 3.0, 20.0
TOLD = ("HANDLED", "PHYSICIAN_NOTIFIED", "RECEIVED")
"""What the laboratory is told of."""


class Critical(Story):
    about = "危急值 A critical value reaches a doctor"
    steps = (
        "staff",
        "admitted",
        "acknowledged",
        "filed",
        "alerted",
        "carded",
        "opened",
        "received",
        "notified",
        "handled",
        "confirmed",
        "released",
        "closed",
        "alert_ledger",
    )

    def __init__(self, broken: str | None, phone: str, sandbox: Sandbox, gateway: str, mongo: str):
        super().__init__(broken)
        self.sandbox, self._line = sandbox, hl7.Line(gateway)
        self.nurse, self.doctor, self.stranger = (
            StaffPhone(phone, key) for key in (NURSE, DOCTOR, STRANGER)
        )
        self._tables: Database = MongoClient(mongo, tz_aware=True).get_default_database("wx")
        self.run = secrets.token_hex(5)
        self.patient = hl7.Inpatient(
            f"M{self.run}", "何素云", f"V{self.run}", WARD, "12", DOCTOR_NUMBER
        )
        self._out = 0.0

    def told(self, step: str, seconds: float, said: str) -> str:
        line = super().told(step, seconds, said)
        at = self.seen.pop("at", None)
        return line if at is None else f"{line}  +{at - self._out:.3f} s"

    def staff(self) -> str:
        people = [self.nurse, self.doctor, self.stranger]
        for one in people if not self.breaks("staff") else people[:1]:
            one.sign_in()
        for one in people:
            one.get(f"{ALERTS}/mine")
        return "经企业微信登录 signed in through WeCom"

    def admitted(self) -> str:
        text = hl7.admission(f"A{self.run}", self.patient)
        wrong = text.replace("ADT^A01", "ADT^Z99")
        check(self._send(wrong if self.breaks("admitted") else text) == "AA", "not admitted")
        return f"{WARD} {self.patient.bed} 床"

    def acknowledged(self) -> str:
        text = hl7.report(f"C{self.run}", self.patient, f"S{self.run}", critical=True)
        wrong = text.replace("ORU^R01", "ORU^Z01")
        self._out = time.time()
        verdict = self._send(wrong if self.breaks("acknowledged") else text)
        check(verdict == "AA", f"the gateway said {verdict}")
        self.seen["at"] = time.time()
        return f"{hl7.RESULTS} 项结果，1 项危急 · AA"

    def filed(self) -> str:
        report = self._until("filed", lambda number: self._report(number))
        check(len(report["content"]["items"]) == hl7.RESULTS, "results are missing")
        check(report["held"], "the patient may read it before anybody has acted")
        self._stamp(report["filed_at"])
        return f"{hl7.RESULTS} 项已归档"

    def alerted(self) -> str:
        alert = self._until("alerted", self._alert_about)
        self.seen["alert"] = alert["id"]
        check(alert["state"] == "RAISED", f"it is {alert['state']}")
        self._stamp(datetime.fromisoformat(alert["raised_at"]))
        return f"{alert['name']} {alert['value']} {alert['unit']} · {len(alert['told'])} 人"

    def carded(self) -> str:
        phone = self.stranger if self.breaks("carded") else self.doctor
        card = wait_for("card on the phone", lambda: self._card(phone), self._patience("carded"))
        words = str(card)
        check(hl7.LOW_POTASSIUM not in words, "the card shows the value")
        check(self.patient.name not in words, "the card shows the name")
        self.seen["card"] = card
        self.seen["at"] = card["at"]
        return card["title"]

    def opened(self) -> str:
        phone = self.stranger if self.breaks("opened") else self.doctor
        page = phone.page(self.seen["card"]["url"])
        check(hl7.LOW_POTASSIUM in page, "the page does not show the value")
        self.seen["at"] = time.time()
        return self.seen["card"]["url"]

    def received(self) -> str:
        try:
            self._act(self.nurse, "receive", item="K", value="7.1")
        except Refused as error:
            check(error.code == "critical_read_back_wrong", f"refused as {error.code}")
        else:
            check(False, "a wrong value was taken for a read-back")
        value = "7.1" if self.breaks("received") else hl7.LOW_POTASSIUM
        return self._now("RECEIVED", self._act(self.nurse, "receive", item="K", value=value))

    def notified(self) -> str:
        told = self._alert()["told"]
        mine = [one["member"] for one in told if one["seat"] == "orderer"]
        physician = "stfnone" if self.breaks("notified") else mine[0]
        done = self._act(self.nurse, "physician", physician=physician, how="PHONE")
        return self._now("PHYSICIAN_NOTIFIED", done)

    def handled(self) -> str:
        who = self.nurse if self.breaks("handled") else self.doctor
        done = self._act(
            who, "handle", measures=["INFUSION", "RECHECK"], note="静脉补钾，两小时后复查"
        )
        return self._now("HANDLED", done)

    def confirmed(self) -> str:
        told = self._until("confirmed", self._confirmations)
        check(all(one["times"] == 1 for one in told), "the laboratory was told twice")
        self.seen["at"] = max(one["taken_at"] for one in told)
        return "、".join(one["state_name"] for one in told)

    def released(self) -> str:
        self._until("released", lambda number: (self._report(number) or {}).get("held") is False)
        self.seen["at"] = time.time()
        return "患者可查看报告 the patient may read it"

    def closed(self) -> str:
        who = self.nurse if self.breaks("closed") else self.doctor
        return self._now("CLOSED", self._act(who, "close", note="病程记录 2026-0031"))

    def alert_ledger(self) -> str:
        number = f"S{self.run}"
        alerts = self._tables.alerts.count_documents({"lis_id": number})
        acts = [step["action"] for step in self._alert()["steps"]]
        shown = [one for one in self._copies() if one["fate"] == "shown"]
        confirmations = self._confirmations(number) or []
        print(
            f"  ledger: critical 1 · alerted {alerts} · cards {len(shown)} · steps {len(acts)} · "
            f"confirmed {len(confirmations)}"
        )
        check(alerts == 1 + self.breaks("alert_ledger"), f"{alerts} alerts")
        once = {(one["userid"], one["task_id"]) for one in shown}
        check(len(once) == len(shown), "a card was shown twice")
        return "平账 balanced"

    def _send(self, text: str) -> str:
        return self._line.send(text)

    def _patience(self, step: str) -> float:
        return SHORT if self.breaks(step) else LONG

    def _until(self, step: str, found: Any) -> Any:
        """What ``found`` says of our number; of nobody's when the step is spoilt."""
        number = "SNONE" if self.breaks(step) else f"S{self.run}"
        return wait_for(step, lambda: found(number), self._patience(step))

    def _report(self, number: str) -> dict | None:
        return self._tables.reports.find_one({"lis_id": number})

    def _alert_about(self, number: str) -> dict | None:
        for line in self.nurse.get(f"{ALERTS}/mine")["items"]:
            alert = self.nurse.get(f"{ALERTS}/{line['id']}")["alert"]
            if alert["lis_id"] == number:
                return alert
        return None

    def _alert(self) -> dict:
        return self.doctor.get(f"{ALERTS}/{self.seen['alert']}")["alert"]

    def _card(self, phone: StaffPhone) -> dict | None:
        mine = (one for one in phone.cards() if self.seen["alert"] in one.get("url", ""))
        return next(mine, None)

    def _copies(self) -> list[dict]:
        """Everybody's copies of cards about the alert."""
        rows = self.sandbox.get("wecom/messages")
        return [one for one in rows if self.seen["alert"] in str(one["content"])]

    def _act(self, who: StaffPhone, act: str, **said: Any) -> dict:
        version = self._alert()["version"]
        return who.post(f"{ALERTS}/{self.seen['alert']}/{act}", version=version, **said)["alert"]

    def _now(self, state: str, alert: dict) -> str:
        check(alert["state"] == state, f"it is {alert['state']}")
        self.seen["at"] = time.time()
        return alert["steps"][-1].get("name", "")

    def _confirmations(self, number: str) -> list[dict] | None:
        """All the laboratory has to be told; None while something is missing."""
        told = self.sandbox.get("lis/confirmations", report=number)
        return told if sorted(one["state"] for one in told) == list(TOLD) else None

    def _stamp(self, moment: datetime) -> None:
        self.seen["at"] = moment.timestamp()
