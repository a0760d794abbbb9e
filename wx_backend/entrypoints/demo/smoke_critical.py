"""The second story of the smoke run: a critical potassium reaches a nurse and a doctor of the ward,
is read back, passed on, handled, confirmed to the laboratory and closed; until it is handled, the
patient cannot read it.

Times are counted from the last byte of the laboratory's message, and taken from the stamps of
whoever did it where there are any.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from wx_backend.base.clock import WireClock
from wx_backend.entrypoints.demo import hl7
from wx_backend.entrypoints.demo.people import id_no
from wx_backend.entrypoints.demo.phone import Phone, Refused, Sandbox, StaffPhone, wait_for
from wx_backend.entrypoints.demo.steps import Story, check

WARD, NURSE, DOCTOR, STRANGER = "W03", "zhao-ting", "zhou-qiming", "qin-haifeng"
DOCTOR_NUMBER = ("D1001", "周启明")
PATIENT, PATIENT_NAME, PATIENT_NUMBER = "wang-xiulan", "王秀兰", id_no("19590312", 0)
ALERTS = "critical/alerts"
SHORT, LONG = 3.0, 20.0
TOLD = ("HANDLED", "PHYSICIAN_NOTIFIED", "RECEIVED")
"""What the laboratory is told of."""


class Critical(Story):
    about = "危急值 A critical value reaches a doctor"
    steps = (
        "signed_in",
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

    def __init__(self, broken: str | None, phone: str, sandbox: Sandbox, gateway: str):
        super().__init__(broken)
        self.sandbox, self._line = sandbox, hl7.Line(gateway)
        self._own = Phone(phone, PATIENT)
        self.nurse, self.doctor, self.stranger = (
            StaffPhone(phone, key) for key in (NURSE, DOCTOR, STRANGER)
        )
        self.run = secrets.token_hex(5)
        self.patient = hl7.Inpatient(
            mrn=f"M{self.run}",
            name=PATIENT_NAME,
            visit=f"V{self.run}",
            ward=WARD,
            bed="12",
            doctor=DOCTOR_NUMBER,
            id_no=PATIENT_NUMBER,
        )
        self._out = 0.0

    def told(self, step: str, seconds: float, said: str) -> str:
        line = super().told(step, seconds, said)
        at = self.seen.pop("at", None)
        return line if at is None else f"{line}  +{at - self._out:.3f} s"

    def signed_in(self) -> str:
        """In vain for the nurse when spoilt."""
        self._own.sign_in()
        me = next(one for one in self._own.people() if one["relation"] == "SELF")
        self.seen["reports"] = f"patients/{me['patient_id']}/reports"
        for one in (
            self.doctor,
            self.stranger,
            *([] if self.breaks("signed_in") else [self.nurse]),
        ):
            one.sign_in()
        for one in (self.doctor, self.stranger, self.nurse):
            one.get(f"{ALERTS}/mine")
        return f"{me['name']}；医护经企业微信 staff through WeCom"

    def admitted(self) -> str:
        text = hl7.admission(f"A{self.run}", self.patient)
        wrong = text.replace("ADT^A01", "ADT^Z99")
        self.seen["before"] = {one["id"] for one in self._own.get(self.seen["reports"])["items"]}
        check(self._send(wrong if self.breaks("admitted") else text) == "AA", "not admitted")
        return f"{WARD} {self.patient.bed} 床"

    def acknowledged(self) -> str:
        text = hl7.report(f"C{self.run}", self.patient, f"S{self.run}", critical=True)
        wrong = text.replace("ORU^R01", "ORU^Z01")
        self._out = _seconds()
        verdict = self._send(wrong if self.breaks("acknowledged") else text)
        check(verdict == "AA", f"the gateway said {verdict}")
        self.seen["at"] = _seconds()
        return f"{hl7.RESULTS} 项结果，1 项危急 · AA"

    def filed(self) -> str:
        """The patient sees that there is a report, and nothing in it."""
        report = self._until("filed", self._new_report)
        self.seen["at"] = _seconds()
        check(report["held"], "the patient may read it before anybody has acted")
        self.seen["report"] = f"{self.seen['reports']}/{report['id']}"
        check(self._readable(self.seen["report"]) is None, "the patient has read it")
        return f"{report['title']}，患者暂不可读 held"

    def alerted(self) -> str:
        alert = self._until("alerted", self._alert_about)
        self.seen["alert"] = alert["id"]
        check(alert["state"] == "RAISED", f"it is {alert['state']}")
        self.seen["at"] = datetime.fromisoformat(alert["raised_at"]).timestamp()
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
        self.seen["at"] = _seconds()
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
        report = self._until("released", lambda run: run and self._readable(self.seen["report"]))
        self.seen["at"] = _seconds()
        check(len(report["results"]) == hl7.RESULTS, f"{len(report['results'])} results")
        return f"患者可查看 {hl7.RESULTS} 项结果 the patient may read it"

    def closed(self) -> str:
        who = self.nurse if self.breaks("closed") else self.doctor
        return self._now("CLOSED", self._act(who, "close", note="病程记录 2026-0031"))

    def alert_ledger(self) -> str:
        alerts = [one for one in self._alerts() if one["lis_id"] == f"S{self.run}"]
        shown = [one for one in self._copies() if one["fate"] == "shown"]
        told = {one["member"] for one in alerts[0]["told"] if one["reached"] is not False}
        confirmations = self._confirmations(self.run) or []
        print(
            f"  ledger: critical 1 · alerted {len(alerts)} · told {len(told)} · "
            f"cards {len(shown)} · confirmed {len(confirmations)} · {alerts[0]['state']}"
        )
        check(len(alerts) == 1 + self.breaks("alert_ledger"), f"{len(alerts)} alerts")
        check(len(shown) == len(told), "a card for each who was told")
        return "平账 balanced"

    def _send(self, text: str) -> str:
        return self._line.send(text)

    def _patience(self, step: str) -> float:
        return SHORT if self.breaks(step) else LONG

    def _until(self, step: str, found: Callable[[str], Any]) -> Any:
        """What ``found`` says of this run; of no run when the step is spoilt."""
        run = "" if self.breaks(step) else self.run
        return wait_for(step, lambda: found(run), self._patience(step))

    def _new_report(self, run: str) -> dict | None:
        """The one that was not there before."""
        new = (one for one in self._own.get(self.seen["reports"])["items"] if run)
        return next((one for one in new if one["id"] not in self.seen["before"]), None)

    def _readable(self, path: str) -> dict | None:
        """The report; None while a clinician has to act first. Raises Refused otherwise."""
        try:
            return self._own.get(path)
        except Refused as error:
            if error.code != "report_held":
                raise
            return None

    def _alerts(self) -> list[dict]:
        """Everything the nurse has been told."""
        mine = self.nurse.get(f"{ALERTS}/mine")["items"]
        return [self.nurse.get(f"{ALERTS}/{line['id']}")["alert"] for line in mine]

    def _alert_about(self, run: str) -> dict | None:
        return next((one for one in self._alerts() if one["lis_id"] == f"S{run}"), None)

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
        self.seen["at"] = _seconds()
        return alert["steps"][-1].get("name", "")

    def _confirmations(self, run: str) -> list[dict] | None:
        """All the laboratory has to be told; None while something is missing."""
        told = self.sandbox.get("lis/confirmations", report=f"S{run}")
        return told if sorted(one["state"] for one in told) == list(TOLD) else None


def _seconds() -> float:
    return WireClock().now().timestamp()
