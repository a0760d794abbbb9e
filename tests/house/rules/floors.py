"""Imports only run downhill, and the sandbox stands beside the house."""

from collections.abc import Iterator

from tests.house.places import place
from tests.house.rule import Rule, each
from tests.house.source import PACKAGES, Source

SANDBOX = "wx_backend.entrypoints.sandbox"
SANDBOX_MAY = (SANDBOX, "wx_backend.base")


def uphill(source: Source) -> Iterator[str]:
    here = place(source.module)
    for line, target, _ in source.imports:
        there = place(target)
        if here and there and there.floor > here.floor:
            yield (
                f"{source.path}:{line} imports {target} "
                f"(floor {here.floor} may not import floor {there.floor})"
            )


def homeless(source: Source) -> Iterator[str]:
    top = source.module in PACKAGES
    if not top and place(source.module) is None:
        yield f"{source.path}:1 is on no floor; places.py names them"


def product_in_sandbox(source: Source) -> Iterator[str]:
    if not source.module.startswith(SANDBOX):
        return
    for line, target, _ in source.imports:
        ours = target.partition(".")[0] in PACKAGES
        if ours and not target.startswith(SANDBOX_MAY):
            yield f"{source.path}:{line} imports {target}; the double must not share our mistakes"


def tests_in_product(source: Source) -> Iterator[str]:
    for line, target, _ in source.imports:
        if target.startswith("tests."):
            yield f"{source.path}:{line} imports {target}; the product knows no tests"


rules = [
    Rule(
        "imports run downhill",
        each(uphill),
        good={"booking/queue/service.py": "from notify.messages import service"},
        bad={
            "notify/messages/service.py:2 imports booking.queue.service "
            "(floor 6 may not import floor 7)": {
                "notify/messages/service.py": "import os\nfrom booking.queue import service",
            },
        },
    ),
    Rule(
        "every module has a floor",
        each(homeless),
        good={"booking/queue/model.py": "", "wx_backend/__init__.py": ""},
        bad={"wx_backend/helpers/text.py:1 is on no floor": {"wx_backend/helpers/text.py": ""}},
    ),
    Rule(
        "the sandbox imports base tools only",
        each(product_in_sandbox),
        good={"wx_backend/entrypoints/sandbox/box.py": "from wx_backend.base import ids"},
        bad={
            "must not share our mistakes": {
                "wx_backend/entrypoints/sandbox/box.py": "import wx_backend.gateways.wechat.sdk",
            },
        },
    ),
    Rule(
        "the product imports no tests",
        each(tests_in_product),
        good={"booking/queue/model.py": "import re"},
        bad={
            "booking/queue/model.py:1 imports tests.helpers.houses": {
                "booking/queue/model.py": "from tests.helpers import houses",
            },
        },
    ),
]
