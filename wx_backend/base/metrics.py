"""Every metric of the product, declared once. Labels take few, known values: a route pattern, never
a path or an id.
"""

import logging
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

log = logging.getLogger(__name__)

PORTS = 16
"""So many processes of a machine may serve their figures side by side."""
REGISTRY = CollectorRegistry()
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

HTTP_SECONDS = Histogram(
    "wx_http_request_seconds",
    "Time to answer an HTTP request, by route pattern, method and status class (2xx, 4xx, …).",
    ["route", "method", "status"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
DB_CALLS = Counter(
    "wx_db_calls",
    "Calls to MongoDB, by collection and operation.",
    ["collection", "op"],
    registry=REGISTRY,
)
CROSSINGS = Counter(
    "wx_institution_crossings",
    "Reads and writes across institutions, by reason.",
    ["reason"],
    registry=REGISTRY,
)
ARRIVALS = Counter(
    "wx_arrivals",
    "Pages opened by a QR code, a shared link or a menu, by page and source.",
    ["page", "source"],
    registry=REGISTRY,
)
RELAY_LAG = Gauge(
    "wx_relay_lag_seconds",
    "Age of the oldest event that is still waiting for a reaction.",
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "wx_deliveries",
    "Events handed to a reaction, by outcome: DONE, RETRY, PARKED.",
    ["outcome"],
    registry=REGISTRY,
)
NUDGES = Counter(
    "wx_nudges",
    "Hints through the broker, by outcome: sent, coalesced, dropped.",
    ["outcome"],
    registry=REGISTRY,
)
SWEEPS = Counter(
    "wx_sweeps", "Turns of a sweep, by sweep and outcome.", ["sweep", "outcome"], registry=REGISTRY
)
MESSAGES = Counter(
    "wx_messages",
    "Messages that reached a state, by channel and state.",
    ["channel", "state"],
    registry=REGISTRY,
)
GATEWAY_SECONDS = Histogram(
    "wx_gateway_call_seconds",
    "Time of one call to a platform, by platform, call and outcome: ok, refused, unknown.",
    ["platform", "call", "outcome"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
CALLBACKS = Counter(
    "wx_callbacks",
    "Calls from a platform to us, by platform and outcome.",
    ["platform", "outcome"],
    registry=REGISTRY,
)
HL7_MESSAGES = Counter(
    "wx_hl7_messages",
    "HL7 messages by type and outcome: done, retry, parked, same, conflict, refused, unreadable.",
    ["kind", "outcome"],
    registry=REGISTRY,
)
POOL_PENDING = Gauge(
    "wx_pool_pending", "Blocking calls running or waiting in a pool.", ["pool"], registry=REGISTRY
)
POOL_REFUSED = Counter(
    "wx_pool_refused",
    "Blocking calls refused because the pool's queue was full.",
    ["pool"],
    registry=REGISTRY,
)


LIVE_SOCKETS = Gauge("wx_live_sockets", "Open live sockets of this process.", registry=REGISTRY)
LIVE_ENDED = Counter(
    "wx_live_ended",
    "Live sockets ended by us, by reason: slow, signed_out, replaced, silent, refused.",
    ["reason"],
    registry=REGISTRY,
)
LIVE_HINTS = Counter(
    "wx_live_hints",
    "Hints between processes, by outcome: sent, dropped, heard.",
    ["outcome"],
    registry=REGISTRY,
)


@lru_cache(maxsize=4096)
def child(metric: Counter | Gauge | Histogram, *labels: str) -> Counter | Gauge | Histogram:
    """The child of ``metric`` with these labels: found faster than ``labels`` finds it."""
    return metric.labels(*labels)


def serve(first: int) -> int:
    """Serves the figures of this process, on loopback, at the first port that is free from
    ``first`` on; which one it is, 0 when ``first`` is 0 or none is left.
    """
    for port in range(first, first + PORTS) if first else ():
        try:
            start_http_server(port, "127.0.0.1", REGISTRY)
        except OSError as error:
            log.debug("port taken", extra={"port": port, "reason": str(error)})
        else:
            log.info("metrics served", extra={"port": port})
            return port
    return 0
