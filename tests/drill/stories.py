"""The stories that are killed at each of their writes, told by patients who never give up."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.drill.patient import Patient
from tests.drill.scene import Clockwork
from wx_backend.entrypoints.demo.phone import Refused, Sandbox

KEY = "the-only-key-of-this-story"
QUERY = "/v3/pay/transactions/out-trade-no/*"
CROWD = 900
"""Of the sandbox's crowd, the first who takes part: nobody has added people for them."""


class Plot(NamedTuple):
    """Steps by name, and what is true of the appointment at the end."""

    steps: tuple[str, ...]
    state: str
    order: str
    rescue: str | None
    events: dict[str, int]


class Story:
    """One telling of a plot; ``slot`` has a single place.

    Args:
        until: waits for a fact, reviving the product when it has died.
        revive: called when nobody answers.
    """

    def __init__(
        self,
        web: str,
        sandbox: Sandbox,
        clockwork: Clockwork,
        slot: str,
        until: Callable[[str, Callable[[], Any]], None],
        revive: Callable[[], None],
    ):
        self.sandbox, self.clockwork, self.slot = sandbox, clockwork, slot
        self.until = until
        self.me, self.rival = (Patient(web, sandbox, CROWD + n, revive) for n in range(2))
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

    def rival_holds(self) -> None:
        self.rival.sign_in()
        self.rival.add_myself()
        self.until("place for the rival", self._rival_finds_it_free)

    def _rival_finds_it_free(self) -> bool:
        """The place is offered again within a moment of having been freed."""
        try:
            self.rival.hold(self.slot, KEY)
        except Refused as error:
            if error.code != "slot_full":
                raise
            return False
        return True

    def _reaches(self, state: str) -> None:
        self.until(state, lambda: self.me.look(self.appointment)["state"] == state)


_BEGIN = ("sign_in", "add_person", "hold", "open_payment")
_PAID = {"payment.succeeded": 1}

PLOTS = {
    "cancelled": Plot(
        (*_BEGIN, "pay", "booked", "told", "cancel", "refunded"),
        state="CANCELLED",
        order="REFUNDED",
        rescue=None,
        events=_PAID | {"appointment.booked": 1, "appointment.cancelled": 1, "payment.refunded": 1},
    ),
    "never paid": Plot(
        (*_BEGIN, "expire", "platform_answers"),
        state="EXPIRED",
        order="LAPSED",
        rescue=None,
        events={"appointment.expired": 1},
    ),
    "seated again": Plot(
        (*_BEGIN, "expire", "pay", "platform_answers", "booked"),
        state="BOOKED",
        order="PAID",
        rescue="seated",
        events=_PAID | {"appointment.expired": 1, "appointment.reseated": 1},
    ),
    "full": Plot(
        (*_BEGIN, "expire", "rival_holds", "pay", "platform_answers", "refunded"),
        state="EXPIRED",
        order="REFUNDED",
        rescue="refund",
        events=_PAID
        | {
            "appointment.expired": 1,
            "appointment.unseated": 1,
            "payment.refunded": 1,
        },
    ),
}
