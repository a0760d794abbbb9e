"""The whole product in this process: real database, real wire to the sandbox, the demo world.

    async with Hospital(mongo_uri, sandbox) as hospital:
        async with await hospital.client("li-jianguo") as patient:
            page = await patient.get("/h5/")
        await hospital.crank()

It listens on ``sandbox.web_port``, so that the phone, sign-in and notifications find it: one at a
time for each sandbox, which forgets everything before. The worker's due work is done by ``crank``
and by nothing else. Business time starts at 09:00 of tomorrow, so that no test depends on the hour
it runs at.
"""

import asyncio
from datetime import datetime, time, timedelta
from types import TracebackType

from tornado.httpserver import HTTPServer

from tests.helpers import databases, worlds
from tests.helpers.houses import forget
from tests.helpers.http import http_client
from tests.helpers.sandbox import Sandbox
from tests.helpers.stopping import stop
from tests.helpers.visitor import BROWSER, Visitor
from wx_backend.base import shift
from wx_backend.base.clock import local_time
from wx_backend.base.context import Actor, Ctx, House
from wx_backend.base.settings import load
from wx_backend.base.sweeper import Sweep, crank
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints import upkeep, wiring
from wx_backend.entrypoints.app import WebApplication
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.demo.load import load as load_world
from wx_backend.entrypoints.sandbox import people
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts

KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def due_work() -> list[Sweep]:
    """The sweeps, but for the one that measures and does nothing."""
    return [one for one in wiring.sweeps() if one.name != "relay lag"]


class Hospital:
    """``house``, ``url`` (the product itself), ``phone_url`` (inside WeChat), ``crank``.

    Args:
        settings: more settings by name, as strings: ``request_rate="5"``.
    """

    house: House

    def __init__(self, mongo_uri: str, sandbox: Sandbox, **settings: str):
        self.sandbox = sandbox
        self.url, self.phone_url = sandbox.web_url, sandbox.phone_url
        self.settings = load(
            {
                "WX_ENV": "test",
                "WX_MONGO_URI": mongo_uri,
                "WX_MONGO_DB": databases.take(),
                "WX_SECRET": "a-secret-of-the-tests-that-nobody-uses",
                "WX_FIELD_KEYS": f"v1:{KEY}",
                "WX_INDEX_KEY": KEY,
                "WX_REQUEST_RATE": "1000",
                "WX_REQUEST_BURST": "1000",
                **sandbox.environment,
                **{f"WX_{name.upper()}": value for name, value in settings.items()},
            }
        )

    async def __aenter__(self) -> "Hospital":
        self.house = wiring.build(self.settings)
        self.sweeps = due_work()
        await self.control("clear", what="all")
        today = local_time(self.house.wire.now()).date()
        await worlds.furnish(self.house, (self.sandbox.home, today), self._first_day)
        await self.morning()
        self._follows = await upkeep.load(self.house)
        self._server = HTTPServer(WebApplication(self.house), xheaders=True)
        self._server.listen(self.sandbox.web_port, "127.0.0.1")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await stop(self._server)
        await databases.give_back(self.house.db)
        wiring.close(self.house)

    async def _first_day(self) -> None:
        await self.morning()
        await load_world(self.house, read_env(self.sandbox.home / "sandbox.env"))
        await self.crank()

    async def crank(self) -> int:
        """Does all due work: seats, refunds, messages; the pages show it. Errors are raised."""
        forget(self.house)
        done = await crank(self.house, self.sweeps)
        forget(self.house)
        return done

    async def refunds_arrive(self) -> None:
        """Refunds are sent, paid out by the platform, notified, and told to the patients."""
        orders = self.house.db.raw("orders")
        async with asyncio.timeout(20):
            await self.crank()
            while await orders.count_documents({"state": "REFUNDING"}):
                await asyncio.sleep(0.05)
                await self.crank()
            await self.crank()  # a notification may have been the last to act

    async def control(self, verb: str, **body: object) -> dict:
        """The sandbox's own control call, e.g. ``control("pay", prepay_id=…, outcome="pay")``."""
        async with http_client(timeout=10) as http:
            answer = await http.post(f"{self.sandbox.url}/_ctl/{verb}", json=body)
        return answer.raise_for_status().json()

    async def catch_up(self) -> None:
        """What the web process follows in memory, at once: moved clock, free numbers, sign-outs,
        parameters.
        """
        forget(self.house)
        self._follows = await upkeep.step(self.house, self._follows)

    async def decides(
        self, parameter: str, value: int | str, level: str = "hospital", scope: str = ""
    ) -> None:
        """The hospital sets a parameter: by two people; the web process follows."""
        proposer, approver = (self.ctx().acting_as(Actor("staff", name)) for name in "ab")
        draft = await parameters.propose(proposer, parameter, value, level, scope)
        await parameters.approve(approver, draft.id)
        await self.catch_up()

    async def returns_at_once(self) -> None:
        """A number given back is everybody's in the same moment; nobody who waits comes first."""
        await self.decides("booking.wait_list_first", 0)
        await self.decides("booking.return_most_minutes", 0)

    async def client(self, person: str | None = None, agent: str = BROWSER) -> Visitor:
        """A browser, signed in as one of the sandbox's people."""
        visitor = Visitor(self.url, agent)
        return await visitor.sign_in(person) if person else visitor

    async def morning(self) -> None:
        """It is nine o'clock of the day after the wire's."""
        here = local_time(self.house.wire.now())
        nine = datetime.combine(here.date() + timedelta(days=1), time(9), here.tzinfo)
        await shift.move(self.house, nine - here - self.house.business.offset)

    async def move_clock(self, delta: timedelta) -> None:
        """Business time goes on by ``delta``, as if everybody had waited."""
        await shift.move(self.house, delta)
        await self.catch_up()

    def ctx(self) -> Ctx:
        """The hospital's own context, acting for the system."""
        return self.house.ctx(world.HOSPITAL.id)

    async def acting(self, person: str, platform: str = "wechat", openid: str = "") -> Ctx:
        """The context of one of the sandbox's people, for calling services directly; signed in
        through ``platform``, which calls them ``openid``.
        """
        channel = await institutions.channel_for(self.ctx(), platform)
        who = people.by_key(person)
        unionid = who.unionid if platform == "wechat" else None
        identity = OpenIdentity(openid=openid or who.openid, unionid=unionid)
        account = await accounts.account_of(self.ctx(), channel, identity)
        return self.house.ctx(world.HOSPITAL.id, Actor("account", account.id), channel=channel.id)
