"""What the hospital does: it closes, opens, shrinks and grows a session, gives it to another
doctor, grants an extra number; and what patients answer.
"""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from booking.stops import service as stops
from booking.stops.model import CHOICES, case_id
from booking.timetables import service as timetables
from tests.drill.machine.rules import PICK, SPOT, WHO, Rules
from tests.helpers.timetables import deviation
from wx_backend.entrypoints.demo import world as demo

SUBSTITUTE = demo.PRACTICES[1].doctor()
CHOICE = st.sampled_from(sorted(CHOICES))


class Office(Rules):
    """One session is changed; the others stay, so that there is somewhere to go."""

    @rule()
    def stop_the_clinic(self) -> None:
        self.do(self.world.deviate(deviation("close")))

    @rule()
    def take_it_back(self) -> None:
        self.do(self.world.deviate(deviation("lift")))

    @rule(capacity=st.integers(1, 2))
    def shrink_or_grow(self, capacity: int) -> None:
        self.do(self.world.deviate(deviation("change", capacity=capacity)))

    @rule()
    def somebody_else_sees_them(self) -> None:
        self.do(self.world.deviate(deviation("change", doctor_id=SUBSTITUTE.id)))

    @rule(who=WHO, spot=SPOT)
    def extra_number(self, who: int, spot: int) -> None:
        card = self.person(who).id_no
        self.do(timetables.give_extra(self.world.ctx, self.slot(spot), card, "复诊"))

    @rule(pick=PICK, choice=CHOICE)
    def patient_answers(self, pick: int, choice: str) -> None:
        if found := self.do(self.world.appointment(pick)):
            one, lost = found
            self.do(stops.answer(one.ctx, case_id(lost.id), choice))

    @rule(pick=PICK, choice=CHOICE)
    def staff_answers_for_them(self, pick: int, choice: str) -> None:
        if found := self.do(self.world.appointment(pick)):
            _, lost = found
            self.do(stops.answer_for(self.world.ctx, case_id(lost.id), choice))
