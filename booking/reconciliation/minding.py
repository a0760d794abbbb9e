"""Whoever of the finance office has to look at a day, for as long as it has failed or its books do
not agree: one task for either.
"""

from wx_backend.base.context import Ctx
from wx_backend.identity.worklist import service as worklist

TASK = "reconciliation"


async def failed(ctx: Ctx, day: str) -> None:
    """The day's run will not go on by itself."""
    await worklist.open_task(ctx, TASK, _run_of(day), day, f"{day} 对账未能完成，请查看原因后重试")


async def compared(ctx: Ctx, day: str, left: int) -> None:
    """The day has been reconciled; ``left``: differences that nobody has dealt with."""
    await worklist.settle(ctx, TASK, _run_of(day))
    if left:
        await worklist.open_task(ctx, TASK, day, day, f"{day} 对账有差异待处理")
    else:
        await worklist.settle(ctx, TASK, day)


def _run_of(day: str) -> str:
    return f"{day} run"
