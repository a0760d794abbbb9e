"""What accounts asked for (``preferences.py``): kept, changed, and minded before a message goes."""

import msgspec

from notify.messages import failing, store
from notify.messages.catalogue import TOLD
from notify.messages.model import KEPT, Grade, Preferences
from notify.messages.preferences import check, muted, over_before, quiet_until
from notify.messages.store import Change
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions


async def of(ctx: Ctx, account: str) -> Preferences:
    """What the account asked for; without a wish everything, at any hour. One coalesced read."""
    doc = await store.preferences(ctx, account)
    known = {name: doc[name] for name in Preferences.__struct_fields__ if name in doc}
    return msgspec.convert(known, Preferences)


async def change(ctx: Ctx, account: str, given: Preferences) -> Preferences:
    """Puts these in the place of the account's preferences; one write.

    Raises:
        Invalid: one end of the quiet hours is missing, or they are a whole day.
    """
    check(given)
    await store.set_preferences(ctx, account, msgspec.to_builtins(given))
    return given


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """A merged account's wishes go to the one that stays, unless that has its own."""
    doc = await store.preferences(ctx, account)
    if doc:
        await store.take_preferences_over(ctx, into, doc)


async def give_back(ctx: Ctx, account: str, of: str) -> None:
    """An account is its own again, with the wishes it had: the other gives up those that it took
    over and has not changed since.
    """
    await store.give_preferences_up(ctx, of, account)


async def hold_back(ctx: Ctx, doc: dict) -> Change | None:
    """What becomes of a message that its receiver does not want now; None: it may go."""
    grade = Grade(doc["grade"])
    row = TOLD[doc["event"]["type"]]
    if grade is Grade.CRITICAL or row.to_staff:
        return None
    wanted = await of(ctx, doc["account"])
    if not row.must_reach and muted(wanted, row.event, grade):
        return failing.end(doc, KEPT, "muted")
    zone = (await institutions.institution(ctx)).zone
    now = ctx.now()
    until = quiet_until(wanted, now, zone)
    if until is None or over_before(doc["event"]["data"], row.must_reach, now, until):
        return None
    return store.again(doc, until, reason="quiet_hours")
