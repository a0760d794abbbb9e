import threading
from concurrent.futures import ThreadPoolExecutor

from wx_backend.gateways.wechat.tokens import TokenCache


class Platform:
    """Hands out t1, t2, …; can be told to hold its answer back or to fail."""

    def __init__(self, lifetime=7200):
        self.fetches, self.lifetime, self.now = 0, lifetime, 0.0
        self.open, self.failure = threading.Event(), None
        self.open.set()
        self.cache = TokenCache(self.fetch, lambda: self.now)

    def fetch(self):
        self.fetches += 1
        assert self.open.wait(10)
        if self.failure:
            raise self.failure
        return f"t{self.fetches}", self.lifetime


def rush(platform, threads=20):
    """All threads ask while the first fetch is under way."""
    platform.open.clear()
    at_the_door = threading.Barrier(threads + 1)

    def ask():
        at_the_door.wait()
        try:
            return platform.cache.get()
        except ConnectionError as failure:
            return failure

    with ThreadPoolExecutor(threads) as pool:
        asked = [pool.submit(ask) for _ in range(threads)]
        at_the_door.wait()
        platform.open.set()
        return [one.result() for one in asked]


def test_twenty_threads_share_one_fetch():
    platform = Platform()
    assert rush(platform) == ["t1"] * 20
    assert platform.fetches == 1


class CountingLock:
    """A lock that knows how often it was left."""

    def __init__(self):
        self.left, self._lock = threading.Semaphore(0), threading.Lock()

    def __enter__(self):
        self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()
        self.left.release()


def test_they_share_a_failure_too_and_the_next_caller_tries_again():
    platform = Platform()
    platform.failure = ConnectionError("no")
    lock = platform.cache._lock = CountingLock()
    platform.open.clear()
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(platform.cache.get) for _ in range(2)]
        assert all(lock.left.acquire(timeout=10) for _ in asked)  # both now wait for one answer
        platform.open.set()
        assert [type(one.exception()) for one in asked] == [ConnectionError] * 2
    assert platform.fetches == 1
    platform.failure = None
    assert platform.cache.get() == "t2"


def test_a_token_is_used_until_five_minutes_before_its_end():
    platform = Platform()
    assert platform.cache.get() == "t1"
    platform.now = 6899
    assert platform.cache.get() == "t1"
    platform.now = 6900
    assert platform.cache.get() == "t2"


def test_a_token_that_ends_soon_is_not_fetched_for_every_call():
    platform = Platform(lifetime=120)
    assert [platform.cache.get() for _ in range(3)] == ["t1"] * 3
    platform.now = 60
    assert platform.cache.get() == "t2"


def test_drop_forgets_only_the_token_that_was_refused():
    platform = Platform()
    platform.cache.get()
    platform.cache.drop("t0")
    assert platform.cache.get() == "t1"
    platform.cache.drop("t1")
    assert platform.cache.get() == "t2"
