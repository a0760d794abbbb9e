"""Facts that make work for people."""

from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.identity.worklist import service


async def refund_abnormal(ctx: Ctx, event: Event) -> None:
    """The platform could not pay a refund out; finance has to settle it."""
    await _refund(ctx, event, "refund_abnormal")


async def refund_closed(ctx: Ctx, event: Event) -> None:
    """The platform closed a refund without paying it out."""
    await _refund(ctx, event, "refund_closed")


async def _refund(ctx: Ctx, event: Event, kind: str) -> None:
    about = f"订单 {event.data['order']} 的退款需要人工处理"
    await service.open_task(ctx, kind, event.data["refund"], event.data["order"], about)


async def fund_changed(ctx: Ctx, event: Event) -> None:
    """The insurance's half of an order has gone on: nobody is needed any more."""
    at = ctx.house.business.of_wire(event.at)
    await service.settle(ctx, "fund_stuck", event.data["order"], at)


async def interface_alarm(ctx: Ctx, event: Event) -> None:
    """A hospital system's message waits for a person."""
    data = event.data
    about = f"{data['sender']} 的 {data['message_kind']} 消息需要人工处理，原因 {data['reason']}"
    await service.open_task(ctx, "interface_alarm", data["alarm"], data["alarm"], about)


reactions = {
    "interface.alarmed": [interface_alarm],
    "payment.refund_abnormal": [refund_abnormal],
    "payment.refund_closed": [refund_closed],
    "payment.fund_changed": [fund_changed],
}
