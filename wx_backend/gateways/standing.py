"""What a platform's answers say of an account of ours: whether it takes it at all."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from wx_backend.base.errors import AppError, GatewayRefused
from wx_backend.gateways.http.meter import measured

logger = logging.getLogger(__name__)

ANY = ""
"""In the place of a call: all of them."""


class Trouble(msgspec.Struct, frozen=True):
    """A refusal that is about the account, by the platform's own ``code``: keys, right or standing.
    ``whole``: whatever is asked is refused so; else only what was asked now.
    """

    code: str
    whole: bool = True


class Standing:
    """Around every call that is made with one account. Thread-safe."""

    def __init__(self, platform: str, trouble: Callable[[AppError], Trouble | None]) -> None:
        self._platform, self._trouble = platform, trouble
        self._lock = threading.Lock()
        self._news: dict[str, str] = {}

    @contextmanager
    def watch(self, call: str) -> Iterator[None]:
        """Around one call: it is measured, and what it says of the account is kept."""
        with measured(self._platform, call):
            try:
                yield
            except AppError as error:
                if trouble := self._trouble(error):
                    self._refused(call, trouble)
                elif isinstance(error, GatewayRefused):  # by who knows us
                    self._works(ANY)
                raise
            self._works(call)

    def news(self) -> dict[str, str]:
        """What was heard since the last time: by call, or ``ANY``, the code of the refusal; empty
        when it works.
        """
        with self._lock:
            told, self._news = self._news, {}
        return told

    def _refused(self, call: str, trouble: Trouble) -> None:
        told = {"platform": self._platform, "call": call, "code": trouble.code}
        logger.error("platform.account_unusable", extra=told)
        with self._lock:
            self._news[ANY if trouble.whole else call] = trouble.code

    def _works(self, call: str) -> None:
        with self._lock:
            self._news[call] = self._news[ANY] = ""
