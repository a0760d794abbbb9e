"""An insurance bureau of the tests' own: it keeps its books, and fails as it is told to.

    bureau = Bureau(Split(fund=3000, account=1000, self_=2000))
    bureau.plans("settle", LOST)

It says nothing of what a real one is like (docs/insurance.md); it holds to ``InsurancePort``.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from booking.payments.store import ORDERS
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.base.errors import GatewayBusy, GatewayUnknown
from wx_backend.base.money import Split
from wx_backend.gateways.insurance.port import Settled, SettlementRefused, Uploaded

LOST = "done, and the answer is lost"
NEVER = "not done, and nobody says so"
BUSY = "not asked"
REFUSED = "refused"
LATE = "done when the bureau is next asked for something, and the answer is lost"
DIES_BEFORE, DIES_AFTER = "the process dies before it", "the process dies after it"
TROUBLES = (LOST, NEVER, BUSY, REFUSED, LATE, DIES_BEFORE, DIES_AFTER)


class Killed(BaseException):
    """Our process has died here: nothing of ours may catch it."""


class Bureau:
    """Implements ``InsurancePort``. ``books``: what the fund has paid, in fen, by our number."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.holds = timedelta(minutes=5)
        self.books: dict[str, int] = {}
        self.ever: set[str] = set()
        self.asked: list[str] = []
        self._used: set[str] = set()
        self._plans: dict[str, list[str]] = defaultdict(list)
        self._late: list[Callable[[], None]] = []

    def plans(self, call: str, *troubles: str) -> None:
        """What becomes of the next calls of ``settle``, ``query`` or ``reverse``."""
        self._plans[call].extend(troubles)

    def well(self) -> None:
        """Nothing more goes wrong; what was late arrives."""
        self._plans.clear()
        self._arrive()

    async def upload(self, no: str, references: tuple[str, ...], authorised: str) -> Uploaded:
        if authorised in self._used:
            raise SettlementRefused(platform_code="268547120", platform_message="授权码已使用")
        self._used.add(authorised)
        until = datetime.now(UTC) + self.holds
        return Uploaded(pay_order=f"PO{no}", visit="V1", split=self.split, holds_until=until)

    async def settle(self, no: str, pay_order: str) -> Settled:
        assert pay_order == f"PO{no}"

        def done() -> None:
            if no not in self.ever:
                self.ever.add(no)
                self.books[no] = self.split.fund + self.split.account + self.split.other

        self._do("settle", done)
        return self._known(no)

    async def query(self, no: str) -> Settled:
        self._do("query", lambda: None)
        return self._known(no)

    async def reverse(self, no: str, reason: str) -> Settled:
        assert reason
        self._do("reverse", lambda: self.books.pop(no, None))
        return self._known(no)

    def _known(self, no: str) -> Settled:
        if no in self.books:
            return Settled(state="SETTLED", setl=f"S{no}")
        return Settled(state="REVERSED" if no in self.ever else "MISSING")

    def _do(self, call: str, act: Callable[[], object]) -> None:
        self.asked.append(call)
        self._arrive()
        trouble = self._plans[call].pop(0) if self._plans[call] else ""
        if trouble == REFUSED:
            raise SettlementRefused(platform_code="268510610", platform_message="结算校验未通过")
        if trouble == BUSY:
            raise GatewayBusy()
        if trouble == LATE:
            self._late.append(act)
        elif trouble not in (NEVER, DIES_BEFORE):
            act()
        if trouble in (DIES_BEFORE, DIES_AFTER):
            raise Killed()
        if trouble:
            raise GatewayUnknown()

    def _arrive(self) -> None:
        late, self._late = self._late, []
        for act in late:
            act()


async def stuck(ctx: Ctx) -> str:
    """The id of an insured order whose bureau has refused a reversal."""
    key, now = ids.new("ord"), ctx.now()
    split = {"fund": 3000, "account": 1000, "self": 2000}
    said = {"split": split, "pay_order": "PO1", "visit": "V1", "holds_until": now}
    told = [
        ("uploaded", said), ("asked", {}), ("settled", {"setl": "S1"}), ("reversing", {}),
        ("reversal_refused", {"words": "结算校验未通过"}),
    ]  # fmt: skip
    entries = [
        {"kind": f"fund_{kind}", "ref": key, "at": now, "fen": 4000, "data": data}
        for kind, data in told
    ]
    closed = {"kind": "order_closed", "ref": key, "at": now, "data": {"reason": "患者取消"}}
    await ctx.db(ORDERS).insert(
        {"_id": key, "account": "acc0", "purpose": {"kind": "bill", "id": key}, "version": 7,
         "title": "门诊缴费 3 项", "amount_fen": 6000, "split": split, "expires_at": now,
         "entries": [*entries, closed], "state": "REFUNDING", "created_at": now}
    )  # fmt: skip
    return key
