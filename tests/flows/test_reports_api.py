"""A patient's reports over JSON: which there are, and one of them once a clinician has acted."""

import pytest

from tests.helpers.bedside import hears, inpatient
from tests.helpers.hospital import Hospital
from tests.helpers.visitor import Visitor
from wx_backend.entrypoints.demo import hl7
from wx_backend.entrypoints.demo.people import id_no
from wx_backend.records.reports import service

PERSON, NUMBER = "wang-xiulan", id_no("19590312", 0)
"""Whom the demo's desk has verified, and her identity card."""


@pytest.fixture
async def hospital(mongo_uri, sandbox):
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


async def reported(hospital: Hospital, *, critical: bool) -> None:
    one = inpatient()._replace(id_no=NUMBER)
    await hears(hospital, hl7.admission("A1", one))
    await hears(hospital, hl7.report("C1", one, "S1", critical))


async def mine(patient: Visitor) -> tuple[str, list[dict]]:
    """The path of her reports, and what the list says."""
    people = (await patient.json("patients"))["items"]
    me = next(one for one in people if one["relation"] == "SELF")
    path = f"patients/{me['patient_id']}/reports"
    return path, (await patient.json(path))["items"]


async def test_a_report_is_listed_and_read(hospital: Hospital) -> None:
    await reported(hospital, critical=False)
    async with await hospital.client(PERSON) as patient:
        path, [line] = await mine(patient)
        assert (line["title"], line["status_name"], line["held"]) == ("生化全套", "已审核", False)
        assert "4.1" not in str(line)
        shown = await patient.json(f"{path}/{line['id']}")
    first = shown["results"][0]
    assert (len(shown["results"]), first["name"], first["value"]) == (hl7.RESULTS, "钾", "4.1")


async def test_a_critical_one_waits_for_a_clinician(hospital: Hospital) -> None:
    await reported(hospital, critical=True)
    async with await hospital.client(PERSON) as patient:
        path, [line] = await mine(patient)
        assert line["held"]
        refused = await patient.get(f"/api/v1/{path}/{line['id']}")
        assert refused.status == 409
        assert "report_held" in refused.text
        assert "2.5" not in refused.text
        await service.release(hospital.ctx(), line["id"])
        shown = await patient.json(f"{path}/{line['id']}")
    assert shown["results"][0]["value"] == hl7.LOW_POTASSIUM


async def test_nobody_reads_another_s(hospital: Hospital) -> None:
    await reported(hospital, critical=False)
    async with await hospital.client(PERSON) as patient:
        path, [line] = await mine(patient)
    async with await hospital.client("li-jianguo") as other:
        for address in (path, f"{path}/{line['id']}"):
            assert (await other.get(f"/api/v1/{address}")).status == 404
