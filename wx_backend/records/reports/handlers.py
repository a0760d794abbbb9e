"""A patient's reports over JSON: which there are, and one of them once it may be read."""

from datetime import datetime

import msgspec

from wx_backend.base.api import Call, Items, calls
from wx_backend.base.errors import NotFound
from wx_backend.base.handler import ACCOUNT, ApiHandler
from wx_backend.identity.patients.model import ReadingNeedsVerification
from wx_backend.records.reports import access
from wx_backend.records.reports.model import STATUSES, Brief, Report, ReportHeld


class ResultShown(msgspec.Struct, frozen=True):
    """One result as the laboratory wrote it."""

    name: str
    value: str
    unit: str
    range: str
    flags: list[str]
    note: str


class ReportShown(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    status: str
    status_name: str
    specimen: str
    resulted_at: datetime
    results: list[ResultShown]


def whole(report: Report) -> ReportShown:
    content = report.content
    return ReportShown(
        id=report.id,
        title=content.title,
        status=content.status,
        status_name=STATUSES[content.status],
        specimen=content.specimen,
        resulted_at=content.resulted_at,
        results=[
            ResultShown(one.name, one.value, one.unit, one.range, list(one.flags), one.note)
            for one in content.items
        ],
    )


class Reports(ApiHandler):
    """``GET``: five calls; one more for each step of merged charts."""

    access = ACCOUNT
    api = calls(
        get=Call(
            does="就诊人的检验报告，新的在前，不含结果",
            answer=Items[Brief],
            refuses=(NotFound, ReadingNeedsVerification),
        )
    )

    async def get(self, patient_id: str) -> None:
        self.answer(Items(await access.of_patient(self.ctx, patient_id)))


class OneReport(ApiHandler):
    """``GET``: as the list, and the record of the audit."""

    access = ACCOUNT
    api = calls(
        get=Call(
            does="一份检验报告（记入审计）；危急结果须先由医生说明",
            answer=ReportShown,
            refuses=(NotFound, ReadingNeedsVerification, ReportHeld),
        )
    )

    async def get(self, patient_id: str, report_id: str) -> None:
        self.answer(whole(await access.read(self.ctx, patient_id, report_id)))


routes = [
    (r"/api/v1/patients/([a-z0-9]+)/reports", Reports),
    (r"/api/v1/patients/([a-z0-9]+)/reports/([a-z0-9]+)", OneReport),
]
