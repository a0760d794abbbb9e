"""A HIS behind ``HisNumbersPort``, over signed REST (docs/his-numbers.md)."""

import logging
from datetime import date, datetime
from typing import Any

import msgspec

from wx_backend.base.bridge import Pool
from wx_backend.base.clock import Clock
from wx_backend.base.errors import GatewayRefused
from wx_backend.gateways.his_numbers.port import (
    Held,
    Listed,
    LockMissing,
    LockOver,
    NumberTaken,
    Place,
)
from wx_backend.gateways.his_rest.asking import SignedRest
from wx_backend.gateways.his_rest.port import HisRestConfig, Refusal

PLATFORM = "his_numbers"
ROOT = "/numbers/v1"

logger = logging.getLogger(__name__)


class _Lock(msgspec.Struct):
    state: Held


class _Day(msgspec.Struct):
    numbers: list[Listed]


class HisNumbers:
    """Implements ``HisNumbersPort``. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: HisRestConfig, pool: Pool, clock: Clock) -> None:
        self._his = SignedRest(PLATFORM, config, pool, clock, _refused)

    async def lock(self, lock: str, appointment: str, place: Place, expires_at: datetime) -> Held:
        told = {"appointment": appointment, "place": place, "expires_at": expires_at}
        return await self._of(lock, "PUT", body=told)

    async def confirm(self, lock: str) -> Held:
        return await self._of(lock, "POST", "confirm")

    async def release(self, lock: str) -> Held:
        return await self._of(lock, "POST", "release")

    async def query(self, lock: str) -> Held:
        return await self._of(lock, "GET")

    async def day(self, on: date) -> list[Listed]:
        return (await self._his.ask("day", "GET", f"{ROOT}/days/{on.isoformat()}", _Day)).numbers

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._his.disconnect()

    async def _of(self, lock: str, method: str, act: str = "", body: Any = None) -> Held:
        path = f"{ROOT}/locks/{lock}" + (f"/{act}" if act else "")
        call = act or {"PUT": "lock", "GET": "query"}[method]
        return (await self._his.ask(call, method, path, _Lock, body)).state


def _refused(said: Refusal) -> GatewayRefused:
    if said.code in ("taken", "no_such_number"):
        return NumberTaken(said.holder, **said.data)
    known = {"over": LockOver, "no_such_lock": LockMissing}
    if said.code not in known:
        logger.error("his_numbers.refused", extra={"code": said.code})
    return known.get(said.code, GatewayRefused)(**said.data)
