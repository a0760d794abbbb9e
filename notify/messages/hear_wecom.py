"""What WeCom says: which button of which card a member has tapped; the rest is only kept."""

import logging

from notify.messages import cards, store
from notify.messages.model import Answer
from wx_backend.base import metrics
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import AppError
from wx_backend.base.events import Event
from wx_backend.gateways.wecom.port import StaffEvent
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import bedside

logger = logging.getLogger(__name__)

TAP = "template_card_event"
DEFINITE = 500
"""Refusals below this status are answers; the others may be otherwise next time."""


async def act(ctx: Ctx, doc: dict) -> bool:
    """True: a tap is done, or refused, or nobody's business.

    Raises:
        Exception: whatever kept the answer from being taken; it is tried again.
    """
    event = StaffEvent(**doc["event"])
    if event.kind != TAP:
        return True
    message = await store.with_id(ctx, event.task_id or "")
    member = await staff.by_wecom(ctx, event.userid)
    if message is None or member is None or member.id != message["account"]:
        metrics.CALLBACKS.labels("wecom", "ignored").inc()
        logger.warning("tap ignored", extra={"callback": doc["_id"]})
        return True
    actor = Actor("staff", member.id, bedside(member.roles))
    mine = ctx.house.ctx(ctx.institution, actor, message["trace"], doc["channel"])
    await _answered(mine, message, event)
    return True


async def _answered(ctx: Ctx, message: dict, event: StaffEvent) -> None:
    """Hands the answer to whoever asked; the card shows a refusal."""
    hook = ctx.house.answered.get(message["event"]["type"])
    chosen = next(iter(event.chosen.get(cards.QUESTION, ())), "")
    answer = Answer(message=message["_id"], key=event.event_key or "", chosen=chosen)
    code = event.response_code or ""
    # Where the send itself is not written yet, the tap tells whose card it is.
    message = {**message, "userid": event.userid}
    await cards.tapped(ctx, message, code)
    if hook is None:
        return
    try:
        await hook(ctx, Event(**message["event"]), ctx.actor.id, answer)
    except AppError as refusal:
        if refusal.status >= DEFINITE:
            raise
        await cards.refuse(ctx, message, code, refusal.message)
