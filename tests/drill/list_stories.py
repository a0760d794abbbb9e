"""Numbers that go to who waits, and a clinic that is stopped, killed at each write."""

import time

from booking.stops.model import case_id
from tests.drill.stories import BEGIN, KEY, PAID, Plot, Story
from tests.drill.telling import Stand

LOOKS = 4


class Waiting(Story):
    """The rival has the only place; I wait for it, and the third behind me."""

    def __init__(self, stand: Stand):
        super().__init__(stand)
        self._rivals = self._entry = ""

    def taken(self) -> None:
        self.rival.sign_in()
        self.rival.add_myself()
        self._rivals = self.rival.hold(self.slot, KEY)["id"]

    def join(self) -> None:
        self._entry = self.me.join(self.slot, KEY)["id"]

    def given_back(self) -> None:
        self.rival.cancel(self._rivals)

    def offered(self) -> None:
        self._is("OFFERED")
        self.appointment = self.me.entry(self._entry)["appointment"]

    def third_joins(self) -> None:
        self.third.sign_in()
        self.third.add_myself()
        self.third.join(self.slot, KEY)

    def runs_out(self) -> None:
        """Nobody takes the offer; the next one does."""
        self.clockwork.move(hours=24, minutes=1)
        self._is("MISSED")
        self.me = self.third
        self._entry = self.me.join(self.slot, KEY)["id"]

    def settled(self) -> None:
        self._is("TAKEN")

    def _is(self, state: str) -> None:
        self.until(state, lambda: self.me.entry(self._entry)["state"] == state)


class Stopped(Story):
    """My clinic is stopped."""

    def __init__(self, stand: Stand):
        super().__init__(stand)
        self._stop = stand.stop

    def stop(self) -> None:
        self._stop()

    def asked(self) -> None:
        self.until("question", lambda: self.me.asked(self._case))

    def refuse(self) -> None:
        self.me.answer(self._case, "refund")

    def take_other(self) -> None:
        self.me.answer(self._case, "other")
        self.until("MOVED", lambda: self.me.asked(self._case)["state"] == "MOVED")

    def nobody_answers(self) -> None:
        self.clockwork.move(hours=2, minutes=1)
        self.until("call", lambda: self.me.asked(self._case)["state"] == "CALLING")

    def session_begins(self) -> None:
        """Three local days from now at noon, whatever the hour is."""
        self.clockwork.move(days=4)

    def quiet(self) -> None:
        """One look after the other for who came late, until nobody looks any more."""
        for _ in range(LOOKS):
            self.clockwork.move(minutes=6)
            time.sleep(0.2)

    @property
    def _case(self) -> str:
        return case_id(self.appointment)


_WAITS = ("sign_in", "add_person", "taken", "join")
_TAKES = ("open_payment", "pay", "booked", "settled")
_STOP = (*BEGIN, "pay", "booked", "told", "stop", "asked")
_STOPPED = PAID | {
    "appointment.booked": 1, "stop.asked": 1, "stop.answered": 1, "stop.settled": 1,
}  # fmt: skip
_REFUNDED = _STOPPED | {
    "appointment.stopped": 1, "appointment.released": 1, "payment.refunded": 1,
}  # fmt: skip
_OFFER = PAID | {"appointment.cancelled": 1, "appointment.booked": 1}

PLOTS = {
    "offer taken": Plot(
        (*_WAITS, "given_back", "offered", *_TAKES),
        state="BOOKED",
        order="PAID",
        rescue=None,
        events=_OFFER | {"waiting.offered": 1},
        begin=Waiting,
        heart=frozenset({"given_back", "offered"}),
    ),
    "offer passed on": Plot(
        (*_WAITS, "third_joins", "given_back", "offered", "runs_out", "offered", *_TAKES),
        state="BOOKED",
        order="PAID",
        rescue=None,
        events=_OFFER | {"appointment.expired": 1, "waiting.offered": 2, "waiting.expired": 1},
        begin=Waiting,
        heart=frozenset({"given_back", "offered", "runs_out"}),
    ),
    "stopped, paid back": Plot(
        (*_STOP, "refuse", "refunded", "quiet"),
        state="STOPPED",
        order="REFUNDED",
        rescue=None,
        events=_REFUNDED,
        begin=Stopped,
        heart=frozenset({"asked", "refuse"}),
    ),
    "stopped, moved": Plot(
        (*_STOP, "take_other", "quiet"),
        state="RESCHEDULED",
        order="PAID",
        rescue=None,
        events=_STOPPED | {"appointment.moved": 1, "appointment.rescheduled": 1},
        begin=Stopped,
        heart=frozenset({"asked", "take_other"}),
    ),
    "stopped, no answer": Plot(
        (*_STOP, "nobody_answers", "session_begins", "refunded", "quiet"),
        state="STOPPED",
        order="REFUNDED",
        rescue=None,
        events=_REFUNDED | {"stop.call_due": 1},
        begin=Stopped,
        heart=frozenset({"asked", "session_begins", "refunded"}),
    ),
}
