"""What grows with the years is never read whole: MongoDB's profiler tells what used no index."""

from datetime import timedelta

from booking.appointments import service as appointments
from booking.bills import service as bills
from booking.payments import service as payments
from booking.payments.model import Sought
from booking.postings import service as postings
from booking.prices import service as prices
from booking.prices.model import PriceQuery
from booking.reconciliation import service as reconciliation
from booking.refunding import service as refunding
from booking.stops import service as stops
from booking.waiting import service as waiting
from booking.waiting.model import Join
from notify.critical import service as critical
from notify.critical.model import Close, Handle, ReadBack
from notify.messages import service as messages
from tests.helpers.bedside import acting, alerted
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, fixture
from wx_backend.base import audit, ids
from wx_backend.entrypoints import upkeep
from wx_backend.identity.worklist import service as worklist

pytestmark = IN_ONE_LOOP

GROWS = ("appointments", "orders", "slots", "waiting", "stop_cases", "deliveries", "bindings",
         "patients", "accounts", "messages_", "pay_callbacks_", "alerts", "reports", "charts",
         "encounters", "hl7_inbox_", "audit", "tasks", "duties", "lis_confirmations",
         "interface_alarms", "live_topics", "bill_payments", "postings", "refund_requests",
         "reconciliations", "differences", "prices")  # fmt: skip


@fixture
async def scans(clinic: Outpatient):
    """Asks which collections were read whole since."""
    database = clinic.house.db.raw("slots").database
    await database.command("profile", 1, filter={"planSummary": "COLLSCAN"})

    async def found() -> set[str]:
        await database.command("profile", 0)
        rows = await database["system.profile"].find().to_list(None)
        return {f"{row['ns']}: {row['command']}" for row in rows
                if row["ns"].partition(".")[2].startswith(GROWS)}  # fmt: skip

    yield found
    await database.command("profile", 0)
    await database.drop_collection("system.profile")


async def test_every_query_of_a_booking_uses_an_index(clinic, scans):
    owner, second = await clinic.patients(2)
    [slot], [later] = await clinic.opens(capacity=1), await clinic.opens(capacity=1, days=4)
    await clinic.decides("booking.wait_list_first", 1)
    booked = await clinic.booked(owner, slot)
    entry = await waiting.join(second.ctx, Join(slot.id, second.id), ids.new("key"))
    moved = await appointments.reschedule(owner.ctx, booked.id, later.id, ids.new("key"))
    await clinic.work()
    for one in (owner, second):
        await appointments.mine(one.ctx)
        await appointments.coming(one.ctx)
        await waiting.mine(one.ctx)
        await clinic.told(one)
    await appointments.order_states(owner.ctx, [moved])
    await waiting.counts(owner.ctx, [slot])
    await waiting.leave(second.ctx, entry.id)
    await clinic.cancel(owner, moved)
    await stops.begin(clinic.hospital.ctx(), ids.new("sch"))
    await clinic.refunded()
    await clinic.later(hours=1)
    await clinic.work()
    await upkeep.load(clinic.house)
    await clinic.hospital.catch_up()
    await clinic.hospital.move_clock(timedelta(minutes=1))
    assert await scans() == set()
    await clinic.returns_at_once()


async def test_every_query_about_a_critical_value_uses_an_index(clinic, scans):
    hospital = clinic.hospital
    found = await alerted(hospital)
    doctor = acting(hospital, "lin-xueqin")
    assert found.id in [one.id for one in await critical.mine(doctor)]
    form = ReadBack(item=found.item, value=found.value)
    received = await critical.receive(doctor, found.id, found.version, form)
    done = Handle(measures=["RECHECK"])
    handled = await critical.handle(doctor, found.id, received.version, done)
    await critical.board(acting(hospital, "ma-guohua"))
    await critical.figures(acting(hospital, "ma-guohua"), doctor.today())
    await worklist.mine(doctor)
    await critical.close(doctor, found.id, handled.version, Close(note="病程"))
    await hospital.crank()
    await audit.records(doctor, doctor.wire_now())
    await messages.parked(doctor)
    assert await scans() == set()


async def test_every_query_about_money_uses_an_index(clinic, scans):
    [payer] = await clinic.patients(1)
    desk, everywhere = clinic.hospital.ctx(), await clinic.hospital.ctx().across("test of indexes")
    day, theirs = desk.today(), Sought(accounts=(payer.account,), orders=("ord1",))
    for sought in (Sought(number="MZ1"), Sought(day=day), theirs):
        await payments.search(desk, sought, 10)
    await payments.standings(everywhere, ["pay1"])
    assert [move async for move in payments.moves(desk, day)] == []
    await bills.mine(payer.ctx)
    await bills.adopt(everywhere, "acc1", "acc2")
    await bills.give_back(everywhere, "acc1", "acc2")
    await postings.of_orders(desk, ["ord1"])
    await postings.unposted(desk)
    await refunding.of_order(desk, "ord1")
    await reconciliation.differences(desk, day)
    await reconciliation.runs(desk, f"{day:%Y-%m}")
    await prices.search(desk, PriceQuery(q="血常规"))
    for sweep in (payments, bills, postings, refunding, reconciliation):
        for one in sweep.sweeps:
            await one.run(everywhere)
    assert await scans() == set()
