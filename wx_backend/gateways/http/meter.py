"""How long each call to a platform took and how it ended."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from wx_backend.base.errors import AppError, GatewayUnknown
from wx_backend.base.metrics import GATEWAY_SECONDS


@contextmanager
def measured(platform: str, call: str) -> Iterator[None]:
    """Observe the block as one call: `ok`, `refused` (a definite no), `unknown`, or `error` (our
    own fault).
    """
    started, outcome = time.perf_counter(), "error"
    try:
        yield
        outcome = "ok"
    except AppError as failure:
        outcome = "unknown" if isinstance(failure, GatewayUnknown) else "refused"
        raise
    finally:
        GATEWAY_SECONDS.labels(platform, call, outcome).observe(time.perf_counter() - started)
