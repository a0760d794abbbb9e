"""A HIS behind ``HisNumbersPort``: signed REST on a bounded thread pool.

What is not signed by the HIS is no answer: an error page of anything in between, half a body and
silence all leave the outcome unknown.
"""

import logging
import secrets
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

import msgspec
import requests

from wx_backend.base.bridge import Pool
from wx_backend.base.clock import Clock
from wx_backend.base.errors import GatewayBusy, GatewayRefused, GatewayUnknown
from wx_backend.gateways.his_numbers.port import (
    Held,
    HisNumbersConfig,
    Listed,
    LockMissing,
    LockOver,
    NumberTaken,
    Place,
)
from wx_backend.gateways.his_numbers.signing import (
    HEADERS,
    answer_signature,
    request_signature,
    same,
)
from wx_backend.gateways.http.adapter import never_sent, platform_session
from wx_backend.gateways.http.meter import measured

PLATFORM = "his_numbers"
ORIGIN = "https://his.invalid"
ROOT = "/numbers/v1"

logger = logging.getLogger(__name__)

A = TypeVar("A")


class _Lock(msgspec.Struct):
    state: Held


class _Day(msgspec.Struct):
    numbers: list[Listed]


class _No(msgspec.Struct):
    code: str
    message: str = ""
    holder: str = ""


class HisNumbers:
    """Implements ``HisNumbersPort``. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: HisNumbersConfig, pool: Pool, clock: Clock) -> None:
        self._config, self._pool, self._clock = config, pool, clock
        self._session = platform_session(ORIGIN, config.url)

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
        path = f"{ROOT}/days/{on.isoformat()}"
        return (await self._pool.call(self._ask, "day", "GET", path, None, _Day)).numbers

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._session.close()

    async def _of(self, lock: str, method: str, act: str = "", body: Any = None) -> Held:
        path = f"{ROOT}/locks/{lock}" + (f"/{act}" if act else "")
        call = act or {"PUT": "lock", "GET": "query"}[method]
        return (await self._pool.call(self._ask, call, method, path, body, _Lock)).state

    def _ask(self, call: str, method: str, path: str, body: Any, answer: type[A]) -> A:
        with measured(PLATFORM, call):
            raw = msgspec.json.encode(body) if body else b""
            status, text = self._exchange(method, path, raw)
            if status == 200:
                return _read(partial(msgspec.json.decode, text, type=answer))
            raise _refusal(status, _read(partial(msgspec.json.decode, text, type=_No)))

    def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """(status, body) of an answer that the HIS has signed. Raises GatewayUnknown, Busy."""
        time, nonce = str(int(self._clock.now().timestamp())), secrets.token_hex(16)
        signed = request_signature(self._config.secret, method, path, time, nonce, body)
        given = dict(zip(HEADERS, (self._config.key, time, nonce, signed), strict=True))
        headers = {"Accept": "application/json", "Content-Type": "application/json", **given}
        try:
            response = self._session.request(method, ORIGIN + path, data=body, headers=headers)
        except requests.RequestException as error:
            if never_sent(error):
                raise GatewayBusy(platform=PLATFORM) from error
            raise GatewayUnknown(platform=PLATFORM) from error
        expected = answer_signature(
            self._config.secret, response.status_code, nonce, response.content
        )
        if not same(response.headers.get(HEADERS[-1], ""), expected):
            logger.warning("his_numbers.answer_untrusted", extra={"status": response.status_code})
            raise GatewayUnknown(platform=PLATFORM)
        return response.status_code, response.content


def _read(decode: Callable[[], A]) -> A:
    try:
        return decode()
    except msgspec.MsgspecError as error:
        raise GatewayUnknown(platform=PLATFORM) from error


def _refusal(status: int, told: _No) -> GatewayRefused | GatewayUnknown | GatewayBusy:
    """5xx and 429 are no decisions."""
    data = {"platform_code": told.code, "platform_message": told.message}
    if status == 429:
        return GatewayBusy(platform=PLATFORM)
    if status >= 500:
        return GatewayUnknown(platform=PLATFORM)
    if told.code in ("taken", "no_such_number"):
        return NumberTaken(told.holder, **data)
    known = {"over": LockOver, "no_such_lock": LockMissing}
    if told.code not in known:
        logger.error("his_numbers.refused", extra={"status": status, "code": told.code})
    return known.get(told.code, GatewayRefused)(**data)
