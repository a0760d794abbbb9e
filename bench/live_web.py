"""A web process of the product with one more kind of topic, which anybody may follow."""

import sys

from wx_backend.base.context import Ctx
from wx_backend.base.live.topics import TopicKind
from wx_backend.base.settings import load
from wx_backend.entrypoints import app, wiring


async def anybody(ctx: Ctx, key: str) -> bool:
    return True


topics = [TopicKind("bench", anybody)]

if __name__ == "__main__":
    wiring.TOPICS = (*wiring.TOPICS, sys.modules[__name__])
    app.serve(load())
