"""A process that claims a number of a HIS, has it locked, confirmed and released, and kills itself
after its n-th write; 0 never. Run again it does what is left.
"""

from datetime import UTC, datetime, timedelta

from booking.appointments import claims, events, locking, reactions, store
from booking.appointments.limits import kept_limits
from booking.appointments.model import LIFE, Appointment
from booking.locks import service as locks
from booking.locks.events import events as lock_events
from booking.locks.store import LOCKS
from notify.relay.service import Relay
from tests.helpers.houses import house_on
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import Sweep, crank

INST = "ins0000000000000000000000000"
START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
HELD = Appointment(
    id="apt0123456789abcdefghjkmnpqrs", inst=INST, slot="slot0123456789abcdefghjkmnpq", number=1,
    state="HELD", version=1, account="acc1", channel=None, patient_id="pat1", patient="王*国",
    department_id="dep1", department="口腔科", doctor_id="doc1", doctor="方子衡", title="主治医师",
    location="1 号楼 4 层", visit_date=START.date().isoformat(), session="AM", zone="Asia/Shanghai",
    starts_at=START, ends_at=START + timedelta(minutes=30), serial="A001", fee_fen=0,
    expires_at=START - timedelta(days=2), request="", key="key1", created_at=START,
    source=locks.HIS,
)  # fmt: skip
"""Without a fee: it is the patient's as soon as the HIS has locked it."""


def sweeps() -> list[Sweep]:
    """The way of an appointment's events to its lock, and back."""
    kinds = [*events.events, *lock_events]
    names = {kind.name for kind in kinds}
    heard = {name: list(ones) for name, ones in reactions.reactions.items() if name in names}
    relay = Relay([store.APPOINTMENTS, LOCKS], kinds, heard)
    return [Sweep("collect", relay.collect), Sweep("deliver", relay.deliver), *locks.sweeps]


async def tell(ctx: Ctx) -> None:
    """The whole story, or what is left of it."""
    if await store.get(ctx, HELD.id) is None:
        await store.claim(ctx, HELD, kept_limits(HELD), claims.told(ctx, HELD))
        await locking.begin(ctx, HELD)
    await crank(ctx.house, sweeps())
    one = await store.get(ctx, HELD.id)
    if one.state == "BOOKED":
        told = events.change(ctx, events.CANCELLED, one, refund_fen=0, by="patient")
        await store.end(ctx, one, LIFE.next(one.state, "cancel"), told, ended_by="patient")
    await crank(ctx.house, sweeps())


async def work(uri: str, database: str, crash_after: int) -> None:
    async with house_on(uri, database, crash_after) as house:
        await tell(house.ctx(INST))
