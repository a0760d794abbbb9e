"""Telling a LIS who received its critical value, who was notified and what was done.

Made by a reaction, sent by a sweep: it needs MongoDB and a worker or gateway process, no broker.
The control id is the same at every try and the LIS drops what it knows, so whatever is not answered
is simply told again.
"""

import logging
from functools import partial

import msgspec

from notify.confirmations import store
from notify.confirmations.model import (
    CONFIRMATION,
    DUE,
    NO_CHANNEL,
    PARKED,
    TASK,
    Confirmation,
    confirmation_id,
    control_id,
    next_try,
)
from notify.critical import service as critical
from notify.critical.model import MEASURES, STATES, Act, Alert
from wx_backend.base import log
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, GatewayRefused, NotFound
from wx_backend.base.sweeper import Sweep, side_by_side
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.gateways.his.port import Clinician
from wx_backend.gateways.lis import port as lis
from wx_backend.identity.staff import service as staff
from wx_backend.identity.worklist import service as worklist
from wx_backend.records.reports import service as reports
from wx_backend.records.reports.model import reference

logger = logging.getLogger(__name__)


async def confirm(ctx: Ctx, alert_id: str, told: str) -> None:
    """The LIS of this alert is to be told of the state ``told``; once, however often it is asked.

    A hospital none of whose LISs listens tells nobody. Raises NotFound: no such alert or report.
    """
    alert = await critical.recorded(ctx, alert_id)
    acts = {
        "RECEIVED": alert.received,
        "PHYSICIAN_NOTIFIED": alert.physician,
        "HANDLED": alert.handled,
    }
    act = acts[told]
    if act is None or not await _anybody_listens(ctx):
        return
    one = await _made(ctx, alert, act, told)
    try:
        await institutions.channel_for(ctx, "lis", one.source)
    except NoChannel:
        one = msgspec.structs.replace(one, state=PARKED, reason=NO_CHANNEL)
        await _ask_people(ctx, one)
    await store.add(ctx, one)


async def of_alert(ctx: Ctx, alert_id: str) -> list[Confirmation]:
    """What a LIS has been or is to be told of an alert, in the order of what happened."""
    return await store.of_alert(ctx, alert_id)


async def replay(ctx: Ctx, alert_id: str) -> int:
    """What was refused or laid aside of this alert is told anew, for a week; how many. Audited."""
    waits = CONFIRMATION.sources("replay")
    if not any(one.state in waits for one in await store.of_alert(ctx, alert_id)):
        return 0
    await ctx.house.audit.record(ctx, "confirmations:alert:replay", alert_id)
    return await store.replay(ctx, alert_id)


async def send_due(ctx: Ctx) -> int:
    """One batch; how many were dealt with. One call when nothing is due."""
    taken = await store.claim(ctx)
    await side_by_side(partial(_send, ctx), taken, store.BATCH)
    return len(taken)


sweeps = [Sweep("lis confirmations", send_due)]


async def _anybody_listens(ctx: Ctx) -> bool:
    try:
        await institutions.channel_for(ctx, "lis")
    except NoChannel:
        return False
    return True


async def _made(ctx: Ctx, alert: Alert, act: Act, told: str) -> Confirmation:
    report = await reports.current(ctx, alert.report)
    if report is None:
        raise NotFound()
    result = reference(report, alert.item)
    known = (await staff.members(ctx, [act.member])).get(act.member)
    key = confirmation_id(alert.id, told)
    return Confirmation(
        id=key,
        inst=ctx.institution or "",
        state=DUE,
        control_id=control_id(key),
        alert=alert.id,
        source=result.source,
        answers=result.control_id,
        report=result.lis_id,
        specimen_no=result.specimen_no,
        item_code=result.code,
        item_name=result.name,
        loinc=result.loinc,
        told=told,
        number=known.number if known else "",
        name=act.name,
        role=act.role,
        acted_at=act.at,
        channel=act.how or act.channel,
        measures="；".join([*(MEASURES[one] for one in act.measures), *filter(None, [act.note])]),
        trace=ctx.trace,
        at=ctx.now(),
    )


async def _send(ctx: Ctx, doc: dict) -> None:
    """Tells one; whatever went wrong is kept with it, and people are asked before it is ended."""
    log.trace_id.set(doc["trace"])
    one = msgspec.convert(doc, Confirmation)
    inside = ctx.house.ctx(one.inst, trace=one.trace)
    try:
        channel = await institutions.channel_for(inside, "lis", one.source)
        await (await institutions.lis(inside, channel)).confirm(_message(one))
    except GatewayRefused as error:
        reason = f"{error.data['platform_code']} {error.data['platform_message']}".strip()
        await _ask_people(inside, one)
        await store.end(inside, doc, "refuse", reason=reason)
    except Exception as error:  # whatever it was, it is told again under the same control id
        await _again(inside, doc, one, error)
    else:
        await store.end(inside, doc, "accept", sent_at=ctx.now(), reason="")
        await worklist.settle(inside, TASK, one.id)


async def _again(ctx: Ctx, doc: dict, one: Confirmation, error: Exception) -> None:
    reason = error.code if isinstance(error, AppError) else type(error).__name__
    wait = next_try(one.tries + 1, ctx.now() - one.at)
    extra = {"confirmation": one.id, "tries": one.tries + 1, "parked": wait is None}
    logger.warning("LIS not told", exc_info=error, extra=extra)
    if wait is None:
        await _ask_people(ctx, one)
        await store.end(ctx, doc, "park", reason=reason)
    else:
        await store.again(ctx, doc, wait, reason)


async def _ask_people(ctx: Ctx, one: Confirmation) -> None:
    """Somebody has to tell the laboratory; the same confirmation is the same task."""
    about = f"检验系统 {one.source} 未确认：报告 {one.report} {one.item_name} {STATES[one.told]}"
    await worklist.open_task(ctx, TASK, one.id, one.alert, about)


def _message(one: Confirmation) -> lis.Confirmation:
    return lis.Confirmation(
        control_id=one.control_id,
        answers=one.answers,
        report=one.report,
        specimen_no=one.specimen_no,
        item_code=one.item_code,
        item_name=one.item_name,
        loinc=one.loinc,
        state=one.told,
        state_name=STATES[one.told],
        by=Clinician(one.number, one.name),
        role=one.role,
        at=one.acted_at,
        channel=one.channel,
        measures=one.measures,
        alert=one.alert,
    )
