"""The API's description, for programs and for people."""

from functools import cache
from typing import Any

from wx_backend.base.handler import ApiHandler, Handler, public
from wx_backend.base.openapi import document
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.web.api import outline

TITLE = "医院后端 API"
VERSION = "1"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@cache
def described() -> dict[str, Any]:
    """The document of this program; the same as long as it runs."""
    return document(wiring.routes(), TITLE, VERSION)


class Document(ApiHandler):
    """``GET``: OpenAPI 3.1."""

    access = public("how to call us is no secret, and nothing in it is anybody's")

    def get(self) -> None:
        self.answer(described())


class Reader(Handler):
    """``GET``: the same as a page, without any script."""

    access = public("how to call us is no secret, and nothing in it is anybody's")

    def get(self) -> None:
        made = described()
        page = self.settings["renderer"].page(
            "api/page.html",
            title=TITLE,
            groups=outline.groups(made),
            schemas=outline.schemas(made),
        )
        self.set_header("Content-Security-Policy", POLICY)
        self.finish(page)


routes = [(r"/api/openapi.json", Document), (r"/api/", Reader)]
