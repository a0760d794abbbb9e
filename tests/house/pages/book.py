"""All pages of the documentation that are written by the program."""

from collections.abc import Callable

from tests.helpers import message_docs
from tests.house.pages import errors, events, retention, routes, settings
from tests.house.source import ROOT
from wx_backend.identity.staff import table as permissions

PAGES: dict[str, Callable[[], str]] = {
    "docs/settings.md": settings.page,
    "docs/errors.md": errors.page,
    "docs/routes.md": routes.page,
    "docs/events.md": events.page,
    "docs/messages.md": message_docs.page,
    "docs/retention.md": retention.page,
    "docs/permissions.md": permissions.markdown,
}


def stale() -> list[str]:
    """Pages that are missing or say something else than the program would write now."""
    return [path for path, page in PAGES.items() if _stored(path) != page().rstrip("\n") + "\n"]


def write() -> list[str]:
    """Writes what is stale; which pages that were."""
    paths = stale()
    for path in paths:
        (ROOT / path).write_text(PAGES[path]().rstrip("\n") + "\n", "utf-8")
    return paths


def _stored(path: str) -> str:
    return (ROOT / path).read_text("utf-8") if (ROOT / path).exists() else ""
