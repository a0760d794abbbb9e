"""What every page shares: the frame, elder mode, language, CSP, and errors as pages."""

import uuid
from urllib.parse import urlencode, urlsplit

from wx_backend.base.errors import AppError, NotSignedIn
from wx_backend.base.handler import Handler
from wx_backend.base.settings import Settings
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.patient import paths, views

CARE_DAYS = 365
"""How long a reader's choice of elder mode and language is kept."""
CHOICES = ("care", "lang")
"""Query arguments that change how a page looks, not what it shows."""
LOCALES = {"zh-CN": "zh_CN", "en-US": "en_US"}


def policy(*form_targets: str) -> str:
    """The content security policy; forms may also end up at ``form_targets`` (after redirects)."""
    actions = " ".join(["'self'", *form_targets])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {actions}"
    )


def pay_pages(settings: Settings) -> list[str]:
    """Where a pay form may lead: the platform's own pay pages."""
    return sorted({origin(url) for url in (settings.wechat_pay_url, settings.wechat_h5_url)})


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class PageHandler(Handler):
    """Base of the patient pages. ``show`` renders a view model with its template."""

    care = False
    unread = 0
    """Unread messages, for pages with the tab bar."""

    def prepare(self) -> None:
        settings = self.house.settings
        targets = (origin(settings.wechat_open_url), *pay_pages(settings))
        self.set_header("Content-Security-Policy", policy(*targets))
        self.set_header("Cache-Control", "no-store")
        self.care = self._care()
        super().prepare()

    def _care(self) -> bool:
        """Elder mode: the link's choice is kept in a cookie."""
        asked = self.get_query_argument("care", "")
        if asked not in ("0", "1"):
            return self.get_cookie("care") == "1"
        self.set_cookie("care", asked, path="/", samesite="Lax", max_age=CARE_DAYS * 86400)
        return asked == "1"

    def language(self) -> str:
        """Chinese unless the reader chose English; the link's choice is kept in a cookie."""
        asked = self.get_query_argument("lang", "")
        if asked in LOCALES:
            self.set_cookie("lang", asked, path="/", samesite="Lax", max_age=CARE_DAYS * 86400)
            return asked
        kept = self.get_cookie("lang", "")
        return kept if kept in LOCALES else "zh-CN"

    def frame(self) -> views.Frame:
        """What surrounds every page; no round trip."""
        here = institutions.known(self.house, self.ctx.institution)
        kept = {
            name: given[-1].decode(errors="replace")
            for name, given in self.request.query_arguments.items()
            if name not in CHOICES
        }
        toggle = urlencode({**kept, "care": "0" if self.care else "1"})
        return views.Frame(
            hospital=here.name if here else "",
            tagline=here.level if here else "",
            phone=here.phone if here else "",
            toggle_href=f"{self.request.path}?{toggle}",
            xsrf=self.xsrf_token.decode(),
            care=self.care,
            lang=self.language(),
            unread=self.unread,
        )

    def show(self, template: str, view: views.View, status: int = 200) -> None:
        """Renders ``template`` with ``view`` and the frame."""
        page = self.settings["renderer"].page(
            template, LOCALES[self.language()], view=view, frame=self.frame()
        )
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)

    @staticmethod
    def new_key() -> str:
        """An Idempotency-Key for a form about to be shown."""
        return str(uuid.uuid4())

    def refuse(self, error: AppError) -> None:
        """To the sign-in page and back, or the error page with the hospital's phone number."""
        if isinstance(error, NotSignedIn):
            self.redirect(paths.sign_in(self.request.uri), status=303)
            return
        view = views.Failure(
            status=error.status,
            message=error.message,
            trace=self.trace,
            retry_href=self.request.uri if self.request.method == "GET" else "",
        )
        self.show("failure/page.html", view, error.status)
