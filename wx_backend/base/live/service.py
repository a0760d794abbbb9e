"""Everything live: ``publish`` here, and everybody who follows the topic has it in a moment.

A frame says what changed, with ids and states; personal values stay in the pages, which read them
under their own rights.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from wx_backend.base.context import Ctx, House
from wx_backend.base.live import store
from wx_backend.base.live.hints import Hints
from wx_backend.base.live.hub import Hub
from wx_backend.base.live.keeper import Keeper
from wx_backend.base.live.store import Tail
from wx_backend.base.live.topics import ME, TopicKind, Topics

VIEW = "live"
MOST_BYTES = 4096


class Live:
    """What a process has for live topics."""

    def __init__(self, house: House, kinds: Iterable[TopicKind] = (ME,)):
        self.topics = Topics(kinds)
        self.hints = Hints(house.settings.broker_url, house.settings.mongo_db)
        self.keeper = Keeper(house, Hub(house), self.hints)

    def close(self) -> None:
        self.keeper.close()
        self.hints.close()


def live(house: House) -> Live:
    """The process's own, made when first asked for."""
    if VIEW not in house.views:
        house.views[VIEW] = Live(house)
    return house.views[VIEW]


def install(house: House, kinds: Iterable[TopicKind]) -> None:
    """Gives a new process the topic kinds of all slices."""
    house.views[VIEW] = Live(house, (ME, *kinds))


async def publish(ctx: Ctx, topic: str, data: Any) -> int:
    """Adds a frame to a topic of the context's institution; its number. One write.

    Raises:
        ValueError: no such kind of topic, no institution, or more than ``MOST_BYTES``.
    """
    here, body = live(ctx.house), msgspec.json.encode(data).decode()
    if ctx.institution is None or not here.topics.known(topic):
        raise ValueError(f"nobody could follow {topic!r}")
    if len(body.encode()) > MOST_BYTES:
        raise ValueError(f"a frame of {topic!r} is too long: say what changed, not all of it")
    seq = await store.append(ctx, topic, body)
    key = store.key_of(ctx, topic)
    here.keeper.heard(key, seq, body)
    here.hints.tell(key, seq, body)
    return seq


async def position(ctx: Ctx, topic: str) -> int:
    """The topic's last number; a page asks before it reads what it shows, and follows from it."""
    return (await store.tail(ctx, topic)).seq


async def tail(ctx: Ctx, topic: str) -> Tail:
    """The last frames of a topic that the caller may follow.

    Raises:
        NotFound, Forbidden: the caller may not.
    """
    await live(ctx.house).topics.check(ctx, topic)
    return await store.tail(ctx, topic)


sweeps = store.sweeps
