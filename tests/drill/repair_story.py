"""Finance puts a day right while the product is killed at each write: money that nobody told us of
is asked for, a refund that never reached its platform is sent again, a payment that the HIS has
refused is posted once more; on both platforms.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import msgspec
import requests
from pymongo.database import Database

from booking.postings import service as postings
from tests.drill import books, checks
from tests.drill.patient import PATIENCE, unanswered
from tests.drill.telling import Stand, Verdict
from tests.helpers.his import ENTRIES
from tests.helpers.planted_day import Plan, Planter
from tests.helpers.platform_books import ALIPAY, WECHAT_PAY
from wx_backend.base import ids
from wx_backend.base.context import Ctx, House
from wx_backend.base.handler import signed
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.demo.phone import Browser, Refused, Sandbox, wait_for
from wx_backend.identity.signin import sessions
from wx_backend.identity.signin.model import STAFF_SESSION
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import Member

PLATFORMS = (WECHAT_PAY, ALIPAY)
DAYS = 6
"""Ago: the bills are ready at any hour."""

LEDGERS = {"orders": ("ledger", "transaction_id"), "alipay_trades": ("alipay_ledger", "trade_no")}
"""Of a table of payments: the ledger beside it, and what it refers to."""

PAID = "event:payment:succeeded"
REMEDIES = {
    "platform missing_here": "ask",
    "platform missing_there": "refund_again",
    "his missing_there": "post_again",
}
WHY = "核对平台后处理"
NOTHING_MORE = "wrong_state"
"""A try that nobody answered has done it already, or somebody else is at it."""


class Clerk(Browser):
    """Finance at the console, signed in already."""

    form_page = "/console/me"

    def __init__(self, web: str, session: str):
        super().__init__(web, "clerk")
        self._http.cookies.set(STAFF_SESSION, session)


class Story:
    """One telling."""

    def __init__(self, stand: Stand):
        self._stand, self._sandbox = stand, stand.sandbox
        self.plan: Plan
        self._clerk: Clerk

    def plant(self) -> None:
        """A day of which the platforms know otherwise; a clerk begins work."""
        session, self.plan = self._stand.inside(self._planted)
        self._clerk = Clerk(self._stand.web, session)

    def reconcile(self) -> None:
        self._insist("run")
        self._stand.until("run", lambda: self._day()["run"]["state"] == "DONE")

    def repair(self) -> None:
        self._stand.until("repairs", self._repaired)

    def paid_out(self) -> None:
        self._stand.until("refund", self._arrived)

    async def _planted(self, house: House) -> tuple[str, Plan]:
        ctx = house.ctx(world.HOSPITAL.id)
        clerk = Member(id=ids.derive("stf", "clerk"), inst=world.HOSPITAL.id, number="F0001",
                       name="会计", roles=("finance",), created_at=ctx.now())  # fmt: skip
        await staff.register(ctx, [clerk])
        known = {one.platform: one for one in await institutions.channels(ctx)}
        plan = Plan(0, ctx.today() - timedelta(days=DAYS), house.business.offset)
        self.lay(Planter(plan, world.HOSPITAL.id, {name: known[name] for name in PLATFORMS}))
        plan.platform += [_entry(table, row) for table, row in plan.platform]
        plan.orders = [
            msgspec.structs.replace(one, purpose={"kind": "drill", "id": one.id})
            for one in plan.orders
        ]

        async def control(path: str, **body: Any) -> None:
            self._sandbox.post(path, **body)

        await plan.write(house, control)
        await self.laid(ctx, plan)
        return signed(house, STAFF_SESSION, sessions.claims(sessions.issue(ctx, clerk))), plan

    def lay(self, planter: Planter) -> None:
        """On each platform a payment that is right, one never told, a refund that never arrived."""
        for platform in PLATFORMS:
            planter.pay(planter.moment(), platform)
            asked, _ = planter.pay(planter.moment(), platform, paid=False, his=None)
            planter.expect("platform", asked.entries[0].ref, "missing_here")
            order, _ = planter.pay(planter.moment(-2), platform)
            refund = planter.give_back(order, platform, planter.moment(), there=None)
            planter.expect("platform", refund, "missing_there")

    async def laid(self, ctx: Ctx, plan: Plan) -> None:
        """What else there is before anybody looks."""

    def _day(self) -> dict:
        return self._insist("")

    def _repaired(self) -> bool:
        """Each difference that is still open is tried once; whether none was."""
        left = [one for one in self._day()["differences"] if one["state"] == "OPEN"]
        for one in left:
            path = f"reconciliation/differences/{one['id']}/repair"
            remedy = REMEDIES[f"{one['side']} {one['kind']}"]
            form = {"action": remedy, "version": one["version"], "why": WHY}
            self._tried(partial(self._clerk.post, path, **form))
        return not left

    def _arrived(self) -> bool:
        back = self._sandbox.get("books")["refunds"] + self._sandbox.get("alipay/books")["refunds"]
        return all(one["status"] == "SUCCESS" for one in back)

    def _insist(self, verb: str) -> dict:
        """The day, or what was done about it, until somebody answers."""
        path = f"reconciliation/days/{self.plan.day.isoformat()}"
        ask = (
            partial(self._clerk.post, f"{path}/{verb}") if verb else partial(self._clerk.get, path)
        )
        return wait_for(path, partial(self._tried, ask), PATIENCE)

    def _tried(self, ask: Callable[[], dict]) -> dict | None:
        """The answer; None when there is none, which revives the product."""
        try:
            return ask()
        except (Refused, requests.RequestException) as error:
            if isinstance(error, Refused) and error.code == NOTHING_MORE:
                return error.body
            if not unanswered(error):
                raise
            self._stand.revive()
            return None


def _entry(table: str, row: dict) -> tuple[str, dict]:
    """A payment in its platform's own ledger."""
    where, name = LEDGERS[table]
    entry = {"at": row["paid"], "kind": "paid", "reference": row[name], "fen": row["total"]}
    return where, entry


class PostedAgain(Story):
    """The HIS refuses a payment on each platform; its day is opened again, and finance has them
    posted once more.
    """

    def plant(self) -> None:
        self._sandbox.post("faults", endpoint=ENTRIES, kind="his_refuse", times=None)
        super().plant()

    def lay(self, planter: Planter) -> None:
        for platform in PLATFORMS:
            planter.pay(planter.moment(), platform)
            order, _ = planter.pay(planter.moment(), platform, his=None)
            planter.expect("his", order.entries[0].ref, "missing_there")

    async def laid(self, ctx: Ctx, plan: Plan) -> None:
        """The worker tells the HIS of what it lacks."""
        lacking = {no for _, no in plan.expected}
        self._orders = [one.id for one in plan.orders if one.entries[0].ref in lacking]
        for order in self._orders:
            await postings.follow(ctx, order)

    def refused(self) -> None:
        """It says no; whoever was killed in that moment does not know, and asks in vain."""
        self._stand.until("refusal", lambda: all(map(self._refused, self._orders)))

    def his_opens(self) -> None:
        self._sandbox.post("clear", what="faults")

    def _refused(self, order: str) -> bool:
        shown = self._tried(partial(self._clerk.get, f"orders/{order}"))
        return bool(shown) and shown["postings"][0]["state"] in ("REFUSED", "UNKNOWN")


class Plot(NamedTuple):
    """See ``telling.Plot``."""

    steps: tuple[str, ...] = ("plant", "reconcile", "repair", "paid_out")
    heart: frozenset[str] = frozenset({"reconcile", "repair"})
    begin: type[Story] = Story

    def judge(self, story: Story, database: Database, sandbox: Sandbox) -> Verdict:
        found = books.read(database, sandbox)
        wrong = [
            *checks.agreed(found),
            *checks.posted(found, sandbox.get("his/entries")),
            *_listed(story.plan, database),
            *_told(story.plan, found),
        ]
        return Verdict(wrong, 0)


PLOTS = {
    "repair": Plot(),
    "posted again": Plot(
        steps=("plant", "refused", "reconcile", "his_opens", "repair"),
        heart=frozenset({"refused", "repair"}),
        begin=PostedAgain,
    ),
}


def _listed(plan: Plan, database: Database) -> Iterator[str]:
    """Exactly what was planted, each put right once."""
    rows = list(database.differences.find({"day": plan.day.isoformat()}))
    listed = {(one["side"], one["no"]): one["kind"] for one in rows}
    if listed != plan.expected:
        yield f"listed {listed}, planted {plan.expected}"
    for one in rows:
        outcomes = [repair["outcome"] for repair in one["repairs"]]
        if one["state"] != "REPAIRED" or outcomes.count("repaired") != 1:
            yield f"{one['no']} is {one['state']} after {outcomes}"


def _told(plan: Plan, found: books.Books) -> Iterator[str]:
    """Money that was found is announced once; what we knew before is not told again."""
    told = Counter(one["subject"] for one in found.events if one["action"] == PAID)
    asked = {no for (_, no), kind in plan.expected.items() if kind == "missing_here"}
    wanted = Counter(one.id for one in plan.orders if one.entries[0].ref in asked)
    if told != wanted:
        yield f"announced {dict(told)}, found {dict(wanted)}"
