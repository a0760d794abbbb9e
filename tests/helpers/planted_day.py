"""A day of orders in all three books, with differences planted from a seed.

    plan = planted(seed=7, orders=60, channels={...}, day=day, ahead=house.business.offset)
    await plan.write(house, control)
    assert plan.expected == {(one.side, one.no): one.kind for one in found}

Ours are documents in MongoDB, the platforms' and the HIS's are the sandbox's own ledgers.
"""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from booking.payments import moves
from booking.payments.ledger import Entry, Kind, Terms
from booking.payments.model import ALIPAY, JSAPI, Order
from tests.helpers.platform_books import ALIPAY as ALIPAY_PAY
from tests.helpers.platform_books import WECHAT_PAY, Books, by_table
from wx_backend.base import ids
from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.base.context import House
from wx_backend.base.money import Split
from wx_backend.directory.institutions.model import Channel

METHODS = {WECHAT_PAY: JSAPI, ALIPAY_PAY: ALIPAY}
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
REFUNDED_SHARE = 0.15

Control = Callable[..., Awaitable[Any]]


@dataclass
class Plan:
    """What is to be written, and what a reconciliation of ``day`` must say: class by (side, no)."""

    seed: int
    day: date
    ahead: timedelta
    orders: list[Order] = field(default_factory=list)
    platform: list[tuple[str, dict]] = field(default_factory=list)
    twice: list[tuple[str, str]] = field(default_factory=list)
    his: list[dict] = field(default_factory=list)
    expected: dict[tuple[str, str], str] = field(default_factory=dict)

    async def write(self, house: House, control: Control) -> None:
        for table, rows in by_table(self.platform).items():
            for n in range(0, len(rows), 2000):
                await control("books/rows", table=table, rows=rows[n : n + 2000])
        for platform, number in self.twice:
            await control("books/lines", platform=platform, again=number)
        await control("his/entries", rows=self.his)
        await house.db.raw("orders").insert_many([stored(one) for one in self.orders])

    @property
    def planted(self) -> Counter[str]:
        return Counter(f"{side} {kind}" for (side, _), kind in self.expected.items())


def stored(order: Order) -> dict:
    """The document that the order's own steps would have left; nothing of it is due."""
    numbered = (Kind.ATTEMPT_OPENED, Kind.REFUND_REQUESTED)
    refs = [entry.ref for entry in order.entries if entry.kind in numbered]
    days = moves.days(order.entries)
    doc = msgspec.to_builtins(order, builtin_types=(datetime,))
    return {**doc, "refs": refs, "days": days, "state": order.ledger().state()}


class Planter:
    """Makes one order after another, right unless it is told otherwise."""

    def __init__(self, plan: Plan, inst: str, channels: Mapping[str, Channel]) -> None:
        self.plan, self.inst, self.channels = plan, inst, channels
        self.dice = random.Random(plan.seed)
        self.books = {name: Books(name, one.appid, one.mchid) for name, one in channels.items()}

    # --- moments -------------------------------------------------------------------------------

    def moment(self, days: int = 0, seconds: float | None = None) -> datetime:
        """Of the day, or of one beside it, in business time; at least a minute from midnight."""
        after = self.dice.randrange(60, 86_340) if seconds is None else seconds
        zone = ZoneInfo(HOSPITAL_ZONE)
        begins = datetime.combine(self.plan.day, time(), zone)
        return begins + days * DAY + timedelta(seconds=after)

    def real(self, at: datetime) -> float:
        return (at - self.plan.ahead).timestamp()

    # --- one order -----------------------------------------------------------------------------

    def pay(
        self,
        at: datetime | None = None,
        platform: str = "",
        *,
        known_at: datetime | None = None,
        paid: bool = True,
        there: int | None = 0,
        his: int | None = 0,
        his_at: datetime | None = None,
    ) -> tuple[Order, str]:
        """A payment. ``there`` and ``his``: fen more than ours on that side, None: it is not there.
        ``known_at``: when we booked it, not having been told when it happened.
        """
        at = at or self.moment()
        platform = platform or self.dice.choice(sorted(self.channels))
        fen, channel = self.dice.randrange(101, 100_000), self.channels[platform]
        key = ids.derive("ord", f"planted {self.plan.seed}", len(self.plan.orders))
        no, number = ids.derive("pay", key, 0), f"42{self.dice.randrange(10**26):026d}"
        terms = Terms(method=METHODS[platform], expires_at=at + timedelta(hours=1),
                      channel=channel.id, merchant=channel.mchid)  # fmt: skip
        began, said = at - 20 * SECOND, msgspec.structs.asdict(terms)
        opened = Entry(Kind.ATTEMPT_OPENED, no, began, fen, said)
        ready = Entry(Kind.ATTEMPT_READY, no, began,
                      data={"prepay": "prepay", "until": at + timedelta(hours=1)})  # fmt: skip
        entries = [opened, ready]
        if paid:
            data = {"transaction": number} | ({} if known_at else {"moved_at": at})
            entries.append(Entry(Kind.ATTEMPT_PAID, no, known_at or at, fen, data))
        order = Order(
            id=key, inst=self.inst, account="acc0", purpose={"kind": "appointment", "id": key},
            title="挂号费", amount_fen=fen, split=Split(self_=fen), expires_at=terms.expires_at,
            entries=entries, state="OPEN", version=len(entries),
        )  # fmt: skip
        self.plan.orders.append(order)
        if there is not None:
            row = self.books[platform].paid(no, fen + there, self.real(at), number)
            self.plan.platform.append(row)
        if his is not None and paid:
            self.book("PAID", no, fen + his, platform, number, his_at or known_at or at)
        return order, platform

    def give_back(
        self,
        order: Order,
        platform: str,
        at: datetime,
        *,
        arrived: bool = True,
        there: int | None = 0,
        there_at: datetime | None = None,
        state: str = "SUCCESS",
    ) -> str:
        """Half of it goes back; its number."""
        attempt, fen = order.entries[0].ref, order.amount_fen // 2
        no = ids.derive("ref", attempt, 0)
        asked_at = there_at or at
        data = {"attempt": attempt, "reason": "患者退号"}
        order.entries.append(Entry(Kind.REFUND_REQUESTED, no, asked_at, fen, data))
        order.entries.append(Entry(Kind.REFUND_ACCEPTED, no, asked_at, fen))
        if arrived:
            moved = {"moved_at": at}
            order.entries.append(Entry(Kind.REFUND_SUCCEEDED, no, at, fen, moved))
            self.book("REFUNDED", no, fen, platform, "", at)
        if there is not None:
            when = self.real(asked_at)
            row = self.books[platform].refunded(no, attempt, fen + there, when, state)
            self.plan.platform.append(row)
        return no

    def book(
        self, kind: str, no: str, fen: int, platform: str, transaction: str, at: datetime
    ) -> None:
        self.plan.his.append(
            {"order_reference": no, "kind": kind, "fen": fen, "platform": platform,
             "transaction": transaction, "at": at.isoformat()}
        )  # fmt: skip

    def expect(self, side: str, no: str, kind: str) -> None:
        self.plan.expected[side, no] = kind

    # --- what can be wrong ---------------------------------------------------------------------

    def never_told(self) -> None:
        order, _ = self.pay(paid=False, his=None)
        self.expect("platform", order.entries[0].ref, "missing_here")

    def stranger(self) -> str:
        """The number of a payment that is in nobody's books."""
        platform, no = self.dice.choice(sorted(self.books)), ids.derive("pay", self._name())
        row = self.books[platform].paid(no, 777, self.real(self.moment()))
        self.plan.platform.append(row)
        self.expect("platform", no, "missing_here")
        return no

    def not_there(self) -> None:
        order, _ = self.pay(there=None)
        self.expect("platform", order.entries[0].ref, "missing_there")

    def other_amount(self) -> None:
        order, _ = self.pay(there=self.dice.choice((-1, 1, 100)))
        self.expect("platform", order.entries[0].ref, "amount")

    def other_refund(self) -> None:
        order, platform = self.pay(self.moment(-2))
        no = self.give_back(order, platform, self.moment(), there=-1)
        self.expect("platform", no, "refund")

    def refund_not_there(self) -> None:
        order, platform = self.pay(self.moment(-2))
        self.expect("platform", self.give_back(order, platform, self.moment(), there=None),
                    "missing_there")  # fmt: skip

    def refund_of_another_state(self) -> None:
        order, platform = self.pay(self.moment(-1))
        no = self.give_back(order, platform, self.moment(), arrived=False)
        self.expect("platform", no, "state")

    def refund_under_way(self) -> None:
        order, platform = self.pay(platform=WECHAT_PAY)
        self.give_back(order, platform, self.moment(), arrived=False, state="PROCESSING")

    def listed_twice(self) -> None:
        order, platform = self.pay()
        self.plan.twice.append((platform, order.entries[0].ref))
        self.expect("platform", order.entries[0].ref, "duplicate")

    def known_after_midnight(self) -> None:
        at = self.moment(0, 86_399 - self.dice.randrange(5))
        order, _ = self.pay(at, known_at=at + 8 * SECOND)
        self.expect("platform", order.entries[0].ref, "late")

    def paid_before_midnight(self) -> None:
        at = self.moment(-1, 86_399 - self.dice.randrange(5))
        order, _ = self.pay(at, known_at=at + 8 * SECOND)
        self.expect("platform", order.entries[0].ref, "late")

    def refund_that_took_days(self) -> None:
        order, _ = self.pay(self.moment(-5), WECHAT_PAY)
        asked = self.moment(-3)
        no = self.give_back(order, WECHAT_PAY, self.moment(), there_at=asked)
        self.expect("platform", no, "late")

    def not_booked(self) -> None:
        order, _ = self.pay(his=None)
        self.expect("his", order.entries[0].ref, "missing_there")

    def booked_by_a_clerk(self) -> None:
        no = ids.derive("pay", self._name())
        self.book("PAID", no, 888, "alipay", "", self.moment())
        self.expect("his", no, "missing_here")

    def booked_otherwise(self) -> None:
        order, _ = self.pay(his=1)
        self.expect("his", order.entries[0].ref, "amount")

    def booked_twice(self) -> None:
        order, _ = self.pay()
        self.plan.his.append(dict(self.plan.his[-1]))
        self.expect("his", order.entries[0].ref, "duplicate")

    def booked_the_next_day(self) -> None:
        order, _ = self.pay(his_at=self.moment(1, 3))
        self.expect("his", order.entries[0].ref, "late")

    def _name(self) -> str:
        return f"nobody {self.plan.seed} {self.dice.random()}"


KINDS = (
    Planter.never_told,
    Planter.stranger,
    Planter.not_there,
    Planter.other_amount,
    Planter.other_refund,
    Planter.refund_not_there,
    Planter.refund_of_another_state,
    Planter.refund_under_way,
    Planter.listed_twice,
    Planter.known_after_midnight,
    Planter.paid_before_midnight,
    Planter.refund_that_took_days,
    Planter.not_booked,
    Planter.booked_by_a_clerk,
    Planter.booked_otherwise,
    Planter.booked_twice,
    Planter.booked_the_next_day,
)


def planted(
    seed: int,
    orders: int,
    inst: str,
    channels: Mapping[str, Channel],
    day: date,
    ahead: timedelta = timedelta(),
    most: int = 3,
) -> Plan:
    """Every kind of trouble one to ``most`` times, among so many orders; amounts whose fees need
    rounding, refunds of the same day and of earlier ones, and the days beside, which are right.
    """
    plan = Plan(seed, day, ahead)
    planter = Planter(plan, inst, channels)
    dice = planter.dice
    for plant in KINDS:
        for _ in range(dice.randint(1, most)):
            plant(planter)
    while len(plan.orders) < orders:
        earlier = dice.random() < 0.1
        order, platform = planter.pay(planter.moment(-dice.randint(1, 2)) if earlier else None)
        if dice.random() < REFUNDED_SHARE:
            began = order.entries[-1].at
            at = planter.moment() if earlier else planter.moment(0, 86_340)
            planter.give_back(order, platform, max(at, began + SECOND))
    return plan
