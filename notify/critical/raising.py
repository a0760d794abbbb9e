"""From findings to alerts, and back when the laboratory corrects itself.

The same finding told twice is the same alert, and the order in which versions of a report are heard
does not matter: after each step the alerts of a result are brought in line with what the report
says now, and a version that comes late never brings back what was taken back.
"""

import logging
from datetime import timedelta
from typing import Any

from notify.critical import crew, events, moves, store
from notify.critical.ladder import Climb, Person, climb, seat, with_too
from notify.critical.model import Alert, Orderer, alert_id
from notify.critical.moves import Place
from notify.critical.telling import tell
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.base.events import Event
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.staff import service as staff
from wx_backend.identity.worklist import service as worklist
from wx_backend.records.reports import service as reports
from wx_backend.records.reports.model import Report

log = logging.getLogger(__name__)

ATTEMPTS = 20

CORRECTED = "更正后不再是危急值"
REPLACED = "更正后仍为危急值，见新的警报"
WHY = {
    "FLAG": "仪器或 LIS 已标危急",
    "RULE": "本院规则",
    "DISAGREES": "标志与规则不一致",
    "UNIT_MISSING": "缺少单位",
    "UNIT_UNKNOWN": "单位无法识别",
    "IMPLAUSIBLE": "数值超出合理范围",
    "UNREADABLE": "结果无法识别",
    "UNSURE": "结果为界值，无法判断",
    "AGE_UNKNOWN": "年龄未知",
    "HAEMOLYSED": "标本溶血，结果可能偏高，请复查",
}


async def raise_alerts(ctx: Ctx, event: Event) -> None:
    """Alerts for what is critical, a task for the laboratory where it must look again, and an end
    to what an earlier version had said. The same event again changes nothing.
    """
    data = event.data
    for finding in data["findings"]:
        if finding["review"] or finding["verdict"] == "LAB_REVIEW":
            await _ask_laboratory(ctx, data, finding)
    urgent = [one for one in data["findings"] if one["verdict"] == "CRITICAL"]
    if urgent:
        report = await reports.current(ctx, data["report"])
        said = report.content.kind if report else ""
        place = await crew.locate(
            ctx, data["chart"], data["visit_no"], data["ward"], data["department"], said
        )
        for finding in urgent:
            await _raise(ctx, data, finding, place, report)
    await _in_line(ctx, data["report"], {*(one["item"] for one in urgent), *data["recalled"]})


async def _raise(
    ctx: Ctx, data: dict[str, Any], finding: dict[str, Any], place: Place, report: Report | None
) -> None:
    alert = await _draft(ctx, data, finding, place)
    others = await store.of_result(ctx, alert.report, [alert.item])
    if any(one.id == alert.id or _says_the_same(one, alert) for one in others):
        return
    if _superseded(alert, report, others):
        await _born_recalled(ctx, alert)
        return
    now = alert.raised_at
    if quiet := await _in_hand(ctx, alert, finding["first_only_hours"]):
        alert, nobody = quiet, False
    else:
        filled = await crew.crew(ctx, place.places, alert.orderer, alert.attending)
        step = climb(filled, alert.area, 0, now, _unknown(alert))
        step = with_too(step, await _in_charge(ctx, others), now)
        alert, nobody = moves.raised(alert, step, now), step.nobody
    told = tell(ctx, events.RAISED, alert, alert.members, nobody=nobody)
    if await store.add(ctx, alert, [told]):
        log.info("alert raised", extra={"alert": alert.id, "nobody": nobody})


async def _draft(ctx: Ctx, data: dict[str, Any], finding: dict[str, Any], place: Place) -> Alert:
    """The alert before anybody is told."""
    about = {
        name: data[name]
        for name in (
            *("report", "report_version", "chart", "source", "lis_id", "patient", "sex", "born"),
            *("visit_no", "specimen", "specimen_no", "resulted_at"),
        )
    }
    said = {
        name: finding[name]
        for name in (
            *("item", "analyte", "value", "unit", "range", "direction"),
            *("severity", "review", "rules", "low", "high"),
        )
    }
    now = ctx.now()
    limits = await crew.limits(ctx, place.area, finding["severity"], place.department)
    where = {name: getattr(place, name) for name in place.__struct_fields__}
    return Alert(
        id=alert_id(ctx.institution or "", data["report"], finding["item"], data["report_version"]),
        inst=ctx.institution or "",
        name=finding["name"] or finding["item"],
        flags=tuple(finding["flags"]),
        why=tuple(finding["why"]),
        orderer=Orderer(data["orderer"]["code"], data["orderer"]["name"]),
        raised_at=now,
        limits=limits,
        **about,
        **said,
        **where,
    )


def _unknown(alert: Alert) -> tuple[str, ...]:
    """What is not known of the patient, as gaps that nobody on duty can make up for."""
    if not alert.chart:
        return ("patient:unknown",)
    return () if alert.encounter else ("encounter:unknown",)


def _says_the_same(one: Alert, alert: Alert) -> bool:
    """A later word of the laboratory with the same number is no news to who has been told."""
    same = (one.chart, one.value, one.unit) == (alert.chart, alert.value, alert.unit)
    return same and one.state not in ("RECALLED", "FALSE_ALARM")


def _superseded(alert: Alert, report: Report | None, others: list[Alert]) -> bool:
    """A newer version of the report, heard of before this one, says otherwise."""
    if any(one.report_version > alert.report_version for one in others):
        return True
    return report is not None and _taken_back(alert, report)


def _taken_back(alert: Alert, report: Report) -> bool:
    return report.version > alert.report_version and alert.item not in report.critical


async def _born_recalled(ctx: Ctx, alert: Alert) -> None:
    """Kept for the record; nobody has been told and nobody will be."""
    first = moves.raised(alert, Climb(rung=0, told=()), alert.raised_at)
    ended = moves.recalled(first, CORRECTED, "", alert.raised_at)
    await store.add(ctx, ended, [tell(ctx, events.RECALLED, ended, (), replaced_by="")])


async def _in_hand(ctx: Ctx, alert: Alert, hours: int | None) -> Alert | None:
    """The alert told to one physician alone, when that physician already has this result in hand.

    Severity A takes this way only where the hospital has said so.
    """
    if not hours or not alert.chart:
        return None
    if alert.severity == "A" and not await parameters.resolve(ctx, "critical.first_only_for_a"):
        return None
    since = alert.raised_at - timedelta(hours=hours)
    for one in await store.of_chart_since(ctx, alert.chart, since):
        same = one.item == alert.item or (alert.analyte and one.analyte == alert.analyte)
        if not same or one.treating is None or one.state in ("RECALLED", "FALSE_ALARM"):
            continue
        known = await staff.members(ctx, [one.treating.member])
        physician = known.get(one.treating.member)
        if physician and physician.active and physician.wecom:
            told = seat(Person(physician.id, physician.name), "in_charge", 0, alert.raised_at)
            return moves.told_quietly(alert, one.id, told, alert.raised_at)
    return None


async def _in_charge(ctx: Ctx, others: list[Alert]) -> list[Person]:
    """The physicians who have acted upon former values of the same result."""
    told = {one.treating.member for one in others if one.treating}
    known = await staff.members(ctx, told) if told else {}
    return [crew.person(one) for one in known.values() if one.active]


async def _in_line(ctx: Ctx, report_id: str, items: set[str]) -> None:
    """Ends every alert of these results that a newer version has overtaken."""
    report = await reports.current(ctx, report_id)
    alerts = await store.of_result(ctx, report_id, items)
    for alert in alerts:
        newer = [
            one.id
            for one in alerts
            if one.item == alert.item and one.report_version > alert.report_version
        ]
        if newer:
            await _recall(ctx, alert, REPLACED, newer[-1])
        elif report and _taken_back(alert, report):
            await _recall(ctx, alert, CORRECTED, "")


async def _recall(ctx: Ctx, alert: Alert, reason: str, replaced_by: str) -> None:
    """Raises WrongState: others kept changing the alert; the event is delivered again."""
    for _ in range(ATTEMPTS):
        if alert.state in ("RECALLED", "FALSE_ALARM") or alert.recalled:
            return
        after = moves.recalled(alert, reason, replaced_by, ctx.now())
        told = tell(ctx, events.RECALLED, after, after.members, replaced_by=replaced_by)
        if await store.keep(ctx, alert, after, [told]):
            return
        found = await store.get(ctx, alert.id)
        if found is None:
            return
        alert = found
    raise WrongState()


async def _ask_laboratory(ctx: Ctx, data: dict[str, Any], finding: dict[str, Any]) -> None:
    why = "、".join(WHY.get(one, one) for one in finding["why"])
    about = f"标本 {data['specimen_no'] or data['lis_id']} 的 {finding['name']} 请检验科复核：{why}"
    cause = f"{data['report']}:{finding['item']}:{data['report_version']}"
    await worklist.open_task(ctx, "lab_review", cause, data["report"], about)
