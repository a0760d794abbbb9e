"""One appointment in the middle of its life, and everything that can be done to it."""

import asyncio

import msgspec

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, Hold
from booking.payments.model import JSAPI
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from booking.stops import service as stops
from booking.stops.model import OTHER, REFUND, case_id
from booking.waiting import service as waiting
from tests.helpers.outpatient import Outpatient, Patient
from wx_backend.base import ids

LOOKS, LOOK_SECONDS = 10, 0.004


class Case:
    """``patient`` has ``held`` in ``slot``, its only number; ``rival`` would like to have it.

    ``later`` is a slot of the same doctor on another date. ``key`` is the key of the form;
    ``entry`` the patient's on the waiting list, when that has given the number. ``swept``: the
    workers' sweeps find it due at once, since they are what it meets.
    """

    held: Appointment
    entry: str = ""

    def __init__(
        self,
        clinic: Outpatient,
        moment: str,
        people: tuple[Patient, Patient],
        slots: tuple[Slot, Slot],
        swept: bool,
    ):
        self.clinic, self.moment, self.swept = clinic, moment, swept
        self.patient, self.rival = people
        self.slot, self.later = slots
        self.key = ids.new("key")

    # --- the patient ---------------------------------------------------------------------------

    async def hold(self) -> None:
        """The same form again: never another appointment."""
        again = await self.clinic.hold(self.patient, self.slot, self.key)
        assert again.id == self.held.id

    async def pay(self) -> None:
        """The pay button, which opens the payment on the platform."""
        await self.clinic.ticket(self.patient, self.held, JSAPI)

    async def notify(self) -> None:
        """The patient pays whatever is open; the platform tells us."""
        order = await self.clinic.order(self.held)
        for no in order.ledger().attempts if order else ():
            answer = await self.clinic.http.post(
                f"{self.clinic.sandbox.url}/_ctl/pay", json={"out_trade_no": no}
            )
            assert answer.status_code in (200, 400)  # 400: it is closed

    async def check(self) -> None:
        await appointments.check_payment(self.patient.ctx, self.held.id)

    async def cancel(self) -> None:
        await appointments.cancel(self.patient.ctx, self.held.id)

    async def reschedule(self) -> None:
        """改约: the other date instead."""
        await appointments.reschedule(self.patient.ctx, self.held.id, self.later.id, ids.new("key"))

    async def cancel_new(self) -> None:
        """Whatever they have been moved to, as soon as they see it."""
        for _ in range(LOOKS):
            for one in (await appointments.mine(self.patient.ctx)).items:
                if one.slot == self.later.id:
                    await appointments.cancel(self.patient.ctx, one.id)
                    return
            await asyncio.sleep(LOOK_SECONDS)

    async def accept(self) -> None:
        await waiting.accept(self.patient.ctx, self.entry)

    async def leave(self) -> None:
        await waiting.leave(self.patient.ctx, self.entry)

    async def ask_refund(self) -> None:
        """Of a stopped clinic: the money back."""
        await stops.answer(self.patient.ctx, case_id(self.held.id), REFUND)

    async def take_other(self) -> None:
        """Of a stopped clinic: the place kept on another date."""
        await stops.answer(self.patient.ctx, case_id(self.held.id), OTHER)

    # --- somebody else -------------------------------------------------------------------------

    async def rival_holds(self) -> None:
        """Whatever number of the slot is free, if there is one."""
        command = Hold(self.slot.id, self.rival.id)
        await appointments.hold(self.rival.ctx, command, ids.new("key"))

    async def close(self) -> None:
        """停诊: the slot is closed, and who has lost a number is asked."""
        await self._slot_becomes("CLOSED")

    async def reopen(self) -> None:
        await self._slot_becomes("OPEN")

    async def _slot_becomes(self, state: str) -> None:
        ctx = self.clinic.worker.ctx(self.slot.inst)
        slot = await schedules.stored_slot(ctx, self.slot.id)
        if slot and await schedules.replace(ctx, msgspec.structs.replace(slot, state=state)):
            await stops.begin(ctx, slot.schedule)
            await self.clinic.turn("stops look")

    # --- the workers ---------------------------------------------------------------------------

    async def expire(self) -> None:
        await self.clinic.turn("holds")

    async def offer(self) -> None:
        """Numbers that are kept go to who waits."""
        await self.clinic.turn("returned_numbers")

    async def refund(self) -> None:
        """What is due with the platform: refunds are sent and asked after."""
        await self.clinic.turn("orders")

    async def react(self) -> None:
        """Events are carried to the reactions: seats, refunds, closings."""
        await self.clinic.turn("relay collect relay")
        await self.clinic.turn("relay deliver relay")
