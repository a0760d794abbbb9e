"""The truth behind every socket: the last frames of each topic, numbered by the write that adds
them.

A topic's numbers begin at the millisecond of its first frame, so that a topic that was forgotten
and came back never repeats a number.
"""

from datetime import datetime, timedelta

import msgspec

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx, House
from wx_backend.base.sweeper import Sweep

KEPT = 64
"""Frames of a topic; who missed more reads the thing itself anew."""
KEPT_DAYS = 2

TOPICS = Collection(
    "live_topics",
    retention="live",
    indexes=(Index("moved", (("at", 1), ("_id", 1), ("seq", 1))),),
)


class Tail(msgspec.Struct, frozen=True):
    """The end of a topic: ``frames`` are JSON texts, the last one has the number ``seq``."""

    seq: int = 0
    born: int = 0
    frames: tuple[str, ...] = ()

    def after(self, seen: int) -> list[tuple[int, str]] | None:
        """What somebody has missed who saw everything up to ``seen`` (0: nothing ever); None when
        some of it is gone.
        """
        seen = seen or self.born
        missed = self.seq - seen
        if missed < 0 or missed > len(self.frames):
            return None
        first = self.seq - missed + 1
        return list(enumerate(self.frames[len(self.frames) - missed :], first))


def key_of(ctx: Ctx, topic: str) -> str:
    """A topic's key over all institutions."""
    return f"{ctx.institution}/{topic}"


async def append(ctx: Ctx, topic: str, body: str) -> int:
    """Adds a frame; its number. One write, also for a topic that is new."""
    now = ctx.wire_now()
    born = int(now.timestamp() * 1000)
    number = {"$add": [{"$ifNull": ["$seq", born]}, 1]}
    frames = {"$concatArrays": [{"$ifNull": ["$frames", []]}, [{"$literal": body}]]}
    update = [
        {
            "$set": {
                "seq": number,
                "born": {"$ifNull": ["$born", born]},
                "at": now,
                "frames": {"$slice": [frames, -KEPT]},
            }
        }
    ]
    table, found = ctx.db(TOPICS), {"_id": key_of(ctx, topic)}
    try:
        doc = await table.change(found, update, upsert=True, only=["seq"])
    except Duplicate:  # somebody made it at the same moment
        doc = await table.change(found, update, only=["seq"])
    return int(doc["seq"])


async def tail(ctx: Ctx, topic: str) -> Tail:
    """What is kept of a topic; concurrent readers share a round trip."""
    return await read(ctx.house, key_of(ctx, topic))


async def read(house: House, key: str) -> Tail:
    doc = await house.db.scoped(TOPICS, None).get(key)
    return Tail(int(doc["seq"]), int(doc["born"]), tuple(doc["frames"])) if doc else Tail()


async def moved(house: House, since: datetime) -> dict[str, int]:
    """Topics with new frames since then and their last numbers (answered from the index)."""
    docs = await house.db.scoped(TOPICS, None).find({"at": {"$gte": since}}, only=["seq"])
    return {doc["_id"]: doc["seq"] for doc in docs}


async def forget(ctx: Ctx) -> int:
    """Removes topics that were silent for ``KEPT_DAYS``."""
    old = ctx.wire_now() - timedelta(days=KEPT_DAYS)
    return await ctx.db(TOPICS).delete_many({"at": {"$lt": old}})


sweeps = [Sweep("live forget", forget, every=3600)]
