"""What patients do with numbers and money."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, Hold
from booking.payments.model import METHODS
from tests.drill.machine.rules import PICK, SPOT, WHO, Rules
from tests.helpers.outpatient import Patient
from wx_backend.base import ids


class Patients(Rules):
    """Hold, press pay, pay, look, cancel, move; in any order, of any of one's appointments."""

    keys: dict[tuple[int, int], str]
    """By person and spot: the key of the last request that made an appointment."""

    @rule(who=WHO, spot=SPOT)
    def hold(self, who: int, spot: int) -> None:
        key = ids.new("key")
        if self.do(self._hold(who, spot, key)):
            self.keys[who, spot] = key

    @rule(who=WHO, spot=SPOT)
    def hold_again(self, who: int, spot: int) -> None:
        """The same request: never another appointment."""
        if key := self.keys.get((who, spot)):
            assert self.do(self._hold(who, spot, key))

    async def _hold(self, who: int, spot: int, key: str) -> Appointment:
        one = self.person(who)
        return await appointments.hold(one.ctx, Hold(self.slot(spot), one.id), key)

    @rule(pick=PICK, method=st.sampled_from(METHODS))
    def press_pay(self, pick: int, method: str) -> None:
        if found := self.do(self.world.appointment(pick)):
            self.do(self.clinic.ticket(*found, method))

    @rule(pick=PICK, told=st.booleans())
    def pay(self, pick: int, told: bool) -> None:
        if found := self.do(self.world.appointment(pick)):
            self.do(self._pay(*found, told))

    async def _pay(self, one: Patient, mine: Appointment, told: bool) -> None:
        """Every attempt that the platform would still take money for is paid."""
        order = await self.clinic.order(mine)
        if mine.state == "HELD" and not order:
            await self.clinic.ticket(one, mine, one.side.inside)
            order = await self.clinic.order(mine)
        for attempt in order.ledger().attempts.values() if order else ():
            if not told:
                await self.clinic.fault("notify/*", "notify_never")
            await self.clinic.tries_to_pay(attempt)
        await self.clinic.answered()

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        if found := self.do(self.world.appointment(pick)):
            self.do(self.clinic.cancel(*found))

    @rule(pick=PICK, spot=SPOT)
    def another_time(self, pick: int, spot: int) -> None:
        if found := self.do(self.world.appointment(pick)):
            one, mine = found
            wanted = self.slot(spot)
            self.do(appointments.reschedule(one.ctx, mine.id, wanted, ids.new("key")))

    @rule(pick=PICK)
    def come_back(self, pick: int) -> None:
        if found := self.do(self.world.appointment(pick)):
            one, mine = found
            self.do(appointments.check_payment(one.ctx, mine.id))
