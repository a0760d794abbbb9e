"""Work for people: to decide about a proposal, and to hear an appeal."""

from booking.restrictions import service
from booking.restrictions.model import KINDS
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.identity.worklist import service as worklist

DECIDE, REVIEW = "restriction_proposed", "restriction_appealed"
WHOSE = "restriction_parted"
"""Kinds of tasks."""


async def ask(ctx: Ctx, event: Event) -> None:
    """Somebody shall look at what was counted."""
    data = event.data
    about = f"{KINDS[data['kind']]}：{data['days']} 天内 {data['times']} 次，请核实后决定是否限制"
    await worklist.open_task(ctx, DECIDE, data["restriction"], data["restriction"], about)


async def decided(ctx: Ctx, event: Event) -> None:
    await _settled(ctx, event, DECIDE)


async def ask_again(ctx: Ctx, event: Event) -> None:
    """Somebody else shall hear the patient."""
    key = event.data["restriction"]
    about = f"患者对预约限制（{KINDS[event.data['kind']]}）提出申诉，请复核"
    await worklist.open_task(ctx, REVIEW, key, key, about)


async def heard(ctx: Ctx, event: Event) -> None:
    await _settled(ctx, event, REVIEW)


async def _settled(ctx: Ctx, event: Event, kind: str) -> None:
    """Whose it was is settled by what was said since that was asked, not by what is heard late."""
    await worklist.settle(ctx, kind, event.data["restriction"])
    said_at = ctx.house.business.of_wire(event.at)
    await worklist.settle(ctx, WHOSE, event.data["restriction"], said_at)


async def adopt(ctx: Ctx, event: Event) -> None:
    """One person signed in two ways: restrictions follow, in every institution."""
    everywhere = await ctx.across("restrictions of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


async def give_back(ctx: Ctx, event: Event) -> None:
    """Two persons after all: restrictions go back, in every institution; what nobody can tell whose
    it is somebody looks at.
    """
    everywhere = await ctx.across("restrictions of a parted account")
    for one in await service.give_back(everywhere, event.data["account"], event.data["of"]):
        about = f"账号拆分后，这项限制（{KINDS[one.kind]}）说不清是谁的行为所致，请核实是否保留"
        await worklist.open_task(ctx.within(one.inst), WHOSE, one.id, one.id, about)


reactions = {
    "account.merged": [adopt],
    "account.parted": [give_back],
    "restriction.proposed": [ask],
    "restriction.imposed": [decided],
    "restriction.declined": [decided],
    "restriction.appealed": [ask_again],
    "restriction.upheld": [heard],
    "restriction.lifted": [heard],
    "restriction.expired": [heard],
}
