"""Cases of the console about alerts, rules, dead letters and the trail's seals."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

from tests.helpers import hl7
from tests.helpers.matrix.bedside import PHYSICIAN, alert
from tests.helpers.matrix.cases import Case, at
from tests.helpers.matrix.stage import Ask, Caller, Stage, _numbers
from wx_backend.base import ids
from wx_backend.base.seals import checks
from wx_backend.entrypoints.interfaces import inbox, processing
from wx_backend.entrypoints.interfaces.alarms import ALARMS
from wx_backend.gateways.hl7.message import parse
from wx_backend.records.reports import service as reports

ID = r"([a-z0-9]{5,40})"
ONE = "/console/critical/{}"


def mends(sent: bool) -> Case:
    """A parked delivery whose event is edited."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        now, key = stage.house.wire.now(), f"{ids.new('e')}:1/a.b"
        event = {"id": key, "type": "task.done", "data": {"task": "x"}, "trace": "tr"}
        await stage.house.db.raw("deliveries").insert_one(
            {"_id": key, "inst": stage.ctx.institution, "state": "PARKED", "event": event,
             "reaction": "a.b", "reason": "x", "tries": 1, "lane": "relay", "parked_at": now}
        )  # fmt: skip
        if not sent:
            return Ask(f"/console/dead-letters/mend?id={quote(key)}")
        fields = {"id": key, "data": '{"task": "y"}', "reason": "更正"}
        return Ask("/console/dead-letters/mend", fields=fields)

    return Case(make, of="institution")


def letter(path: str, **sent: str) -> Case:
    """A message of a hospital system that lacks who it is about."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        whole = hl7.adt("A01", ids.new("c")[:20])
        message = parse(whole.replace("M1001^^^JQ^MR", ""))
        raw = message.text.encode()
        doc = inbox.document(stage.ctx, message, raw, peer="x", faithful=True, lease="own")
        await inbox.keep(stage.ctx, doc)
        change = await processing.attempt(stage.ctx, inbox.received(doc), message)
        await inbox.settle(stage.ctx, doc["received_at"], [change])
        alarm = await stage.ctx.db(ALARMS).find_one({"message": doc["_id"]})
        text = {"text": whole.replace("\r", "\n")} if "text" in sent else {}
        return Ask(path.format(alarm["_id"]), fields={**sent, **text} or None)

    return Case(make, of="institution")


async def decide(stage: Stage, caller: Caller) -> Ask:
    draft = await reports.propose_rules(stage.admin, reports.seed().rules, stage.ctx.today())
    return Ask(f"/console/critical/rules/{draft.id}/decide", fields={"verdict": "reject"})


async def change(stage: Stage, caller: Caller) -> Ask:
    day = (stage.ctx.today() + timedelta(days=1)).isoformat()
    fields = {"low_adult": f"3.{next(_numbers):04}", "high_adult": "6.2", "from": day}
    return Ask("/console/critical/rules/change/K", fields={**fields, "severity": "A"})


async def verify(stage: Stage, caller: Caller) -> Ask:
    return Ask("/console/audit/verify", fields={"month": f"{stage.ctx.wire_now():%Y%m}"})


async def verified(stage: Stage, caller: Caller) -> Ask:
    """A check that is over, as are those that another row has begun: they write while they run."""
    check = await checks.begin(stage.ctx, f"{stage.ctx.wire_now():%Y%m}")
    await asyncio.wait(stage.house.views[checks.VIEW], timeout=20)
    return Ask(f"/console/audit/verify/{check.id}")


LETTER = "/console/dead-letters/message/{}"

CASES: dict[str, Case] = {
    "GET /console/critical": at("/console/critical"),
    "GET /console/critical/figures": at("/console/critical/figures"),
    "GET /console/critical/watch": at("/console/critical/watch"),
    "GET /console/critical/rules": at("/console/critical/rules"),
    "POST /console/critical/rules/propose": at("/console/critical/rules/propose"),
    r"GET /console/critical/rules/change/(\w{1,20})": at("/console/critical/rules/change/K"),
    r"POST /console/critical/rules/change/(\w{1,20})": Case(change),
    f"POST /console/critical/rules/{ID}/decide": Case(decide, of="institution"),
    "GET /console/audit/verify": at("/console/audit/verify"),
    "POST /console/audit/verify": Case(verify),
    f"GET /console/audit/verify/{ID}": Case(verified, of="institution"),
    "GET /console/dead-letters/mend": mends(sent=False),
    "POST /console/dead-letters/mend": mends(sent=True),
    f"GET /console/dead-letters/message/{ID}": letter(LETTER),
    f"POST /console/dead-letters/message/{ID}": letter(LETTER, text="", reason="补上病历号"),
    f"POST /console/dead-letters/message/{ID}/dismiss": letter(
        f"{LETTER}/dismiss", reason="测试消息"
    ),
    f"GET /console/critical/{ID}": alert(ONE),
    f"POST /console/critical/{ID}/receive": alert(f"{ONE}/receive", item="K", value="2.5"),
    f"POST /console/critical/{ID}/notify": alert(
        f"{ONE}/notify", "RECEIVED", physician=PHYSICIAN, how="PHONE"
    ),
    f"POST /console/critical/{ID}/handle": alert(
        f"{ONE}/handle", "PHYSICIAN_NOTIFIED", measures="RECHECK"
    ),
    f"POST /console/critical/{ID}/close": alert(f"{ONE}/close", "HANDLED", note="病程记录 1"),
    f"POST /console/critical/{ID}/contact": alert(f"{ONE}/contact", outcome="REACHED", how="PHONE"),
    f"POST /console/critical/{ID}/handover": alert(
        f"{ONE}/handover", "RECEIVED", offered=False, to=PHYSICIAN
    ),
    f"POST /console/critical/{ID}/takeover": alert(
        f"{ONE}/takeover", "RECEIVED", offered=True, answer="ACCEPT"
    ),
    f"POST /console/critical/{ID}/refute": alert(
        f"{ONE}/refute", reason="标本溶血", laboratory="李某"
    ),
}
