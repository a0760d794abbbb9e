"""Topics: what can be followed, and who may.

A topic is ``kind:key``, for example ``me:acc…``. Whoever announces something declares the kind
with the function that judges a follower; wiring collects them.
"""

import re
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from wx_backend.base.context import Ctx
from wx_backend.base.errors import Forbidden, NotFound

TOPIC = re.compile(r"([a-z_]{2,20}):([A-Za-z0-9_.-]{1,60})")


class TopicKind(msgspec.Struct, frozen=True):
    """A kind of topic; ``may_follow(ctx, key)`` is asked when somebody follows, and again each
    minute while they do.
    """

    name: str
    may_follow: Callable[[Ctx, str], Awaitable[bool]]


async def _own(ctx: Ctx, key: str) -> bool:
    return key == ctx.actor.id


ME = TopicKind("me", _own)
"""What concerns one person: the key is the id of the actor."""


class Topics:
    """The kinds of this product.

    Raises:
        ValueError: two kinds have one name.
    """

    def __init__(self, kinds: Iterable[TopicKind]):
        self._kinds: dict[str, TopicKind] = {}
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"there is already a topic kind {kind.name!r}")
            self._kinds[kind.name] = kind

    def known(self, topic: str) -> bool:
        match = TOPIC.fullmatch(topic)
        return match is not None and match[1] in self._kinds

    async def check(self, ctx: Ctx, topic: str) -> None:
        """Raises NotFound or Forbidden: the caller may not follow this topic."""
        match = TOPIC.fullmatch(topic)
        if match is None or match[1] not in self._kinds or ctx.institution is None:
            raise NotFound()
        if not await self._kinds[match[1]].may_follow(ctx, match[2]):
            raise Forbidden()
