"""Hints between processes over Redis: fast, and never needed.

``tell`` returns at once; one task sends what has gathered in one round trip and drops it when Redis
does not answer. ``listen`` comes back after any failure. What a hint does not bring, the poll of
storage does (``keeper.py``).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from wx_backend.base import metrics

log = logging.getLogger(__name__)

WAITING = 1000
"""Hints kept while Redis is slow; older ones are dropped."""
TIMEOUT = 1.0
REST_SECONDS = 1.0
SILENCE_SECONDS = 10.0
"""A subscription that hears nothing for so long is asked whether it still stands."""

Heard = Callable[[str, int, str], None]
"""(topic key, number, body) of a frame that another process added."""

FAILURES = (RedisError, OSError, TimeoutError, msgspec.MsgspecError)
"""Also something that none of us has told: it ends the subscription, not the listening."""


class Hints:
    """``url`` is empty or not Redis: then nothing is told and nothing heard."""

    def __init__(self, url: str, name: str):
        self._url = url if url.startswith(("redis://", "rediss://", "unix://")) else ""
        self._name = f"live:{name}"
        self._waiting: deque[bytes] = deque(maxlen=WAITING)
        self._wake = asyncio.Event()
        self._sending: asyncio.Task | None = None

    def tell(self, key: str, seq: int, body: str) -> None:
        """Tells the other processes of a frame, some time soon or never."""
        if not self._url:
            return
        if len(self._waiting) == WAITING:
            metrics.LIVE_HINTS.labels("dropped").inc()
        self._waiting.append(msgspec.json.encode((key, seq, body)))
        self._wake.set()
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        async with self._client() as redis:
            while True:
                await self._wake.wait()
                self._wake.clear()
                batch = list(self._waiting)
                self._waiting.clear()
                try:
                    pipe = redis.pipeline(transaction=False)
                    for hint in batch:
                        pipe.publish(self._name, hint)
                    await pipe.execute()
                except FAILURES as error:
                    metrics.LIVE_HINTS.labels("dropped").inc(len(batch))
                    log.debug("hints dropped", extra={"reason": type(error).__name__})
                    await asyncio.sleep(REST_SECONDS)
                else:
                    metrics.LIVE_HINTS.labels("sent").inc(len(batch))

    async def listen(self, heard: Heard) -> None:
        """Hands every hint to ``heard``, for ever; at once again after a loss."""
        while self._url:
            try:
                await self._subscription(heard)
            except FAILURES as error:
                log.debug("hints not heard", extra={"reason": type(error).__name__})
            await asyncio.sleep(REST_SECONDS)

    async def _subscription(self, heard: Heard) -> None:
        async with self._client() as redis, redis.pubsub() as channel:
            await channel.subscribe(self._name)
            asked = False
            while True:
                message = await channel.get_message(timeout=SILENCE_SECONDS)
                if message is None:
                    if asked:
                        return
                    await channel.ping()
                    asked = True
                    continue
                asked = False
                if message["type"] == "message":
                    metrics.LIVE_HINTS.labels("heard").inc()
                    heard(*msgspec.json.decode(message["data"], type=tuple[str, int, str]))

    def _client(self) -> Redis:
        return Redis.from_url(self._url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT)

    def close(self) -> None:
        if self._sending:
            self._sending.cancel()
