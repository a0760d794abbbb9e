"""Callbacks on their way to the product: kept in the store, sent, repeated, re-scheduled.

WeChat Pay repeats for a day (15 s, 15 s, 30 s, 3 min ... 6 h, divided by the speed), Alipay too (4
min, 10 min ... 15 h) until it reads `success`, the service account and WeCom try three times at
once. All wait five real seconds for an answer.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from tornado.httpclient import AsyncHTTPClient, HTTPError

from wx_backend.entrypoints.sandbox import callback_wire, clock, talk
from wx_backend.entrypoints.sandbox.agenda import Agenda
from wx_backend.entrypoints.sandbox.alipay import notices
from wx_backend.entrypoints.sandbox.faults import NOTIFY, Fault, Faults
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.store import Row, Store

log = logging.getLogger(__name__)

_MINUTE, _HOUR = 60, 3600
PAY_WAITS = (
    15, 15, 30, 3 * _MINUTE, 10 * _MINUTE, 20 * _MINUTE, 30 * _MINUTE, 30 * _MINUTE, 30 * _MINUTE,
    _HOUR, 3 * _HOUR, 3 * _HOUR, 3 * _HOUR, 6 * _HOUR, 6 * _HOUR,
)  # fmt: skip
ALIPAY_WAITS = (
    4 * _MINUTE, 10 * _MINUTE, 10 * _MINUTE, _HOUR, 2 * _HOUR, 6 * _HOUR, 15 * _HOUR,
)  # fmt: skip
ACCOUNT_WAITS = (0, 0)
PAID = ("TRANSACTION.SUCCESS", "TRADE_SUCCESS")


class Channel(NamedTuple):
    """How one platform words a callback, what faults call it, when it tries again (seconds), and
    the body it wants to read; any will do when empty."""

    prefix: str
    wire: Callable[[Keys, Row, Fault | None], callback_wire.Wire]
    waits: tuple[int, ...]
    wanted: bytes = b""


CHANNELS = {
    "pay": Channel("notify", callback_wire.pay_notification, PAY_WAITS),
    "alipay": Channel("notify", notices.posted, ALIPAY_WAITS, b"success"),
    "event": Channel("event", callback_wire.account_push, ACCOUNT_WAITS),
    "mini": Channel("event", callback_wire.mini_push, ACCOUNT_WAITS),
    "wecom": Channel("event", callback_wire.agent_push, ACCOUNT_WAITS),
}
ANSWER_SECONDS = 5
_AT_ONCE = 50


class Callbacks:
    """Posts callbacks and keeps trying. `add` belongs inside the change that causes it."""

    def __init__(
        self, store: Store, keys: Keys, faults: Faults, agenda: Agenda, speed: float
    ) -> None:
        self._store, self._keys, self._faults = store, keys, faults
        self._agenda, self._speed = agenda, speed
        self._sending: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._http = AsyncHTTPClient(force_instance=True, max_clients=_AT_ONCE)

    def add(
        self, channel: str, kind: str, subject: str, url: str, payload: dict[str, Any],
        wait: float = 0.0,
    ) -> None:  # fmt: skip
        """Keep a callback (channel: a key of `CHANNELS`) due in `wait` real seconds."""
        due = clock.now() + wait
        name = secrets.token_hex(16)
        self._store.put(
            "callbacks",
            {
                "id": name, "channel": channel, "kind": kind, "subject": subject, "url": url,
                "payload": json.dumps(payload, ensure_ascii=False), "created": clock.now(),
                "next_at": due, "attempts": 0, "state": "due", "answers": "[]",
            },
        )  # fmt: skip
        self._agenda.at(due, self._start, name)

    def resume(self) -> None:
        """After a start: everything undelivered is scheduled again."""
        with self._store.change():
            self._store.do("UPDATE callbacks SET state = 'due' WHERE state = 'held'")
        for row in self._store.many("SELECT id, next_at FROM callbacks WHERE state = 'due'"):
            self._agenda.at(row["next_at"], self._start, row["id"])

    async def forget(self) -> None:
        """All are forgotten; afterwards none is on its way, so that no later book hears of it."""
        self._store.forget(("callbacks",))
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def close(self) -> None:
        """What is being sent is broken off, and taken up again after the next start."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        self._http.close()

    def _start(self, name: str) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(name))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(self, name: str) -> None:
        async with self._room:
            row = self._store.one("SELECT * FROM callbacks WHERE id = ? AND state = 'due'", name)
            if row is None:
                return
            endpoint = f"{CHANNELS[row['channel']].prefix}/{row['kind']}"
            fault = self._faults.take(endpoint, NOTIFY)
            if fault and self._put_off(row, fault):
                return
            if fault and fault.kind == "signtest":
                await self._send(row, fault)
                fault = None
            done = await self._send(row, fault)
            copies = int(fault.value or 2) if fault and fault.kind == "notify_dup" else 0
            for _ in range(copies):
                await self._send(row, None)
            self._settle(row, done)

    def _put_off(self, row: Row, fault: Fault) -> bool:
        """Faults that keep this attempt from being made; True when one did."""
        if fault.kind == "notify_never":
            self._mark(row, "never", row["next_at"])
        elif fault.kind == "notify_delay":
            due = clock.now() + float(fault.value or 10)
            self._again(row, due)
        elif fault.kind == "notify_reorder" and row["kind"] in PAID:
            self._mark(row, "held", row["next_at"])
            self._agenda.at(clock.now() + float(fault.value or 30), self._release, row["subject"])
        else:
            return False
        return True

    def _release(self, subject: str) -> None:
        """Let go what was held back so that a later callback of its order came first."""
        held = self._store.many(
            "SELECT * FROM callbacks WHERE subject = ? AND state = 'held'", subject
        )
        for row in held:
            self._again(row, clock.now())

    def _again(self, row: Row, due: float) -> None:
        self._mark(row, "due", due)
        self._agenda.at(due, self._start, row["id"])

    def _mark(self, row: Row, state: str, next_at: float) -> None:
        self._store.do(
            "UPDATE callbacks SET state = ?, next_at = ?, attempts = ? WHERE id = ?",
            state, next_at, row["attempts"], row["id"],
        )  # fmt: skip

    async def _send(self, row: Row, fault: Fault | None) -> bool:
        """One attempt; notes the answer (HTTP status, 0 for none); True for a 2xx as wanted."""
        channel, said = CHANNELS[row["channel"]], b""
        url, headers, body = channel.wire(self._keys, row, fault)
        try:
            answer = await self._http.fetch(
                url, method="POST", headers=headers, body=body, raise_error=False,
                follow_redirects=False, connect_timeout=ANSWER_SECONDS,
                request_timeout=ANSWER_SECONDS,
            )  # fmt: skip
            status, said = answer.code, answer.body
        except (OSError, HTTPError) as error:  # no answer at all
            log.info("callback %s to %s: %s", row["kind"], row["url"], error)
            status = 0
        noted = {"status": status, "fault": fault.kind if fault else None}
        self._store.do(
            "UPDATE callbacks SET answers = json_insert(answers, '$[#]', json(?)) WHERE id = ?",
            json.dumps(noted), row["id"],
        )  # fmt: skip
        accepted = 200 <= status < 300 and said.startswith(channel.wanted)
        if accepted and row["channel"] == "event":
            talk.heard(self._store, self._keys, row, said)
        return accepted

    def _settle(self, row: Row, done: bool) -> None:
        """Finished, or due again after the platform's next wait, or given up."""
        waits = CHANNELS[row["channel"]].waits
        row["attempts"] += 1
        if done:
            self._mark(row, "done", clock.now())
        elif row["attempts"] > len(waits):
            self._mark(row, "given_up", clock.now())
        else:
            self._again(row, clock.now() + waits[row["attempts"] - 1] / self._speed)
        if row["kind"].startswith("REFUND"):
            self._release(row["subject"])
