"""Addresses of the bedside pages: one home for routes, redirects and links."""

HOME = "/doctor/"
ALERTS = "/doctor/alerts"
TASKS = "/doctor/tasks"
DUTY = "/doctor/duty"
MESSAGES = "/doctor/messages"


def alert(key: str, act: str = "") -> str:
    """One alert, or what is done with it: ``alert(key, "receive")``."""
    return f"{ALERTS}/{key}/{act}".rstrip("/")


def task(key: str, act: str) -> str:
    return f"{TASKS}/{key}/{act}"
