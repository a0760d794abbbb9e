"""docs/routes.md: every address of the web process, who may call it, and why the open ones are."""

from tests.house import loaded
from tests.house.pages.table import code, table
from wx_backend.base.handler import Access, Handler, check_access

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")

HEAD = """# Routes

A handler without a declared access stops the application from starting (`base/handler.py`).

"""


def page() -> str:
    found = check_access(loaded.routes())
    public, platform = (_reasons(found, kind) for kind in ("public", "platform"))
    rows = [
        [
            code(pattern),
            _methods(handler),
            _who(handler.access),
            _summary(handler),
            code(_name(handler)),
        ]
        for pattern, handler in found
    ]
    return (
        HEAD
        + "## Open to anybody\n\n"
        + table(["address", "why"], public)
        + "## Called by platforms\n\n"
        + table(["address", "proof"], platform)
        + "## All\n\n"
        + table(["address", "methods", "who", "what", "handler"], rows)
    )


def public_handlers() -> list[tuple[str, str]]:
    """(address, reason) of every handler that anybody may call."""
    return _reasons(check_access(loaded.routes()), "public")


def _reasons(found: list[tuple[str, type[Handler]]], kind: str) -> list[tuple[str, str]]:
    return [
        (code(pattern), handler.access.reason)
        for pattern, handler in found
        if handler.access.kind == kind
    ]


def _methods(handler: type[Handler]) -> str:
    own = [name for name in METHODS if getattr(handler, name) is not getattr(Handler, name)]
    return ", ".join(name.upper() for name in own)


def _who(access: Access) -> str:
    return f"staff with `{access.permission}`" if access.permission else access.kind


def _summary(handler: type[Handler]) -> str:
    return (
        (handler.__doc__ or "").strip().partition("\n\n")[0] if "__doc__" in vars(handler) else ""
    )


def _name(handler: type[Handler]) -> str:
    return f"{handler.__module__}.{handler.__name__}"
