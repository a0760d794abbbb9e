"""What every page shares: the frame, elder mode, language, CSP, and errors as pages."""

import re
import uuid
from collections.abc import Collection
from urllib.parse import urlencode, urlsplit

from wx_backend.base.errors import AppError, NotSignedIn
from wx_backend.base.handler import Handler
from wx_backend.base.settings import Settings
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.patient import paths, views
from wx_backend.identity.accounts.model import local_path

CHOICE_DAYS = 365
"""How long a reader's choice of elder mode and language is kept."""
CHOICES = ("care", "lang")
"""Query arguments that change how a page looks, not what it shows."""
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
LOCALES = {"zh-CN": "zh_CN", "en-US": "en_US"}


def policy(*form_targets: str, sockets: str = "") -> str:
    """The content security policy; forms may also end up at ``form_targets`` (after redirects).

    ``sockets`` names our own host for WebSockets: older Safari does not count it as 'self'.
    """
    actions = " ".join(["'self'", *form_targets])
    asked = f"'self' {sockets}".strip()
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"connect-src {asked}; form-action {actions}"
    )


def pay_pages(settings: Settings) -> list[str]:
    """Where a pay form may lead: the platform's own pay pages."""
    pages = (
        settings.wechat_pay_url,
        settings.wechat_h5_url,
        settings.alipay_url,
        settings.alipay_cashier_url,
    )
    return sorted({origin(url) for url in pages})


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def chosen(handler: Handler, name: str, allowed: Collection[str], default: str) -> str:
    """The reader's choice of ``name``: a link sets it, a cookie keeps it."""
    asked = handler.request.query_arguments.get(name, [b""])[-1].decode(errors="replace")
    if asked in allowed:
        handler.set_cookie(name, asked, path="/", samesite="Lax", max_age=CHOICE_DAYS * 86400)
        return asked
    kept = handler.get_cookie(name, "")
    return kept if kept in allowed else default


def frame(handler: Handler, unread: int = 0) -> views.Frame:
    """What surrounds every page; no round trip."""
    here = institutions.known(handler.house, handler.ctx.institution)
    care = chosen(handler, "care", ("0", "1"), "0") == "1"
    kept = {
        name: given[-1].decode(errors="replace")
        for name, given in handler.request.query_arguments.items()
        if name not in CHOICES
    }
    toggle = urlencode({**kept, "care": "0" if care else "1"})
    return views.Frame(
        hospital=here.name if here else "",
        tagline=here.level if here else "",
        phone=here.phone if here else "",
        toggle_href=local_path(f"{handler.request.path}?{toggle}"),
        xsrf=handler.xsrf_token.decode(),
        care=care,
        lang=chosen(handler, "lang", LOCALES, "zh-CN"),
        unread=unread,
    )


def show(
    handler: Handler, template: str, view: views.View, status: int = 200, unread: int = 0
) -> None:
    """Answers with ``template``, rendered with ``view`` and the frame."""
    around = frame(handler, unread)
    page = handler.settings["renderer"].page(
        template, LOCALES[around.lang], view=view, frame=around
    )
    settings = handler.house.settings
    targets = (origin(settings.wechat_open_url), *pay_pages(settings))
    handler.set_header("Content-Security-Policy", policy(*targets))
    handler.set_header("Cache-Control", "no-store")
    handler.set_header("Content-Type", "text/html; charset=utf-8")
    handler.set_status(status)
    handler.finish(page)


def refuse(handler: Handler, error: AppError) -> None:
    """To the sign-in page and back, or the error page with the hospital's phone number."""
    if isinstance(error, NotSignedIn):
        handler.redirect(paths.sign_in(handler.request.uri), status=303)
        return
    view = views.Failure(
        status=error.status,
        message=error.message,
        trace=handler.trace,
        retry_href=local_path(handler.request.uri, "") if handler.request.method == "GET" else "",
    )
    show(handler, "failure/page.html", view, error.status)


def own_address(handler: Handler, path: str) -> str:
    """``path`` where this browser sees us: under the host it asked for, when that is one of ours,
    else under the public address. A forged ``Host`` leads nobody elsewhere.
    """
    asked, house = handler.request.host, handler.house
    if HOST.fullmatch(asked) and institutions.by_host(house, asked):
        return f"{handler.request.protocol}://{asked}{path}"
    return f"{house.settings.public_url}{path}"


class PageHandler(Handler):
    """Base of the patient pages. ``show`` renders a view model with its template."""

    unread = 0
    """Unread messages, for pages with the tab bar."""

    def language(self) -> str:
        return chosen(self, "lang", LOCALES, "zh-CN")

    def show(self, template: str, view: views.View, status: int = 200) -> None:
        show(self, template, view, status, self.unread)

    @staticmethod
    def new_key() -> str:
        """An Idempotency-Key for a form about to be shown."""
        return str(uuid.uuid4())

    def refuse(self, error: AppError) -> None:
        refuse(self, error)
