"""What patients do on the waiting list."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from booking.waiting import service as waiting
from booking.waiting.model import Join
from tests.drill.machine.rules import PICK, SPOT, WHO, Rules
from wx_backend.base import ids


class Queue(Rules):
    """Join, take what is offered, leave. What is offered for money is paid as any other number."""

    @rule(who=WHO, spot=SPOT, scope=st.sampled_from(("slot", "session", "day")), auto=st.booleans())
    def join(self, who: int, spot: int, scope: str, auto: bool) -> None:
        one = self.person(who)
        self.do(waiting.join(one.ctx, Join(self.slot(spot), one.id, scope, auto), ids.new("key")))

    @rule(pick=PICK)
    def accept(self, pick: int) -> None:
        if found := self.do(self.world.entry(pick)):
            one, entry = found
            self.do(waiting.accept(one.ctx, entry.id))

    @rule(pick=PICK)
    def leave(self, pick: int) -> None:
        if found := self.do(self.world.entry(pick)):
            one, entry = found
            self.do(waiting.leave(one.ctx, entry.id))
