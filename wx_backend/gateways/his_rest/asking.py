"""Signed REST to a HIS on a bounded thread pool: what each of our contracts with one is built on.

What is not signed by the HIS is no answer: an error page of anything in between, half a body and
silence all leave the outcome unknown.
"""

import logging
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
import requests

from wx_backend.base.bridge import Pool
from wx_backend.base.clock import Clock
from wx_backend.base.errors import AppError, GatewayBusy, GatewayUnknown
from wx_backend.gateways.his_rest.port import HisRestConfig, Refusal
from wx_backend.gateways.his_rest.signing import (
    HEADERS,
    answer_signature,
    request_signature,
    same,
)
from wx_backend.gateways.http.adapter import never_sent, platform_session
from wx_backend.gateways.http.meter import measured

ORIGIN = "https://his.invalid"

logger = logging.getLogger(__name__)

A = TypeVar("A")


class SignedRest:
    """One HIS. Safe to share; disconnect it when its channel changes.

    Args:
        platform: names the contract in metrics and logs.
        refused: words a definite no (4xx, but not 429) as the contract's error.
    """

    def __init__(
        self,
        platform: str,
        config: HisRestConfig,
        pool: Pool,
        clock: Clock,
        refused: Callable[[Refusal], AppError],
    ) -> None:
        self._platform, self._refused = platform, refused
        self._config, self._pool, self._clock = config, pool, clock
        self._session = platform_session(ORIGIN, config.url)

    async def ask(self, call: str, method: str, path: str, answer: type[A], body: Any = None) -> A:
        """Raises GatewayUnknown, GatewayBusy, and what ``refused`` makes of a no."""
        return await self._pool.call(self._ask, call, method, path, answer, body)

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._session.close()

    def _ask(self, call: str, method: str, path: str, answer: type[A], body: Any) -> A:
        with measured(self._platform, call):
            raw = msgspec.json.encode(body) if body else b""
            status, text = self._exchange(method, path, raw)
            if status == 200:
                return self._read(partial(msgspec.json.decode, text, type=answer))
            said = self._read(partial(msgspec.json.decode, text, type=Refusal))
            if status == 429:
                raise GatewayBusy(platform=self._platform, **said.data)
            if status >= 500:  # no decision
                raise GatewayUnknown(platform=self._platform, **said.data)
            raise self._refused(said)

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
                raise GatewayBusy(platform=self._platform) from error
            raise GatewayUnknown(platform=self._platform) from error
        expected = answer_signature(
            self._config.secret, response.status_code, nonce, response.content
        )
        if not same(response.headers.get(HEADERS[-1], ""), expected):
            told = {"status": response.status_code}
            logger.warning(f"{self._platform}.answer_untrusted", extra=told)
            raise GatewayUnknown(platform=self._platform)
        return response.status_code, response.content

    def _read(self, decode: Callable[[], A]) -> A:
        try:
            return decode()
        except msgspec.MsgspecError as error:
            raise GatewayUnknown(platform=self._platform) from error
