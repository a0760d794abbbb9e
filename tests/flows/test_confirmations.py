"""The LIS is told who received its critical value: once, whatever happens on the way."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notify.confirmations import reactions, service
from notify.confirmations import store as confirmations
from notify.critical import reactions as alarms
from notify.critical import service as critical
from notify.critical import store as alerts
from notify.critical.model import Act, Alert, Handle, Limits, Notify
from notify.relay.service import Relay
from tests.helpers import hl7 as samples
from tests.helpers.critical import KINDS, SOURCES, Again, bedside
from tests.helpers.houses import bare_house
from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import NotFound
from wx_backend.base.events import Event
from wx_backend.base.outbox import CRITICAL, RELAY
from wx_backend.base.sweeper import crank
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelSpec
from wx_backend.directory.institutions.store import CHANNELS
from wx_backend.entrypoints.sandbox.config import Config
from wx_backend.entrypoints.sandbox.faults import Fault
from wx_backend.entrypoints.sandbox.server import Running, start
from wx_backend.gateways.hl7.message import parse
from wx_backend.gateways.lis import client
from wx_backend.gateways.lis.mapping import reports as reports_of
from wx_backend.identity.staff.store import STAFF
from wx_backend.identity.worklist.store import TASKS
from wx_backend.records.reports import service as reports
from wx_backend.records.reports.store import PANIC_RULES, REPORTS

INST, SOURCE = "ins1", "LIS|JQ"
COLLECTIONS = (
    *(alerts.ALERTS, confirmations.CONFIRMATIONS, CHANNELS),
    *(REPORTS, PANIC_RULES, STAFF, TASKS),
)
AT = datetime(2026, 11, 24, 0, 41, 5, tzinfo=UTC)
NURSE = Act(member="stf1", name="赵婷", role="护士", at=AT, channel="wecom")
DOCTOR = Act(
    member="stf2", name="周启明", role="", at=AT, by="赵婷", how="PHONE",
    measures=("INFUSION",), note="复查",
)  # fmt: skip


@dataclass
class Ward:
    """An alert that was received, told and handled, and the LIS of its result."""

    house: House
    running: Running
    alert: Alert

    @property
    def ctx(self) -> Ctx:
        return self.house.ctx(INST)

    @property
    def ledger(self) -> list[dict[str, Any]]:
        return self.running.box.lis.ledger.listing()

    def fault(self, kind: str, **more: Any) -> None:
        self.running.box.faults.add(Fault("lis/ORA^R41", kind, **more))

    async def happened(self, name: str = "critical.received") -> None:
        event = Event(
            id=f"{self.alert.id}:1:0", type=name, v=1, at=AT, inst=INST, subject=self.alert.id,
            actor="staff:stf1", trace="tr1", data={"alert": self.alert.id},
        )  # fmt: skip
        (react,) = reactions.reactions[name]
        await react(self.ctx, event)

    async def sweep(self) -> int:
        return await crank(self.house, service.sweeps)

    async def docs(self) -> list[dict]:
        return await self.ctx.db(confirmations.CONFIRMATIONS).find(sort=[("told", 1)])

    async def tasks(self) -> list[tuple[str, str]]:
        return [(one["kind"], one["state"]) for one in await self.ctx.db(TASKS).find()]

    def later(self, **duration: float) -> None:
        self.house.business.offset += timedelta(**duration)


async def listens(ctx: Ctx, running: Running, source: str = SOURCE) -> None:
    params = {"host": "127.0.0.1", "port": str(running.box.lis.port)}
    await institutions.register_channel(ctx, ChannelSpec("lis", {}, appid=source, params=params))


async def alerted(ctx: Ctx) -> Alert:
    """A potassium that was reported, received, told on and handled."""
    text = samples.oru("C7", [("K", "2823-3", "钾", "2.6", "mmol/L", "3.5-5.3", "LL")])
    (sent,) = reports_of(parse(text))
    report = await reports.file(ctx, sent)
    alert = Alert(
        id="alr1", inst=INST, state="HANDLED", report=report.id, report_version=1,
        chart=report.chart, source=SOURCE, lis_id="S3001", item="K", analyte="K", name="钾",
        value="2.6", unit="mmol/L", range="3.5-5.3", flags=("LL",), direction="LOW", severity="A",
        review=False, rules="seed.1 DRAFT", low="2.8", high="6.2", why=("FLAG",), patient="王*某",
        sex="F", born="1980-05-06", visit_no="V2001", area="INPATIENT", ward="心内科病区", bed="12",
        department="心内科", specimen="血清", specimen_no="S3001", resulted_at=AT, raised_at=AT,
        limits=Limits(receive=5, notify=5, handle=30, note_hours=6, rungs=(5,), repeat=5),
        received=NURSE, physician=DOCTOR, handled=DOCTOR,
    )  # fmt: skip
    await alerts.add(ctx, alert, [])
    return alert


@pytest.fixture
async def ward(mongo_uri: str, tmp_path: Path) -> AsyncIterator[Ward]:
    running = await start(Config(0, 0, "http://127.0.0.1:9", tmp_path))
    async with bare_house(mongo_uri, COLLECTIONS) as house:
        ctx = house.ctx(INST)
        await listens(ctx, running)
        await ctx.db(STAFF).insert(
            {
                "_id": "stf1", "number": "N007", "name": "赵婷", "state": "ACTIVE", "version": 1,
                "created_at": AT,
            }
        )  # fmt: skip
        yield Ward(house, running, await alerted(ctx))
    await running.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.3)


async def test_the_lis_is_told_of_each_state_once(ward: Ward) -> None:
    for name in reactions.TOLD:
        for _ in range(2):
            await ward.happened(name)
    await ward.sweep()
    assert [one["state"] for one in await ward.docs()] == ["SENT"] * 3
    told = {one["state"]: one for one in ward.ledger}
    assert {state: one["times"] for state, one in told.items()} == {
        "RECEIVED": 1, "PHYSICIAN_NOTIFIED": 1, "HANDLED": 1,
    }  # fmt: skip
    received = told["RECEIVED"]
    assert (received["number"], received["name"], received["role"]) == ("N007", "赵婷", "护士")
    assert (received["report"], received["item"], received["answers"]) == ("S3001", "K", "C7")
    assert received["at"] == "20261124084105+0800"
    assert (told["HANDLED"]["name"], told["HANDLED"]["measures"]) == ("周启明", "补液或输血；复查")
    assert await ward.tasks() == []


async def test_the_whole_chain_from_the_report_to_the_lis(mongo_uri: str, tmp_path: Path) -> None:
    running = await start(Config(0, 0, "http://127.0.0.1:9", tmp_path))
    async with bedside(mongo_uri) as ward:
        await listens(ward.ctx, running)
        both = {**alarms.reactions}
        for name, listed in reactions.reactions.items():
            both[name] = [*both.get(name, ()), *listed, *map(Again, listed)]
        relay = Relay(SOURCES, KINDS, both)
        carried = [*relay.lane(CRITICAL), *relay.lane(RELAY)]
        ward.sweeps = [*carried, *critical.sweeps, *service.sweeps]
        alert = await ward.received()
        nurse, doctor = ward.acting("zhao"), ward.acting("zhou")
        told = Notify(physician="zhou", how="PHONE")
        alert = await critical.notify_physician(nurse, alert.id, alert.version, told)
        done = Handle(measures=["MEDICATION"], note="静脉补钾")
        await critical.handle(doctor, alert.id, alert.version, done)
        await ward.crank()
        found = running.box.lis.ledger.listing()
    await running.close()
    assert sorted((one["state"], one["number"], one["times"]) for one in found) == [
        ("HANDLED", "D01", 1), ("PHYSICIAN_NOTIFIED", "D01", 1), ("RECEIVED", "N01", 1),
    ]  # fmt: skip
    assert {(one["report"], one["item"], one["answers"]) for one in found} == {("S1", "K", "C2")}


async def test_a_lost_answer_is_asked_for_again_under_the_same_number(ward: Ward) -> None:
    ward.fault("lost_reply")
    await ward.happened()
    await ward.sweep()
    (doc,) = await ward.docs()
    assert (doc["state"], doc["tries"], doc["reason"]) == ("DUE", 1, "gateway_unknown")
    assert await ward.sweep() == 0, "not before its time"
    ward.later(seconds=6)
    await ward.sweep()
    (doc,) = await ward.docs()
    assert (doc["state"], doc["reason"]) == ("SENT", "")
    assert [(one["control_id"], one["times"]) for one in ward.ledger] == [(doc["control_id"], 2)]


async def test_killed_between_sending_and_noting_it_down(ward: Ward, monkeypatch) -> None:
    async def killed(*_: object, **__: object) -> None:
        raise OSError("the process is gone")

    await ward.happened()
    with monkeypatch.context() as dying:
        dying.setattr(confirmations, "end", killed)
        with pytest.raises(ExceptionGroup):
            await ward.sweep()
    (doc,) = await ward.docs()
    assert (doc["state"], len(ward.ledger)) == ("DUE", 1)
    over = {"$set": {"leased_until": ward.ctx.wire_now() - timedelta(seconds=1)}}
    await ward.ctx.db(confirmations.CONFIRMATIONS).change({"_id": doc["_id"]}, over)
    await ward.sweep()
    assert [one["state"] for one in await ward.docs()] == ["SENT"]
    assert [one["times"] for one in ward.ledger] == [2]


async def test_a_refusal_is_a_task_and_ends_when_it_is_told_anew(ward: Ward) -> None:
    ward.fault("lis_refuse", value="AR")
    await ward.happened()
    await ward.sweep()
    (doc,) = await ward.docs()
    assert (doc["state"], doc["reason"]) == ("REFUSED", "AR 报告不存在")
    assert await ward.tasks() == [("lis_confirmation", "OPEN")]
    ward.later(days=1)
    assert await ward.sweep() == 0, "nobody tells it again by itself"
    assert await service.replay(ward.ctx, ward.alert.id) == 1
    await ward.sweep()
    assert [one["state"] for one in await ward.docs()] == ["SENT"]
    assert await ward.tasks() == [("lis_confirmation", "DONE")]
    assert await service.replay(ward.ctx, ward.alert.id) == 0


async def test_a_silent_lis_is_told_for_a_week_and_then_by_a_person(ward: Ward, impatient) -> None:
    ward.fault("reset", times=None)
    await ward.happened()
    for hours in (0, 0.1, 1, 24, 24 * 5):
        ward.later(hours=hours)
        await ward.sweep()
    (doc,) = await ward.docs()
    assert (doc["state"], doc["tries"], await ward.tasks()) == ("DUE", 5, [])
    ward.later(hours=24)
    await ward.sweep()
    (doc,) = await ward.docs()
    assert (doc["state"], doc["reason"], "due_at" in doc) == ("PARKED", "gateway_unknown", False)
    assert await ward.tasks() == [("lis_confirmation", "OPEN")]


async def test_one_that_hangs_keeps_the_others_waiting_no_longer_than_itself(
    ward: Ward, impatient
) -> None:
    ward.fault("hang")
    for name in reactions.TOLD:
        await ward.happened(name)
    await ward.sweep()
    assert sorted(one["state"] for one in await ward.docs()) == ["DUE", "SENT", "SENT"]


async def test_another_lis_is_not_told_of_this_ones_report(ward: Ward) -> None:
    await ward.ctx.db(CHANNELS).delete_many({"appid": SOURCE})
    await listens(ward.ctx, ward.running, "LIS2|JQ")
    await ward.happened()
    await ward.sweep()
    (doc,) = await ward.docs()
    assert (doc["state"], doc["reason"], ward.ledger) == ("PARKED", "no_channel", [])
    assert await ward.tasks() == [("lis_confirmation", "OPEN")]


async def test_a_hospital_whose_lis_does_not_listen_tells_nobody(ward: Ward) -> None:
    await ward.ctx.db(CHANNELS).delete_many({"platform": "lis"})
    await ward.happened()
    assert (await ward.docs(), await ward.tasks()) == ([], [])


async def test_what_has_not_happened_is_not_told(ward: Ward) -> None:
    await ward.ctx.db(alerts.ALERTS).change({"_id": "alr1"}, {"$set": {"handled": None}})
    await ward.happened("critical.handled")
    assert await ward.docs() == []
    with pytest.raises(NotFound):
        await service.confirm(ward.ctx, "alr9", "RECEIVED")
    assert await service.replay(ward.house.ctx("ins2"), "alr1") == 0
