"""The product as a running program has it: every module imported, every declaration at hand."""

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

from tests.house.source import PACKAGES, product
from wx_backend.base.errors import AppError
from wx_backend.base.settings import Settings

T = TypeVar("T")


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the product; a module that cannot be imported raises here."""
    names = [source.module for source in product() if not source.path.endswith("__main__.py")]
    return tuple(import_module(name) for name in names)


def declared(kind: type[T]) -> list[T]:
    """Every value of this type that some module holds under a name, once."""
    values = (value for module in modules() for value in vars(module).values())
    return list({id(value): value for value in values if isinstance(value, kind)}.values())


def listed(name: str) -> dict[str, Any]:
    """By module: the list it ends with, for example ``routes`` of every ``handlers.py``."""
    return {module.__name__: vars(module)[name] for module in modules() if name in vars(module)}


def errors() -> list[type[AppError]]:
    """Every error class of the product, the base first."""
    modules()
    found, queue = [], [AppError]
    while queue:
        kind = queue.pop(0)
        queue += kind.__subclasses__()
        if kind.__module__.partition(".")[0] in PACKAGES:
            found.append(kind)
    return list(dict.fromkeys(found))


def routes() -> list[tuple]:
    """Every route of the web process."""
    from wx_backend.entrypoints import app, wiring
    from wx_backend.entrypoints.web import site

    return [*app.ROUTES, *wiring.routes(), *site.routes(Settings())]
