"""What follows from findings, from movements of patients, and from the alerts themselves."""

from notify.critical import escalation, raising, store
from notify.critical.model import Alert
from notify.critical.service import BOARD
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.base.live import service as live
from wx_backend.identity.worklist import service as worklist
from wx_backend.records.reports import service as reports

NOBODY, NOTE, RECALL = "critical_nobody", "critical_note", "critical_recall"
"""Kinds of tasks."""


async def raise_alerts(ctx: Ctx, event: Event) -> None:
    """Findings become alerts; the same event again changes nothing."""
    await raising.raise_alerts(ctx, event)


async def follow(ctx: Ctx, event: Event) -> None:
    """Open alerts go where the patient goes."""
    await escalation.follow(ctx, event)


async def show(ctx: Ctx, event: Event) -> None:
    """Whoever looks at the board, or was told just now, sees the change at once."""
    found = await store.get(ctx, event.data["alert"])
    if found is None:
        return
    frame = {
        "alert": found.id,
        "state": found.state,
        "rung": max(found.rung, 0),
        "version": found.version,
        "severity": found.severity,
        "area": found.area,
        "due_at": found.due_at,
    }
    await live.publish(ctx, BOARD, frame)
    if event.type in TELLING:
        for member in event.data["members"]:
            await live.publish(ctx, f"me:{member}", frame)


async def supervise(ctx: Ctx, event: Event) -> None:
    """A rung had nobody: a task that the quality office sees even without WeCom."""
    found = await store.get(ctx, event.data["alert"])
    if found and found.unhandled and found.state == event.data["state"] and event.data["nobody"]:
        about = f"{found.area_name} {found.ward or found.department} 的危急值无人应答，请立即跟进"
        await worklist.open_task(ctx, NOBODY, found.id, found.id, about)


async def pass_on(ctx: Ctx, event: Event) -> None:
    """Somebody does not know of a recall: a task until a person has told them."""
    alert, member = event.data["alert"], event.data["unheard"]
    where = event.data["ward"] or event.data["department"]
    about = f"{where} 的危急值已撤回，但有人未收到撤回通知，请电话告知"
    await worklist.open_task(ctx, RECALL, f"{alert}:{member}", alert, about)


async def remind(ctx: Ctx, event: Event) -> None:
    """Handled, and the course of disease does not say so yet."""
    found = await store.get(ctx, event.data["alert"])
    if found and found.state == "HANDLED":
        person = found.treating.member if found.treating else ""
        about = f"{found.ward or found.department} 的危急值已处置，病程记录尚未登记"
        await worklist.open_task(ctx, NOTE, found.id, found.id, about, person)


async def tidy(ctx: Ctx, event: Event) -> None:
    """Somebody has acted, or there is nothing to act upon: what was asked of offices is settled."""
    for kind in (NOBODY, NOTE):
        await worklist.settle(ctx, kind, event.data["alert"])


async def release(ctx: Ctx, event: Event) -> None:
    """The patient may read the report once a clinician has acted on every critical result in it,
    also when the laboratory then says the same again.

    Raises:
        WrongState: a newer version came at the same time; judged again.
    """
    report = await reports.current(ctx, event.data["report"])
    if report is None or not report.held:
        return
    alerts = await store.of_result(ctx, report.id)
    acted = {(one.item, one.value) for one in alerts if _acted(one)}
    items = [report.content.item(key) for key in report.critical]
    if all(item and (item.key, item.value) in acted for item in items):
        await reports.release(ctx, report.id, report.version)


def _acted(alert: Alert) -> bool:
    """A false alarm is not among them: what is wrong is shown when it has been corrected."""
    return alert.state in ("HANDLED", "CLOSED")


TELLING = frozenset(
    {
        "critical.raised",
        "critical.escalated",
        "critical.transferred",
        "critical.physician_notified",
        "critical.recalled",
        "critical.recall_unheard",
        "critical.handover_offered",
        "critical.handover_accepted",
        "critical.handover_declined",
    }
)
"""Events whose members hear something new."""

reactions = {
    "report.critical_found": [raise_alerts, release],
    "encounter.changed": [follow],
    "chart.merged": [follow],
    "critical.raised": [show, supervise],
    "critical.escalated": [show, supervise],
    "critical.transferred": [show, supervise],
    "critical.received": [show, tidy],
    "critical.physician_notified": [show, tidy],
    "critical.contacted": [show],
    "critical.handled": [show, tidy, release],
    "critical.note_missing": [show, remind],
    "critical.closed": [show, tidy],
    "critical.recalled": [show, tidy],
    "critical.recall_unheard": [show, pass_on],
    "critical.handover_offered": [show],
    "critical.handover_accepted": [show],
    "critical.handover_declined": [show],
    "critical.refuted": [show, tidy],
}
