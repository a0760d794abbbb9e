"""Whoever of the finance office has to look at a day, for as long as it has failed, its books do
not agree, or money of it was learnt of once they were closed: one task for each.
"""

from datetime import date

from booking.reconciliation import store
from booking.reconciliation.model import run_id
from wx_backend.base.context import Ctx
from wx_backend.identity.worklist import service as worklist

TASK = "reconciliation"


async def failed(ctx: Ctx, day: str) -> None:
    """The day's run will not go on by itself."""
    await worklist.open_task(ctx, TASK, _run_of(day), day, f"{day} 对账未能完成，请查看原因后重试")


async def compared(ctx: Ctx, day: str, left: int) -> None:
    """The day has been reconciled; ``left``: differences that nobody has dealt with."""
    for cause in (_run_of(day), _closed(day)):
        await worklist.settle(ctx, TASK, cause)
    if left:
        await worklist.open_task(ctx, TASK, day, day, f"{day} 对账有差异待处理")
    else:
        await worklist.settle(ctx, TASK, day)


async def learnt(ctx: Ctx, on: date) -> None:
    """Money has come or gone on this day, as we know only now. A day that is not closed is run by
    somebody anyhow.
    """
    run, day = await store.get(ctx, run_id(ctx.institution or "", on)), on.isoformat()
    if run and run.state == "CLOSED":
        about = f"{day} 日结之后又有收退款记入该日，请反结账后重新对账"
        await worklist.open_task(ctx, TASK, _closed(day), day, about)


def _closed(day: str) -> str:
    return f"{day} closed"


def _run_of(day: str) -> str:
    return f"{day} run"
