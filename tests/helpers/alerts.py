"""A sample alert in any state, for what needs no laboratory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from notify.critical.model import Act, Alert, Limits, Orderer, Told

AT = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
SOURCE = "LIS|JQ"
LIMITS = Limits(receive=5, notify=5, handle=30, note_hours=6, rungs=(0, 5, 10, 15, 30), repeat=10)


def act(member: str = "zhao", minutes: float = 2, **more: Any) -> Act:
    at = AT + timedelta(minutes=minutes)
    return Act(**{"member": member, "name": member, "role": "护士", "at": at, **more})


def told(member: str, rung: int = 0, seat: str = "duty_nurse") -> Told:
    return Told(member=member, name=member, seat=seat, rung=rung, at=AT)


def alert(**fields: Any) -> Alert:
    """RAISED for a low potassium of an inpatient at ``AT``, due after five minutes."""
    return msgspec.structs.replace(_SAMPLE, **fields)


def alert_in(state: str, **fields: Any) -> Alert:
    """The same, further on: received by zhao, notified to li, handled."""
    acts = {
        "RECEIVED": {"received": act()},
        "PHYSICIAN_NOTIFIED": {"physician": act("li", 4)},
        "HANDLED": {"handled": act("li", 20, measures=("RECHECK",))},
        "CLOSED": {"closed": act("li", 60, note="病程"), "open": False},
    }
    given: dict[str, Any] = {}
    for one, more in acts.items() if state != "RAISED" else ():
        given |= more
        if one == state:
            break
    return alert(**{**given, "state": state, **fields})


_SAMPLE = Alert(
    id="alr1",
    inst="ins1",
    report="rep1",
    report_version=1,
    chart="cha1",
    source=SOURCE,
    lis_id="S1",
    item="K",
    analyte="K",
    name="钾",
    value="2.6",
    unit="mmol/L",
    range="3.5-5.3",
    flags=("LL",),
    direction="LOW",
    severity="A",
    review=False,
    rules="seed.1 DRAFT",
    low="2.8",
    high="6.2",
    why=("FLAG", "RULE"),
    patient="王*某",
    sex="F",
    born="1980-05-06",
    visit_no="V1",
    encounter="enc1",
    area="INPATIENT",
    ward="心内科病区",
    bed="12",
    department="心内科",
    places=("ward:心内科病区", "department:dep1"),
    orderer=Orderer("D01", "周医生"),
    attending=Orderer("D01", "周医生"),
    specimen="血清",
    specimen_no="S1",
    resulted_at=AT,
    raised_at=AT,
    limits=LIMITS,
    due_at=AT + timedelta(minutes=5),
    told=(told("zhao"), told("li", seat="duty_doctor")),
)
