"""Work for people: to decide about a proposal, and to hear an appeal."""

from booking.restrictions import service
from booking.restrictions.model import KINDS
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.identity.worklist import service as worklist

DECIDE, REVIEW = "restriction_proposed", "restriction_appealed"
"""Kinds of tasks."""


async def ask(ctx: Ctx, event: Event) -> None:
    """Somebody shall look at what was counted."""
    data = event.data
    about = f"{KINDS[data['kind']]}：{data['days']} 天内 {data['times']} 次，请核实后决定是否限制"
    await worklist.open_task(ctx, DECIDE, data["restriction"], data["restriction"], about)


async def decided(ctx: Ctx, event: Event) -> None:
    await worklist.settle(ctx, DECIDE, event.data["restriction"])


async def ask_again(ctx: Ctx, event: Event) -> None:
    """Somebody else shall hear the patient."""
    key = event.data["restriction"]
    about = f"患者对预约限制（{KINDS[event.data['kind']]}）提出申诉，请复核"
    await worklist.open_task(ctx, REVIEW, key, key, about)


async def heard(ctx: Ctx, event: Event) -> None:
    await worklist.settle(ctx, REVIEW, event.data["restriction"])


async def adopt(ctx: Ctx, event: Event) -> None:
    """One person signed in two ways: restrictions follow, in every institution."""
    everywhere = await ctx.across("restrictions of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


reactions = {
    "account.merged": [adopt],
    "restriction.proposed": [ask],
    "restriction.imposed": [decided],
    "restriction.declined": [decided],
    "restriction.appealed": [ask_again],
    "restriction.upheld": [heard],
    "restriction.lifted": [heard],
    "restriction.expired": [heard],
}
