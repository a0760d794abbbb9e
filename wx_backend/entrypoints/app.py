"""The web process: pages, API and callbacks behind one Tornado application."""

import asyncio
import gc
import logging
import signal
import socket
from functools import partial
from typing import Any
from weakref import WeakSet

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.web import Application, RequestHandler

from notify.outages import service as outages
from wx_backend.base import errors, log, metrics
from wx_backend.base.context import VISITOR, Actor, House
from wx_backend.base.handler import ApiHandler, Handler, check_access, public
from wx_backend.base.health import Health
from wx_backend.base.ratelimit import Buckets
from wx_backend.base.settings import Settings
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints import ready, upkeep, wiring
from wx_backend.entrypoints.web import page, site
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin.model import STAFF_SESSION
from wx_backend.identity.staff.model import permits

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 10
"""How long a process that stops waits for requests under way."""
LOOK_SECONDS = 0.05
BODY_LIMIT = 1 << 20
UNATTENDED = "X-Unattended"
"""Header of what a page asks for by itself (``static/live.js``)."""
COLLECT_AFTER, COLLECT_OLDER_AFTER = 1_000, 5_000
"""New objects before Python looks for cycles among them, and so many such looks before it goes
through what outlived them. While it looks nobody is answered: a thousand objects take a millisecond
or two, twenty thousand took twenty, and that was the p99 of everybody during a rush. Requests leave
hardly a cycle, but what outlives a look are open connections, some 80 objects each."""


class Front:
    """Recognises institutions and callers without a round trip."""

    def __init__(self, house: House):
        self.house = house
        settings = house.settings
        self.buckets = Buckets(settings.request_rate, settings.request_burst, house.wire)

    def institution(self, handler: Handler) -> str | None:
        """By host name, else the default one."""
        found = institutions.by_host(self.house, handler.request.host)
        return found or self.house.settings.default_institution or None

    def caller(self, handler: Handler) -> tuple[Actor, str | None]:
        """(actor, channel it signed in through).

        One browser may hold both sessions: a staff address asks for staff, one for anybody signed
        in asks for an account first, unless it says ``as=staff``.
        """
        kind = handler.access.kind
        as_staff = kind == "person" and handler.get_query_argument("as", "") == "staff"
        if kind == "staff" or as_staff:
            return self._staff(handler)
        found = self._account(handler)
        return self._staff(handler) if kind == "person" and found[0] is VISITOR else found

    def _account(self, handler: Handler) -> tuple[Actor, str | None]:
        session = accounts.recognise(self.house, handler.session_claims())
        return (session.actor, session.channel) if session else (VISITOR, None)

    def _staff(self, handler: Handler) -> tuple[Actor, str | None]:
        """Only where the member belongs; using a page keeps the session from idling out, news that
        a page fetches by itself do not.
        """
        days = self.house.settings.staff_session_hours / 24
        session = signin.recognise(self.house, handler.kept(STAFF_SESSION, days))
        if session is None or session.inst != self.institution(handler):
            return VISITOR, None
        used = handler.access.kind == "staff" and UNATTENDED not in handler.request.headers
        if used and (later := signin.slid(self.house, session)):
            handler.keep(STAFF_SESSION, later, days)
        return signin.actor(session), session.channel or None

    def permits(self, actor: Actor, permission: str) -> bool:
        return permits(actor.roles, permission)

    def error_page(self, handler: Handler, error: errors.AppError) -> None:
        """A browser at an address that has no page of its own."""
        page.refuse(handler, error)


class Live(ApiHandler):
    access = public("a load balancer asks; says nothing but names of checks")

    async def get(self) -> None:
        report = await self.application.health.live()
        self.answer(report, 200 if report.ok else 503)


class Ready(ApiHandler):
    access = public("a load balancer asks; says nothing but names of checks")

    async def get(self) -> None:
        report = await self.application.health.ready()
        self.answer(report, 200 if report.ok else 503)


class Missing(Handler):
    access = public("an unknown address is answered like one that is not yours")

    def prepare(self) -> None:
        super().prepare()
        raise errors.NotFound()


ROUTES = [(r"/health/live", Live), (r"/health/ready", Ready)]


class WebApplication(Application):
    """Refuses to be built with a handler that does not declare its access."""

    def __init__(self, house: House):
        self.front = Front(house)
        self._under_way: WeakSet[HTTPServerRequest] = WeakSet()
        self.health = Health()
        self.health.add("mongodb", house.db.ping)
        self.health.add("accounts", partial(outages.check, house), told_only=True)
        routes = [*ROUTES, *wiring.routes(), *site.routes(house.settings)]
        checked = check_access(routes)
        https = house.settings.env == "production"
        super().__init__(
            [*ready.rules(self.front, checked), *routes],
            default_handler_class=Missing,
            cookie_secret=house.settings.secret,
            xsrf_cookie_name="__Host-xsrf" if https else "_xsrf",
            xsrf_cookie_kwargs={"httponly": True, "samesite": "Lax", "secure": https},
            renderer=site.renderer(house.settings),
        )

    def get_handler_delegate(
        self, request: HTTPServerRequest, *args: Any, **kwargs: Any
    ) -> HTTPMessageDelegate:
        self._under_way.add(request)
        return super().get_handler_delegate(request, *args, **kwargs)

    def log_request(self, handler: RequestHandler) -> None:
        """Called once an answer is whole. Metrics count requests; errors log themselves."""
        self._under_way.discard(handler.request)

    @property
    def busy(self) -> bool:
        """Whether a request waits for its answer; live sockets do not."""
        return bool(self._under_way)


async def run(settings: Settings, ready: asyncio.Event | None = None) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests under way finish."""
    house = wiring.build(settings)
    since = await upkeep.load(house)
    _spare_the_collector()
    following = asyncio.create_task(upkeep.follow(house, since))
    application = WebApplication(house)
    server = HTTPServer(application, xheaders=settings.behind_proxy, max_body_size=BODY_LIMIT)
    server.listen(
        settings.port, settings.host, family=socket.AF_INET, backlog=4096, reuse_port=True
    )
    metrics.serve(settings.metrics_port)
    logger.info("web ready", extra={"port": settings.port})
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    await drain(server, application)
    following.cancel()
    wiring.close(house)


async def drain(server: HTTPServer, application: WebApplication) -> None:
    """Takes no more connections, lets requests under way be answered, then lets go of them all."""
    server.stop()
    server.conn_params.no_keep_alive = True  # a request that still comes is its connection's last
    for _ in range(int(DRAIN_SECONDS / LOOK_SECONDS)):
        if not application.busy:
            break
        await asyncio.sleep(LOOK_SECONDS)
    await server.close_all_connections()


def _spare_the_collector() -> None:
    """The views stay as long as the process: the garbage collector need not walk them for ever."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, COLLECT_OLDER_AFTER, 20)


def serve(settings: Settings) -> None:
    """``wx-backend serve``."""
    log.configure(settings.log_level)
    asyncio.run(run(settings))
