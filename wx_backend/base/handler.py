"""What every HTTP handler shares: declared access, ``ctx``, one error body, metrics.

A handler class says who may call it; the application refuses to start with one that does not
(``check_access``). Handlers only turn a request into a command and an answer into bytes.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec
from tornado.escape import native_str
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError, RequestHandler, create_signed_value, decode_signed_value

from wx_backend.base import errors, forms, ids, log, metrics
from wx_backend.base.api import Call
from wx_backend.base.context import Actor, Ctx, House, Origin
from wx_backend.base.errors import AppError, Forbidden, Invalid, NotSignedIn, TooMany
from wx_backend.base.ratelimit import Buckets

logger = logging.getLogger(__name__)

TRACE = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
JSON = "application/json; charset=utf-8"
SESSION = "session"
DEVICE, DEVICE_DAYS = "device", 365
"""A browser's own name, by which several accounts in it are known to be in one."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BEARER = "Bearer "
PEOPLE = frozenset({"account", "staff"})
STATUS_CLASSES = ("", "1xx", "2xx", "3xx", "4xx", "5xx")


class Access(msgspec.Struct, frozen=True):
    """Who may call a handler; ``reason`` says why it is public or how a platform proves itself."""

    kind: str
    reason: str = ""
    permission: str = ""


def public(reason: str) -> Access:
    """Anybody. The list of public handlers is printed with these reasons."""
    return Access("public", reason)


def platform(reason: str) -> Access:
    """A platform calling back; ``reason`` says how it is verified."""
    return Access("platform", reason)


def staff(permission: str) -> Access:
    """Staff whose roles hold this permission (identity/staff)."""
    return Access("staff", permission=permission)


ACCOUNT = Access("account", "a signed-in patient")
PERSON = Access("person", "a signed-in patient or member of staff")


class Ready(msgspec.Struct, frozen=True):
    """A whole answer that is at hand, for who takes gzip; ``headers`` lack only the date."""

    headers: dict[str, str]
    body: bytes


SAFETY = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
"""Headers of every answer."""

ONLY_HTTPS = "max-age=31536000"
"""In production: for a year browsers ask this host over https only (RFC 6797)."""


class Front(Protocol):
    """How the application recognises callers; built in ``entrypoints/app.py``."""

    house: House
    buckets: Buckets

    def institution(self, handler: "Handler") -> str | None: ...
    def caller(self, handler: "Handler") -> tuple[Actor, str | None]: ...
    def permits(self, actor: Actor, permission: str) -> bool: ...
    def error_page(self, handler: "Handler", error: AppError) -> None: ...


F = TypeVar("F", bound=forms.Form)


def signed(house: House, purpose: str, claims: dict) -> str:
    """Claims as a signed, dated token that only ``verified`` with the same purpose accepts."""
    return native_str(
        create_signed_value(
            house.settings.secret, purpose, msgspec.json.encode(claims), clock=_seconds(house)
        )
    )


def verified(house: House, purpose: str, token: str, days: float) -> dict | None:
    """The claims of a token not older than ``days``; None when it is anything else."""
    raw = decode_signed_value(
        house.settings.secret, purpose, token, days, clock=_seconds(house), min_version=2
    )
    return msgspec.json.decode(raw, type=dict) if raw else None


def bearer(house: House, authorization: str) -> dict | None:
    """The claims of a session's token, as an ``Authorization`` header brings it."""
    if not authorization.startswith(BEARER):
        return None
    token = authorization.removeprefix(BEARER)
    return verified(house, SESSION, token, house.settings.session_days)


def _seconds(house: House) -> Callable[[], float]:
    return lambda: house.wire.now().timestamp()


class Handler(RequestHandler):
    """Base of all handlers."""

    access: ClassVar[Access]
    ctx: Ctx
    trace = ""

    @property
    def front(self) -> Front:
        return self.application.front  # type: ignore[attr-defined]

    @property
    def house(self) -> House:
        return self.front.house

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in SAFETY.items():
            self.set_header(name, value)
        if self.house.settings.env == "production":
            self.set_header("Strict-Transport-Security", ONLY_HTTPS)

    @classmethod
    def ready(cls, house: House, request: HTTPServerRequest, *path: str) -> Ready | None:
        """What a plain ``GET`` of anybody's is answered without making a handler, or None."""
        return None

    def prepare(self) -> None:
        given = self.request.headers.get("X-Request-ID", "")
        trace = given if TRACE.match(given) else ids.new("tr")
        log.trace_id.set(trace)
        self.trace = trace
        actor, channel = self.front.caller(self)
        self.ctx = self.house.ctx(self.front.institution(self), actor, trace, channel)
        if self.access.kind != "platform":
            self._limit(actor)
        self._admit(actor)
        if self.request.method not in SAFE_METHODS:
            self.check_xsrf_cookie()

    def _limit(self, actor: Actor) -> None:
        key = actor.id if actor.kind == "account" else self.request.remote_ip
        if not self.front.buckets.take(key):
            raise TooMany(retry_after=self.front.buckets.retry_after(key))

    def _admit(self, actor: Actor) -> None:
        kind = self.access.kind
        if kind in ("public", "platform"):
            return
        if actor.kind != kind and not (kind == "person" and actor.kind in PEOPLE):
            raise NotSignedIn() if actor.kind == "visitor" else Forbidden()
        if kind == "staff" and not self.front.permits(actor, self.access.permission):
            raise Forbidden()

    @property
    def session_days(self) -> int:
        return self.house.settings.session_days

    def session_claims(self) -> dict | None:
        """The verified claims of a bearer token or, without one, of the session cookie."""
        header = self.request.headers.get("Authorization")
        return (
            self.kept(SESSION, self.session_days) if header is None else bearer(self.house, header)
        )

    def keep(self, name: str, claims: dict, days: float) -> None:
        """Sets a signed cookie that scripts cannot read and other sites cannot send along."""
        self.set_cookie(
            self._cookie(name),
            signed(self.house, name, claims),
            max_age=int(days * 86400),
            **self._cookie_options(),
        )

    def kept(self, name: str, days: float) -> dict | None:
        """The claims of a signed cookie not older than ``days``."""
        token = self.get_cookie(self._cookie(name))
        return verified(self.house, name, token, days) if token else None

    def drop(self, name: str) -> None:
        """Removes a cookie set with ``keep``."""
        self.set_cookie(self._cookie(name), "", max_age=0, **self._cookie_options())

    def _cookie(self, name: str) -> str:
        """Production binds the name to this host and to https (RFC 6265bis, 4.1.3.2)."""
        return f"__Host-{name}" if self.house.settings.env == "production" else name

    def _cookie_options(self) -> dict[str, Any]:
        return {
            "path": "/",
            "httponly": True,
            "samesite": "Lax",
            "secure": self.house.settings.env == "production",
        }

    def located(self) -> Ctx:
        """The same context, with where the request comes from."""
        kept = self.kept(DEVICE, DEVICE_DAYS)
        origin = Origin(self.request.remote_ip or "", kept["id"] if kept else "")
        return replace(self.ctx, origin=origin)

    def name_device(self) -> None:
        """Gives the browser a name, unless it has one."""
        if not self.kept(DEVICE, DEVICE_DAYS):
            self.keep(DEVICE, {"id": ids.new("dev")}, DEVICE_DAYS)

    def idempotency_key(self) -> str:
        """The caller's key for this command: header, or hidden field of a form.

        Raises:
            Invalid: there is none.
        """
        key = self.request.headers.get("Idempotency-Key") or self.get_body_argument(
            "idempotency_key", ""
        )
        if not key:
            raise Invalid(fields={"idempotency_key": "请求缺少提交凭证，请刷新页面后再试"})
        return key

    def form(self, kind: type[F]) -> F:
        """The body (JSON or HTML form) as a typed command. Raises Invalid."""
        if self.request.headers.get("Content-Type", "").startswith("application/json"):
            return forms.from_json(self.request.body, kind)
        return forms.from_fields(self.request.body_arguments, kind)

    def query(self, kind: type[F]) -> F:
        """The query string as a typed struct. Raises Invalid."""
        return forms.from_fields(self.request.query_arguments, kind)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, AppError) and value.status < 500:
            return
        if isinstance(value, HTTPError) and value.status_code < 500:
            return
        logger.error("request failed", exc_info=(typ, value, tb), extra={"route": self.route()})

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = as_app_error(kwargs.get("exc_info", (None, None))[1], status_code)
        self.set_status(error.status)
        if "retry_after" in error.data:
            self.set_header("Retry-After", str(int(error.data["retry_after"]) + 1))
        if error.status == 405:
            self.set_header("Allow", ", ".join(self.methods()))
        self.refuse(error)

    @classmethod
    def methods(cls) -> list[str]:
        """The methods this handler answers, as in ``Allow``."""
        own = (one for one in cls.SUPPORTED_METHODS if _answers(cls, one.lower()))
        return sorted(own)

    def refuse(self, error: AppError) -> None:
        """Writes the refusal: a page for a person's browser, else the JSON error body."""
        if "text/html" in self.request.headers.get("Accept", ""):
            self.front.error_page(self, error)
            return
        self.set_header("Content-Type", JSON)
        self.finish(msgspec.json.encode(errors.body(error, self.trace), enc_hook=str))

    def route(self) -> str:
        """The handler's name: a bounded label for metrics and logs."""
        return f"{type(self).__module__}.{type(self).__name__}"

    def on_finish(self) -> None:
        given = self.request.method
        method = given if given in self.SUPPORTED_METHODS else "other"
        status = STATUS_CLASSES[self.get_status() // 100]
        seconds = metrics.child(metrics.HTTP_SECONDS, type(self).__name__, method, status)
        seconds.observe(self.request.request_time())


def _answers(handler: type[Handler], method: str) -> bool:
    return getattr(handler, method) is not getattr(RequestHandler, method)


class ApiHandler(Handler):
    """JSON over ``/api/v1``: mini-programs with a bearer token, or a page's own session.

    ``api`` describes each method for those who call it.
    """

    api: ClassVar[Mapping[str, Call]] = {}

    def check_xsrf_cookie(self) -> None:
        """A bearer token is no ambient authority; a cookie session needs the token, and staff are
        known by their cookie whatever else is sent.
        """
        if self.ctx.actor.kind == "staff" or not self.request.headers.get("Authorization"):
            super().check_xsrf_cookie()

    def answer(self, value: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", JSON)
        self.set_header("Cache-Control", "no-store")
        self.finish(msgspec.json.encode(value))


class PlatformHandler(Handler):
    """A platform's callback: verified by its signature, never by a cookie."""

    def check_xsrf_cookie(self) -> None:
        """Platforms hold no cookie of ours; the signature is the proof."""


def as_app_error(error: BaseException | None, status: int) -> AppError:
    """Any failure of a request as the product's own error; internals are never shown."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, HTTPError) and error.status_code < 500:
        status = error.status_code
        known = {403: Forbidden, 404: errors.NotFound}.get(status)
        if known:
            return known()
        refusal = Invalid("请求不正确")
        refusal.status = status
        return refusal
    return AppError()


def check_access(routes: Iterable[tuple]) -> list[tuple[str, type[Handler]]]:
    """(pattern, handler) of every route.

    Raises:
        TypeError: a handler does not declare who may call it; the application must not start.
    """
    checked = []
    for pattern, handler, *_ in routes:
        if not isinstance(getattr(handler, "access", None), Access):
            raise TypeError(f"{handler.__module__}.{handler.__name__} declares no access")
        checked.append((native_str(pattern), handler))
    return checked
