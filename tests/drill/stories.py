"""Bookings that are killed at each of their writes, told by patients who never give up."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from pymongo.database import Database

from tests.drill import books, checks
from tests.drill.books import Books
from tests.drill.patient import Patient
from tests.drill.telling import Stand, Verdict
from wx_backend.entrypoints.demo.phone import Refused, Sandbox

KEY = "the-only-key-of-this-story"
QUERY = "/v3/pay/transactions/out-trade-no/*"
ASIDE = ("binding.", "deviation.", "posting.", "schedule.", "task.")
"""Events of other things than the booking."""

CROWD = 900
"""Of the sandbox's crowd, the first who takes part: nobody has added people for them."""


class Story:
    """One telling; the slot has a single place, and so has the later one."""

    def __init__(self, stand: Stand):
        self.sandbox, self.clockwork, self.slot = stand.sandbox, stand.clockwork, stand.world.slot
        self.until, self.later = stand.until, stand.world.later
        self.me, self.rival, self.third = (
            Patient(stand.web, stand.sandbox, CROWD + n, stand.revive) for n in range(3)
        )
        self.appointment = ""
        self.prepay = ""

    def sign_in(self) -> None:
        self.me.sign_in()

    def add_person(self) -> None:
        self.me.add_myself()

    def hold(self) -> None:
        self.appointment = self.me.hold(self.slot, KEY)["id"]

    def open_payment(self) -> None:
        self.prepay = self.me.open_payment(self.appointment)

    def pay(self) -> None:
        self.me.pay(self.prepay)

    def booked(self) -> None:
        self._reaches("BOOKED")

    def cancel(self) -> None:
        self.me.cancel(self.appointment)

    def move(self) -> None:
        """What it was is nobody's any more; what it has become is the patient's and paid."""
        moved = self.me.reschedule(self.appointment, self.later, f"{KEY}-again")
        assert self.me.look(self.appointment)["moved_to"] == moved["id"]
        assert self.me.look(moved["id"])["order"]["state"] == "PAID"

    def refunded(self) -> None:
        self.until("refund", lambda: self.me.look(self.appointment)["order"]["state"] == "REFUNDED")

    def expire(self) -> None:
        """The hold runs out, and so does the patience with a platform that cannot say whether it
        was paid."""
        self.sandbox.post("faults", endpoint=QUERY, kind="busy", times=None)
        self.clockwork.move(minutes=26)
        self._reaches("EXPIRED")

    def platform_answers(self) -> None:
        """It can say again what was paid; until then nothing could be closed there."""
        self.sandbox.post("clear", what="faults")

    def returns(self) -> None:
        """A number that was given back is everybody's again."""
        self.clockwork.move(minutes=16)

    def rival_holds(self) -> None:
        self.returns()
        self.rival.sign_in()
        self.rival.add_myself()
        self.until("place for the rival", self._rival_finds_it_free)

    def _rival_finds_it_free(self) -> bool:
        """The place is offered again within a moment of having been freed."""
        try:
            self.rival.hold(self.slot, KEY)
        except Refused as error:
            if error.code not in ("slot_full", "too_many"):
                raise
            return False
        return True

    def _reaches(self, state: str) -> None:
        self.until(state, lambda: self.me.look(self.appointment)["state"] == state)


class ByAlipay(Story):
    """I scan a code with Alipay."""

    def open_payment(self) -> None:
        self.prepay = self.me.open_alipay(self.appointment)

    def pay(self) -> None:
        self.me.scan(self.prepay)


class Plot(NamedTuple):
    """Steps by name, and what is true of the appointment at the end."""

    steps: tuple[str, ...]
    state: str
    order: str
    rescue: str | None
    events: dict[str, int]
    begin: type[Story] = Story
    heart: frozenset[str] = frozenset({"hold", "open_payment"})

    def judge(self, story: Story, database: Database, sandbox: Sandbox) -> Verdict:
        found = books.read(database, sandbox)
        wrong = [
            *checks.problems(found),
            *checks.posted(found, sandbox.get("his/entries")),
            *self._expectations(found, story.appointment),
        ]
        return Verdict(wrong, sum(message["state"] == "UNKNOWN" for message in found.messages))

    def _expectations(self, found: Books, appointment: str) -> Iterator[str]:
        """How the appointment ends and which facts are announced."""
        [one] = [doc for doc in found.appointments if doc["_id"] == appointment]
        money = found.orders[appointment]
        came = (one["state"], money.order.state, one["rescue"])
        if came != (self.state, self.order, self.rescue):
            yield f"ended as {came}"
        names = (one["action"].removeprefix("event:").replace(":", ".") for one in found.events)
        events = Counter(name for name in names if not name.startswith(ASIDE))
        if events != self.events:
            yield f"announced {dict(events)}"
        states = Counter(message["state"] for message in found.messages)
        if not states["SENT"] <= found.sends <= states["SENT"] + states["UNKNOWN"]:
            yield f"the platform was asked {found.sends} times to send, messages: {dict(states)}"


BEGIN = ("sign_in", "add_person", "hold", "open_payment")
PAID = {"payment.succeeded": 1}

PLOTS = {
    "cancelled": Plot(
        (*BEGIN, "pay", "booked", "told", "cancel", "refunded", "returns"),
        state="CANCELLED",
        order="REFUNDED",
        rescue=None,
        events=PAID | {"appointment.booked": 1, "appointment.cancelled": 1, "payment.refunded": 1},
    ),
    "by Alipay": Plot(
        (*BEGIN, "pay", "booked", "told", "cancel", "refunded", "returns"),
        state="CANCELLED",
        order="REFUNDED",
        rescue=None,
        events=PAID | {"appointment.booked": 1, "appointment.cancelled": 1, "payment.refunded": 1},
        begin=ByAlipay,
        heart=frozenset({"open_payment", "booked", "refunded"}),
    ),
    "moved": Plot(
        (*BEGIN, "pay", "booked", "told", "move", "returns"),
        state="RESCHEDULED",
        order="PAID",
        rescue=None,
        events=PAID
        | {
            "appointment.booked": 1,
            "appointment.rebooked": 1,
            "appointment.rescheduled": 1,
        },
    ),
    "never paid": Plot(
        (*BEGIN, "expire", "platform_answers", "returns"),
        state="EXPIRED",
        order="LAPSED",
        rescue=None,
        events={"appointment.expired": 1},
    ),
    "seated again": Plot(
        (*BEGIN, "expire", "pay", "platform_answers", "booked"),
        state="BOOKED",
        order="PAID",
        rescue="seated",
        events=PAID | {"appointment.expired": 1, "appointment.reseated": 1},
    ),
    "full": Plot(
        (*BEGIN, "expire", "rival_holds", "pay", "platform_answers", "refunded"),
        state="EXPIRED",
        order="REFUNDED",
        rescue="refund",
        events=PAID
        | {
            "appointment.expired": 1,
            "appointment.unseated": 1,
            "payment.refunded": 1,
        },
    ),
}
