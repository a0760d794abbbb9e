"""One posting is worked on with the HIS until it is in the books, refused, or put off.

That the HIS is about to be told is written down before; whoever finds it so asks what has become of
it before anything is told again.
"""

import logging
from datetime import timedelta
from typing import Any

from booking.payments import service as payments
from booking.postings import events, store
from booking.postings.model import POSTING, Posting, all_back, heals, next_step, retry_after
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, GatewayUnknown
from wx_backend.base.money import yuan
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters
from wx_backend.gateways.his_accounts.port import HisAccountsPort, PostingRefused
from wx_backend.identity.worklist import service as worklist

log = logging.getLogger(__name__)

TASK = "unposted"
GIVEN_BACK = "医院系统未能入账，原路退回"


async def work(ctx: Ctx, posting: Posting) -> None:
    """Goes on until nothing is to be done, a person has to decide, or it is put off."""
    if posting.state == "REFUSED" and not posting.tasked:
        await _still_refused(ctx, posting)
        return
    now: Posting | None = posting
    while now and not now.over and now.state != "REFUSED":
        now = await _step(ctx, now)


async def _step(ctx: Ctx, posting: Posting) -> Posting | None:
    """One step and what is known after it; None when this is all for now."""
    payment = await store.get(ctx, posting.reverses) if posting.reverses else None
    step = next_step(posting, payment.state if payment else "")
    if step in ("post", "query"):
        try:
            his = await institutions.his_accounts(ctx)
        except AppError as trouble:  # not set up, or its keys are wrong: somebody has to look
            return await _put_off(ctx, posting, trouble)
        return await (_post if step == "post" else _query)(ctx, posting, his)
    if step == "needless":
        return await over(ctx, posting, "spare")
    if step == "give_back":
        return await _give_back(ctx, posting)
    if payment and all_back(payment, await store.refunds_of(ctx, payment.id)):
        await over(ctx, payment, "return", events.change(ctx, events.RETURNED, payment))
        return await store.get(ctx, posting.id)
    return await _later(ctx, posting)


async def _post(ctx: Ctx, posting: Posting, his: HisAccountsPort) -> Posting | None:
    asking = await store.change(ctx, posting, state=POSTING.next(posting.state, "ask"))
    if asking is None:
        return await store.get(ctx, posting.id)
    try:
        done = await his.post(asking.told())
    except PostingRefused as no:
        return await _refused(ctx, asking, no)
    except GatewayUnknown as trouble:
        return await _put_off(ctx, asking, trouble, "doubt")
    except AppError as trouble:
        return await _put_off(ctx, asking, trouble, "unasked")
    return await posted(ctx, asking, done.entry)


async def _query(ctx: Ctx, posting: Posting, his: HisAccountsPort) -> Posting | None:
    try:
        known = await his.query(posting.id)
    except AppError as trouble:
        return await _put_off(ctx, posting, trouble, "doubt")
    if known.state == "POSTED":
        return await posted(ctx, posting, known.entry)
    missed = await store.change(ctx, posting, state=POSTING.next(posting.state, "miss"))
    return missed or await store.get(ctx, posting.id)


async def posted(ctx: Ctx, posting: Posting, entry: str) -> Posting | None:
    """The HIS has it."""
    event = events.change(ctx, events.DONE, posting, entry=entry)
    done = await over(ctx, posting, "post", event, entry=entry, why="", words="")
    if done:
        await store.hurry_refunds(ctx, posting.id)
    return done


async def over(
    ctx: Ctx, posting: Posting, action: str, event: dict | None = None, **fields: Any
) -> Posting | None:
    """It has ended, and whoever was asked to look need not any more; None: somebody was first."""
    state = POSTING.next(posting.state, action)
    done = await store.change(ctx, posting, event, state=state, **fields)
    if done:
        await worklist.settle(ctx, TASK, posting.id)
        if posting.kind == "PAID":
            await store.hurry_refunds(ctx, posting.id)
    return done


async def _refused(ctx: Ctx, posting: Posting, no: PostingRefused) -> Posting | None:
    """A person decides; where the money goes back by itself, only if it has not for too long."""
    code, words = (str(no.data.get(f"platform_{name}", "")) for name in ("code", "message"))
    log.error("posting refused", extra={"posting": posting.id, "code": code})
    event = events.change(ctx, events.FAILED, posting, why=code)
    fields = {"state": POSTING.next(posting.state, "refuse"), "why": code, "words": words}
    if heals(posting, code):
        due_at = ctx.now() + timedelta(minutes=await _patience(ctx))
        return await store.change(ctx, posting, event, due_at, tasked=False, **fields)
    await _ask_people(ctx, posting, f"医院系统拒绝：{words or code}")
    return await store.change(ctx, posting, event, tasked=True, **fields)


async def _still_refused(ctx: Ctx, posting: Posting) -> None:
    """What should have given the money back has not."""
    await _ask_people(ctx, posting, f"医院系统拒绝且款项未退回：{posting.words or posting.why}")
    await store.change(ctx, posting, tasked=True)


async def _give_back(ctx: Ctx, posting: Posting) -> None:
    """What is still kept of this payment goes back; a refund that the platform closed is a
    person's.
    """
    ledger = (await payments.order(ctx, posting.order)).ledger()
    refunds = [one for one in ledger.refunds.values() if one.attempt == posting.reference]
    left = posting.fen - sum(one.fen for one in refunds)
    fen = ledger.returnable_fen if ledger.fund else left
    try:
        if left > 0:
            await payments.refund(ctx, posting.order, fen, GIVEN_BACK, because=posting.id)
    except AppError as trouble:
        return await _put_off(ctx, posting, trouble)
    return await _later(ctx, posting)


async def _put_off(ctx: Ctx, posting: Posting, trouble: AppError, action: str = "") -> None:
    """No answer, or none that decides anything. Only what may have been done stays in doubt."""
    log.warning("posting not settled", extra={"posting": posting.id, "code": trouble.code})
    minutes = await _patience(ctx)
    lasted = (ctx.now() - posting.made_at).total_seconds()
    fields: dict[str, Any] = {}
    if action:
        fields["state"] = POSTING.next(posting.state, action)
    if lasted >= 60 * minutes and not posting.tasked:
        await _ask_people(ctx, posting, f"超过 {minutes} 分钟没有结果")
        fields["tasked"] = True
    await _later(ctx, posting, **fields)


async def _patience(ctx: Ctx) -> int:
    """Minutes after which people are asked about what has no end yet."""
    return int(await parameters.resolve(ctx, "payments.unposted_minutes"))


async def _later(ctx: Ctx, posting: Posting, **fields: Any) -> None:
    tries = posting.tries + 1
    due_at = ctx.now() + retry_after(tries)
    await store.change(ctx, posting, due_at=due_at, tries=tries, **fields)


async def _ask_people(ctx: Ctx, posting: Posting, why: str) -> None:
    what = "收款" if posting.kind == "PAID" else "退款"
    about = f"{what} {yuan(posting.fen)} 元未记入医院账务，{why}"
    await worklist.open_task(ctx, TASK, posting.id, posting.order, about)
