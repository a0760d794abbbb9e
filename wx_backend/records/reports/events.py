"""What reports announce. ``report.critical_found`` carries all that an alert needs, so that nobody
below has to be asked; people are named by reference and a masked name.
"""

from datetime import UTC, datetime

from wx_backend.base.events import EventType

_AT = datetime(2026, 11, 24, 0, 29, tzinfo=UTC)
_REPORT = {
    "report": "rep00000000000000000000000000",
    "chart": "cha00000000000000000000000000",
    "source": "LIS|JQ",
    "lis_id": "S3001",
    "title": "生化全套",
    "status": "F",
    "resulted_at": _AT,
    "held": True,
}

FILED = EventType("report.filed", 1, _REPORT)
CORRECTED = EventType("report.corrected", 1, {**_REPORT, "corrected": ["K"]})
CRITICAL_FOUND = EventType(
    "report.critical_found",
    1,
    {
        **_REPORT,
        "report_version": 1,
        "patient": "王*某",
        "sex": "F",
        "born": "1980-05-06",
        "visit_no": "V2001",
        "ward": "心内科病区",
        "department": "心内科",
        "orderer": {"code": "D01", "name": "李医生"},
        "specimen": "血清",
        "specimen_no": "S3001",
        "missing": ["PID-3"],
        "findings": [
            {
                "item": "K",
                "name": "钾",
                "value": "2.6",
                "unit": "mmol/L",
                "range": "3.5-5.3",
                "flags": ["LL"],
                "analyte": "K",
                "verdict": "CRITICAL",
                "direction": "LOW",
                "review": False,
                "why": ["FLAG", "RULE"],
                "rules": "seed.1 DRAFT",
                "severity": "A",
                "low": "2.8",
                "high": "6.2",
                "first_only_hours": 24,
            }
        ],
        "recalled": ["NA"],
    },
    critical=True,
)
"""``findings``: verdict CRITICAL (tell a clinician; ``review`` asks the laboratory as well) or
LAB_REVIEW (ask the laboratory alone). ``recalled``: items told as critical by an earlier version
that no longer are.
"""

events = [FILED, CORRECTED, CRITICAL_FOUND]
