"""One access token for all threads: fetched by one of them, shared by those who wait."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

MARGIN = 300  # seconds before its end when a token is no longer used; the platform renews it then
SHORTEST = (
    60  # seconds a token is used at least, so that a short-lived one is not fetched for every call
)


class TokenCache:
    """`fetch` returns (token, lifetime in seconds); `clock` is monotonic seconds.

    Threads that find no token share one fetch and its outcome, also a failure: a platform that
    hangs is waited for once, not once for every thread.
    """

    def __init__(self, fetch: Callable[[], tuple[str, int]], clock: Callable[[], float]) -> None:
        self._fetch, self._clock = fetch, clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._good_until = 0.0
        self._flight: Future[str] | None = None

    def get(self) -> str:
        """The current token. Raises whatever `fetch` raises."""
        with self._lock:
            if self._token is not None and self._clock() < self._good_until:
                return self._token
            flight, mine = self._flight or Future(), self._flight is None
            self._flight = flight
        if mine:
            self._fly(flight)
        return flight.result()

    def drop(self, bad: str) -> None:
        """Forget a token the platform refused, unless another thread has replaced it already."""
        with self._lock:
            if self._token == bad:
                self._token = None

    def _fly(self, flight: "Future[str]") -> None:
        try:
            token, lifetime = self._fetch()
        except BaseException as failure:
            with self._lock:
                self._flight = None
            flight.set_exception(failure)
            return
        with self._lock:
            self._token, self._flight = token, None
            self._good_until = self._clock() + max(SHORTEST, lifetime - MARGIN)
        flight.set_result(token)
