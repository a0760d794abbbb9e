"""Cases of a patient's reports: somebody verified, with a report of their own that is not held."""

from tests.helpers.bedside import hears, inpatient
from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage, _numbers
from wx_backend.base import ids
from wx_backend.entrypoints.demo import hl7
from wx_backend.identity.patients import access
from wx_backend.identity.patients import service as patients
from wx_backend.records.encounters import store as charts
from wx_backend.records.encounters.model import chart_id
from wx_backend.records.reports.model import report_id

LIST = "/api/v1/patients/([a-z0-9]+)/reports"


def reports(path: str) -> Case:
    """``path`` with the patient's id and the report's."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        person, one, number = await stage.patient(owner), inpatient(), f"SP{next(_numbers):05}"
        await patients.verify(stage.admin, person.binding_id, "DESK")
        await hears(stage.hospital, hl7.admission(ids.new("a"), one))
        await hears(stage.hospital, hl7.report(ids.new("c"), one, number))
        inst = stage.ctx.institution or ""
        blind = list(await access.identity_of(stage.ctx, person.patient_id))
        await stage.ctx.db(charts.CHARTS).change(
            {"_id": chart_id(inst, one.mrn)}, {"$set": {"identity.id_blind": blind}}
        )
        key = report_id(inst, "LIS|JQ", number)
        return Ask(path.format(person.patient_id, key), objects=(person.patient_id, key))

    return Case(make, of="account")


CASES: dict[str, Case] = {
    f"GET {LIST}": reports("/api/v1/patients/{}/reports"),
    f"GET {LIST}/([a-z0-9]+)": reports("/api/v1/patients/{}/reports/{}"),
}
