"""Who reads a report: a verified binding, or staff on duty; every cell has one who succeeds."""

import pytest

from tests.helpers import hl7 as samples
from tests.helpers.gateway import INST, Gateway, gateway
from tests.helpers.identity import form, id_no, signed_in
from wx_backend.base.audit import RECORDS
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import Forbidden, NotFound
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import ReadingNeedsVerification
from wx_backend.records.reports import access, service, store
from wx_backend.records.reports.model import ReportHeld

NUMBER = id_no("1980-05-06", 3)
CRITICAL = [("K", "2823-3", "钾", "9.1", "mmol/L", "3.5-5.3", "HH")]


@pytest.fixture
async def gate(mongo_uri: str):
    async with gateway(mongo_uri) as running:
        yield running


async def filed(gate: Gateway, *texts: str) -> list[str]:
    """Ids of the reports after an admission with an identity number and these messages."""
    admitted = samples.adt("A01").replace("M1001^^^JQ^MR", f"M1001^^^JQ^MR~{NUMBER}^^^^NNCHN")
    sender = await gate.sender()
    for text in (admitted, *texts):
        assert (await sender.send(text)).get("MSA", 1) == "AA"
    await gate.settled()
    return [doc["_id"] for doc in await gate.ctx.db(store.REPORTS).find(sort=[("lis_id", 1)])]


async def bound(gate: Gateway, number: str = NUMBER, verified: bool = True) -> tuple[Ctx, str]:
    ctx = signed_in(gate.house, inst=INST)
    person = await patients.add(ctx, form(number, "王某某"))
    if verified:
        await patients.verify(gate.ctx, person.binding_id, "DESK")
    return ctx, person.patient_id


def staff(gate: Gateway, role: str = "doctor", inst: str = INST) -> Ctx:
    return gate.house.ctx(inst, Actor("staff", "stf1", frozenset({role})))


async def audited(gate: Gateway, action: str = "report:read") -> list[tuple[str, str]]:
    records = await gate.ctx.db(RECORDS).month(gate.ctx.wire_now()).find()
    return [(one["actor"], one["subject"]) for one in records if one["action"].endswith(action)]


async def test_a_verified_binding_reads(gate: Gateway) -> None:
    (key,) = await filed(gate, samples.oru("C1"))
    ctx, patient = await bound(gate)
    (line,) = await access.of_patient(ctx, patient)
    assert (line.id, line.title, line.status_name, line.held) == (key, "生化全套", "已审核", False)
    found = await access.read(ctx, patient, key)
    assert len(found.content.items) == 10
    assert await audited(gate) == [(str(ctx.actor), key)]


async def test_a_binding_by_name_and_number_does_not(gate: Gateway) -> None:
    (key,) = await filed(gate, samples.oru("C1"))
    ctx, patient = await bound(gate, verified=False)
    with pytest.raises(ReadingNeedsVerification):
        await access.of_patient(ctx, patient)
    with pytest.raises(ReadingNeedsVerification):
        await access.read(ctx, patient, key)
    assert await audited(gate) == []


async def test_nobody_reads_a_stranger_s(gate: Gateway) -> None:
    (key,) = await filed(gate, samples.oru("C1"))
    _, patient = await bound(gate)
    other, own = await bound(gate, id_no("1990-01-01", 4))
    assert await access.of_patient(other, own) == []
    for subject in (patient, own):
        with pytest.raises(NotFound):
            await access.read(other, subject, key)
    assert await audited(gate) == []


async def test_a_report_of_nobody_is_nobody_s(gate: Gateway) -> None:
    text = "MSH|^~\\&|LIS|JQ|||20261124083000||ORU^R01|C1|P|2.5\rOBX|1|NM|K||4|mmol/L\r"
    (key,) = await filed(gate, text)
    ctx, patient = await bound(gate)
    with pytest.raises(NotFound):
        await access.read(ctx, patient, key)


async def test_critical_waits_for_a_clinician(gate: Gateway) -> None:
    (key,) = await filed(gate, samples.oru("C1", CRITICAL))
    ctx, patient = await bound(gate)
    (line,) = await access.of_patient(ctx, patient)
    assert line.held
    with pytest.raises(ReportHeld):
        await access.read(ctx, patient, key)
    await service.release(gate.ctx, key)
    assert (await access.read(ctx, patient, key)).id == key


async def test_preliminary_is_not_for_patients(gate: Gateway) -> None:
    row = [("NA", "2951-2", "钠", "140", "mmol/L", "", "N", "P")]
    (key,) = await filed(gate, samples.oru("C1", row, status="P"))
    ctx, patient = await bound(gate)
    assert await access.of_patient(ctx, patient) == []
    with pytest.raises(NotFound):
        await access.read(ctx, patient, key)
    assert (await access.read_on_duty(staff(gate), key)).id == key


async def test_staff_read_by_role_and_institution(gate: Gateway) -> None:
    (key,) = await filed(gate, samples.oru("C1"))
    for role in ("doctor", "nurse"):
        assert (await access.read_on_duty(staff(gate, role), key)).id == key
    for role in ("finance", "system_admin", "gone"):
        with pytest.raises(Forbidden):
            await access.read_on_duty(staff(gate, role), key)
    with pytest.raises(NotFound):
        await access.read_on_duty(staff(gate, inst="ins2"), key)
    ctx, _ = await bound(gate)
    for who in (ctx, staff(gate, "finance")):
        with pytest.raises(Forbidden):
            await access.read_on_duty(who, key)
        with pytest.raises(Forbidden):
            await access.course_on_duty(who, key, "")
    assert len(await audited(gate)) == 2
    found = await access.read_on_duty(staff(gate), key)
    assert await access.course_on_duty(staff(gate), key, found.content.items[0].key)
    assert len(await audited(gate, "course:read")) == 1, "the course of a result is a look too"
