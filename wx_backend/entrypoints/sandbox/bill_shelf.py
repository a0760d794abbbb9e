"""Bills that were asked for, until they are fetched; which of them exist yet."""

import secrets
from datetime import date

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.bill_entries import midnights
from wx_backend.entrypoints.sandbox.faults import BILL, Fault, Faults
from wx_backend.entrypoints.sandbox.store import Store

AT_ONCE = "bills_at_once"
"""A remembered value: bills of the running day are given out too, for tests and the demo."""

KEPT_DAYS = 92


class Shelf:
    """Files by token, each good for a while."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store, self._faults = store, faults
        self._files: dict[str, tuple[bytes, float]] = {}

    def put(self, file: bytes, seconds: float) -> str:
        now = clock.now()
        self._files = {key: kept for key, kept in self._files.items() if kept[1] > now}
        token = secrets.token_urlsafe(24)
        self._files[token] = (file, now + seconds)
        return token

    def get(self, token: str) -> bytes | None:
        file, until = self._files.get(token, (None, 0.0))
        return file if until > clock.now() else None

    def fault(self, endpoint: str) -> Fault | None:
        return self._faults.take(endpoint, BILL)

    def ready(self, day: date, hour: int) -> bool:
        """Made at `hour` of the next day."""
        at_once = bool(self._store.fact(AT_ONCE))
        return at_once or clock.now() >= midnights(day)[1] + hour * 3600

    def known(self, day: date) -> bool:
        """Neither to come nor too long ago."""
        begins, ends = midnights(day)
        return begins <= clock.now() < ends + KEPT_DAYS * 86400
