"""What goes on by itself: time passes, workers work or do one thing only, the platform fails."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.drill.machine.rules import Rules
from wx_backend.entrypoints import wiring

ALONE = (
    *("relay collect relay", "relay deliver relay", "orders", "holds"),
    *("returned_numbers", "waiting", "schedules look", "stops look", "stops follow"),
)
"""Sweeps that may be turned once, while the others lag behind."""

OURS = [sweep for sweep in wiring.sweeps() if sweep.name in (*ALONE, "numbers generate")]
"""What concerns numbers and money: nobody here looks at what is told, sealed or forgotten."""


PLATFORM = st.sampled_from(("/v3/*", "/gateway.do/*"))
"""Calls of WeChat Pay, or of Alipay."""


class Surroundings(Rules):
    """Clock, workers, web process, platform."""

    @rule(minutes=st.sampled_from([1, 6, 16, 40, 130, 60 * 25]))
    def wait(self, minutes: int) -> None:
        self.do(self.clinic.later(minutes=minutes))

    @rule()
    def work(self) -> None:
        self.do(self.clinic.work())

    @rule(name=st.sampled_from(ALONE))
    def one_sweep(self, name: str) -> None:
        self.do(self.clinic.turn(name))

    @rule()
    def follow(self) -> None:
        """The web process sees what others have changed."""
        self.do(self.clinic.hospital.catch_up())

    @rule(of=PLATFORM, calls=st.integers(1, 6))
    def platform_is_silent(self, of: str, calls: int) -> None:
        self.do(self.clinic.fault(of, "busy", times=calls))

    @rule(of=PLATFORM)
    def platform_loses_an_answer(self, of: str) -> None:
        self.do(self.clinic.fault(of, "lost_reply"))

    @rule()
    def payer_is_faster_than_our_close(self) -> None:
        self.do(self.clinic.fault("*close", "pay_during_close"))
