"""Messages whose sending the platform did not answer (UNKNOWN). They never go again.

WeChat tells later how a template message ended, by its own id, which we never got, and by the
receiver. Where that can only be one message it is that one; a call that came with an id of ours, or
while another message is on its way to the same person, is not. Of what somebody has to know and
nothing is heard, a person rings. Texts: ``reported.py``.
"""

from datetime import datetime

from notify.messages import failing, store, truth
from notify.messages.catalogue import TOLD
from notify.messages.model import HEARD_WITHIN, SMS, UNKNOWN, WECHAT, may_have_ended
from notify.messages.store import Change
from notify.messages.texting import ASKED_AFTER
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import Sweep, side_by_side
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.worklist import service as worklist


def lose_sight(ctx: Ctx, doc: dict, channel: str, reason: str) -> Change:
    """UNKNOWN, and until when something has to be heard of it; of a text the provider is asked."""
    must = TOLD[doc["event"]["type"]].must_reach
    until = {"ring_at": ctx.now() + HEARD_WITHIN} if must else {}
    if channel == SMS:
        until["ask_at"] = ctx.now() + ASKED_AFTER[0]
    return failing.end(doc, UNKNOWN, reason, **until)


async def recognise(ctx: Ctx, appid: str, openid: str, msgid: str, told_at: datetime) -> str | None:
    """UNKNOWN → SENT of the one message that this can be the end of: its id; None without, or when
    it may be another's. Up to four calls.

    Whether an id is ours is asked last: who was on the way before has written it by then.
    """
    account = await accounts.known_as(ctx, appid, openid)
    if account is None:
        return None
    sent = await store.unanswered(ctx, account, WECHAT)
    mine = [doc for doc in sent if may_have_ended(doc["sending_at"], told_at)]
    if [doc["state"] for doc in mine] != [UNKNOWN] or await store.knows(ctx, msgid):
        return None
    found = await store.found_out(ctx, mine[0], msgid)
    return found and found["_id"]


async def arrived(ctx: Ctx, key: str) -> None:
    """Nobody has to ring about it any more."""
    await worklist.settle(ctx, failing.UNDELIVERED, key)


async def ring_due(ctx: Ctx) -> int:
    """A batch of messages of which nothing was heard in time, of this month and the last: who has
    not read what is still so is rung up, and that is a task before it is no longer due. Repeats are
    harmless.
    """
    total = 0
    for month in store.months(ctx.wire_now()):
        docs = await store.unheard(ctx, month)
        await side_by_side(lambda doc: _ask(ctx, doc), docs)
        total += len(docs)
    return total


async def _ask(ctx: Ctx, doc: dict) -> None:
    inside = ctx.house.ctx(doc["inst"], trace=doc["trace"])
    if doc["read_at"] is None and await truth.holds(inside, doc):
        await failing.ask_to_ring(inside, doc, failing.UNHEARD)
    await store.waited(inside, doc)


sweeps = [Sweep("messages unheard", ring_due, every=10)]
