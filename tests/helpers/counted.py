"""What this process has counted, as Prometheus is told it."""

from prometheus_client import generate_latest

from wx_backend.base.metrics import REGISTRY


def text() -> str:
    return generate_latest(REGISTRY).decode()
