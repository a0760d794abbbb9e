"""Putting a difference right. Whatever is done goes through the order's ledger or its posting: the
platform or the HIS is asked, and what it says is written down there. Nobody writes an order here.
"""

from booking.payments import service as payments
from booking.postings import service as postings
from booking.postings.model import posting_id
from booking.reconciliation import minding, store
from booking.reconciliation.model import (
    ASK,
    POST_AGAIN,
    REFUND_AGAIN,
    DayClosed,
    Difference,
    NoRemedy,
    Repair,
    RepairForm,
    run_id,
)
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, NotFound, WrongState

PUT_RIGHT, STILL_OPEN = "repaired", "open"


async def repair(ctx: Ctx, key: str, form: RepairForm) -> Difference:
    """Tries a remedy, or takes a person's word that there is none to be tried (``explain``).

    The difference is repaired once both sides say the same; else it stays open, with what came of
    it. Audited before anything is asked.

    Raises:
        NotFound, WrongState (somebody was first), DayClosed, NoRemedy, and what the platform or the
        HIS may raise (also written down).
    """
    one = await _to_be_dealt_with(ctx, key, form)
    await ctx.house.audit.record(
        ctx, f"reconciliation:difference:{form.action}", key, day=one.day, no=one.no, why=form.why
    )
    if form.action == "explain":
        return await _keep(ctx, one, form, "explain", "explained")
    try:
        right = await _REMEDIES[form.action](ctx, one, form.why)
    except AppError as error:
        await _keep(ctx, one, form, "", error.code)
        raise
    action, outcome = ("repair", PUT_RIGHT) if right else ("", STILL_OPEN)
    return await _keep(ctx, one, form, action, outcome)


async def _to_be_dealt_with(ctx: Ctx, key: str, form: RepairForm) -> Difference:
    one = await store.difference(ctx, key)
    if one is None:
        raise NotFound("没有找到这条差异")
    run = await store.get(ctx, run_id(one.inst, one.on))
    if run is not None and run.state == "CLOSED":
        raise DayClosed()
    if one.version != form.version or one.state != "OPEN":
        raise WrongState(state=one.state)
    if form.action != "explain" and form.action not in one.remedies:
        raise NoRemedy()
    return one


async def _keep(
    ctx: Ctx, one: Difference, form: RepairForm, action: str, outcome: str
) -> Difference:
    done = Repair(form.action, ctx.now(), ctx.actor.id, form.why, outcome)
    kept = await store.deal(ctx, one, action, done)
    if kept is None:
        raise WrongState()
    run = await store.get(ctx, run_id(one.inst, one.on))
    if run is not None:
        await minding.compared(ctx, run.day, await store.count_open(ctx, run))
    return kept


async def _asked(ctx: Ctx, one: Difference, _: str) -> bool:
    """The platform is asked about the payment or refund, and we write down what it says."""
    await payments.recheck(ctx, one.no)
    moved = (await payments.standings(ctx, [one.no]))[one.no].move
    return bool(moved and one.theirs and moved.fen == one.theirs.fen)


async def _refunded(ctx: Ctx, one: Difference, _: str) -> bool:
    """A refund of which the platform does not know is sent again, under its own number."""
    await payments.recheck(ctx, one.no)
    return True


async def _posted(ctx: Ctx, one: Difference, why: str) -> bool:
    """The HIS is asked, and told again what it has refused."""
    found = await postings.ask(ctx, posting_id(one.no))
    if found.state == "REFUSED":
        found = await postings.again(ctx, found.id, found.version, why)
    return found.state == "POSTED"


_REMEDIES = {ASK: _asked, REFUND_AGAIN: _refunded, POST_AGAIN: _posted}
