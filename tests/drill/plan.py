"""What a drill does to the hospital while patients book and pay (pure)."""

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

PREPAY = "/v3/pay/transactions/jsapi"
QUERY = "/v3/pay/transactions/out-trade-no/pay*"
CLOSE = "/v3/pay/transactions/out-trade-no/*/close"
REFUND = "/v3/refund/domestic/refunds"
SEND = "/wx/cgi-bin/message/template/send"
PAID = "notify/TRANSACTION.SUCCESS"
NOTIFY = "notify/*"

REDIS = "redis"
EMPTIED, PRIMARY, STEPS_DOWN = "emptied redis", "primary", "primary that steps down"
"""Victims that are no process's name: what Redis holds, and whichever member leads; the last one
lives on.
"""


class Kill(NamedTuple):
    """SIGKILL to the main process of ``service`` at ``at`` seconds."""

    at: float
    service: str


class Trouble(NamedTuple):
    """A fault of the platforms, from one share of the run to another (0 to 1)."""

    endpoint: str
    kind: str
    probability: float = 1.0
    value: Any = None
    begins: float = 0.0
    ends: float = 1.0

    def fault(self) -> dict[str, Any]:
        """As the sandbox takes it."""
        return {
            "endpoint": self.endpoint,
            "kind": self.kind,
            "probability": self.probability,
            "value": self.value,
            "times": None,
        }


class Plan(NamedTuple):
    """One drill.

    Args:
        kills: how often each service is killed; it is restarted at once.
        troubles: what the platforms do.
        redis_gone: from this share of the run on there is no Redis any more; None: it stays.
        members: the database has three members instead of one.
        rest_hours: business hours that pass each second once the patients have gone home.
    """

    about: str
    kills: Mapping[str, int] = MappingProxyType({})
    troubles: tuple[Trouble, ...] = ()
    redis_gone: float | None = None
    members: bool = False
    rest_hours: float = 1 / 60

    def schedule(self, dice: random.Random, seconds: float) -> list[Kill]:
        """The kills in order: each at a random moment of its own equal part of the run."""
        return sorted(
            Kill(1 + (n + dice.random()) * (seconds - 2) / count, service)
            for service, count in self.kills.items()
            for n in range(count)
        )


PLANS = {
    "steady": Plan(
        "kill -9 of web, worker, beat and Redis, which loses all it holds; then no Redis at all",
        kills={"web": 10, "worker": 10, "beat": 10, REDIS: 10, EMPTIED: 10},
        troubles=(
            Trouble(CLOSE, "pay_during_close", 0.2),
            Trouble(QUERY, "busy", begins=0.25, ends=0.95),
        ),
        redis_gone=1.0,
    ),
    "mongod": Plan("kill -9 of mongod under load", kills={"mongod": 5}),
    "primary": Plan(
        "the primary of three members is killed or told to step down under load",
        kills={PRIMARY: 3, STEPS_DOWN: 3},
        members=True,
    ),
    "emptied": Plan(
        "Redis loses all it holds, again and again, and workers die",
        kills={EMPTIED: 20, "worker": 5},
    ),
    "redis-gone": Plan("Redis goes after a third of the run and never comes back", redis_gone=0.3),
    "notify": Plan(
        "payment notifications and refunds go wrong in every way",
        troubles=(
            Trouble(NOTIFY, "notify_dup", 0.15, value=2),
            Trouble(PAID, "notify_reorder", 0.1, value=5),
            Trouble(NOTIFY, "notify_delay", 0.1, value=3),
            Trouble(NOTIFY, "notify_never", 0.15),
            Trouble(NOTIFY, "bad_sign", 0.1),
            Trouble(NOTIFY, "notify_replay", 0.1),
            Trouble(NOTIFY, "notify_amount", 0.1, value=1),
            Trouble(NOTIFY, "notify_other_mch", 0.1, value="1900000000"),
            Trouble(NOTIFY, "signtest", 0.1),
            Trouble(PREPAY, "lost_reply", 0.1),
            Trouble(PREPAY, "truncate", 0.05),
            Trouble(REFUND, "lost_reply", 0.2),
            Trouble(REFUND, "refund_processing", 0.2, value=2),
            Trouble(REFUND, "refund_abnormal", 0.1),
            Trouble(REFUND, "refund_not_enough", 0.1, ends=0.7),
            Trouble(CLOSE, "pay_during_close", 0.3),
            Trouble(QUERY, "busy", begins=0.25, ends=0.95),
            Trouble("pay", "late_success"),
        ),
        rest_hours=0.25,
    ),
    "messages": Plan(
        "the service account refuses, hangs and loses answers",
        troubles=(
            Trouble(SEND, "token_expired", 0.1),
            Trouble(SEND, "token_rotated", 0.05),
            Trouble(SEND, "busy", 0.1),
            Trouble(SEND, "rate_limit", 0.1),
            Trouble(SEND, "refused", 0.05),
            Trouble(SEND, "hang", 0.03, value=9),
            Trouble(SEND, "html", 0.1),
            Trouble(SEND, "reset", 0.05),
            Trouble(SEND, "truncate", 0.05),
            Trouble(SEND, "lost_reply", 0.1),
        ),
        rest_hours=2.0,
    ),
}
