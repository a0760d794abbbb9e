"""Critical-value alerts (危急值警报): what one is, its states, its forms and its refusals. Pure.

State names are fixed in the glossary; the chain is that of clinical.md 1.4.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from notify.critical.areas import AREAS, GONE_HOME, Area
from notify.critical.record import Act, Contact, Limits, Offer, Orderer, Step, Told
from wx_backend.base import ids
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine

State = Literal[
    "RAISED", "RECEIVED", "PHYSICIAN_NOTIFIED", "HANDLED", "CLOSED", "RECALLED", "FALSE_ALARM"
]
STATES: dict[str, str] = {
    "RAISED": "待接收",
    "RECEIVED": "已接收",
    "PHYSICIAN_NOTIFIED": "已通知医生",
    "HANDLED": "已处置",
    "CLOSED": "已闭环",
    "RECALLED": "已撤回",
    "FALSE_ALARM": "误报",
}

UNHANDLED = ("RAISED", "RECEIVED", "PHYSICIAN_NOTIFIED")
"""States in which time runs against the patient: escalated, and moved along with the patient."""

ENDS = frozenset({"CLOSED", "RECALLED", "FALSE_ALARM"})

MACHINE = Machine(
    name="alert",
    states=frozenset(STATES),
    initial="RAISED",
    transitions={
        ("RAISED", "receive"): "RECEIVED",
        ("RAISED", "receive_as_physician"): "PHYSICIAN_NOTIFIED",
        ("RECEIVED", "notify"): "PHYSICIAN_NOTIFIED",
        ("PHYSICIAN_NOTIFIED", "handle"): "HANDLED",
        ("HANDLED", "close"): "CLOSED",
        **{(state, "escalate"): state for state in UNHANDLED},
        **{(state, "transfer"): state for state in UNHANDLED},
        **{(state, "contact"): state for state in (*UNHANDLED, "HANDLED")},
        **{
            (state, action): state
            for action in ("hand_over", "take_over", "decline")
            for state in ("RECEIVED", "PHYSICIAN_NOTIFIED", "HANDLED")
        },
        **{(state, "recall"): "RECALLED" for state in (*UNHANDLED, "HANDLED")},
        **{(state, "refute"): "FALSE_ALARM" for state in (*UNHANDLED, "HANDLED")},
    },
    terminal=ENDS,
)

DIRECTIONS: dict[str, str] = {"LOW": "偏低", "HIGH": "偏高", "TEXT": "阳性/异常", "": ""}

SEATS: dict[str, str] = {
    "orderer": "开单医生",
    "attending": "主管医生",
    "in_charge": "处置医生",
    "successor": "接班人员",
    "duty_doctor": "值班医生",
    "duty_nurse": "值班护士",
    "head_nurse": "护士长",
    "director": "科主任",
    "outpatient_office": "门诊办公室",
    "medical_affairs": "医务部",
    "quality_office": "质控办",
}
"""Whom a rung names; people fill the seats when it is climbed, by the rosters of that moment."""

MEASURES: dict[str, str] = {
    "RECHECK": "立即复查",
    "MEDICATION": "用药或调整用药",
    "INFUSION": "补液或输血",
    "MONITOR": "心电监护或密切观察",
    "CONSULT": "请会诊",
    "PROCEDURE": "手术或操作",
    "TRANSFER": "转科或转重症监护",
    "RECALL_PATIENT": "通知患者立即返院",
    "KNOWN": "已知情况，按原方案处理",
    "OTHER": "其他（请说明）",
}
"""What a physician may have done; ``OTHER`` and ``KNOWN`` need words."""

HOWS: dict[str, str] = {"PHONE": "电话", "FACE": "当面", "WECOM": "企业微信"}
OUTCOMES: dict[str, str] = {"REACHED": "已联系上", "UNREACHED": "未联系上"}


class ReadBackWrong(AppError):
    """What was read back is not this result; nothing has changed, the try is counted."""

    code, status, message = (
        "critical_read_back_wrong",
        422,
        "复述与检验结果不一致，请核对后重新复述",
    )


class ReadBackLocked(AppError):
    """Too many wrong read-backs by one person: the next rung has been told, somebody else, or this
    person's superior, looks at the value and receives.
    """

    code, status, message = (
        "critical_read_back_locked",
        409,
        "您对本条危急值复述错误次数过多，已通知上一级人员；请与同事或上级一起核对结果，由对方复述接收",
    )


class NoSuchPhysician(Invalid):
    """Who is told must work here and may act on a critical value."""

    code, message = "critical_no_such_physician", "请选择一位在岗的医生"


class NoSuchColleague(Invalid):
    """Who takes over is on duty for the patient and may do what is due next."""

    code, message = "critical_no_such_colleague", "请选择一位当班同事接班"


class ContactFirst(AppError):
    """A patient who is not in the house is contacted before the alert counts as handled."""

    code, status, message = "critical_contact_first", 409, "请先登记联系患者的情况，再登记处置"


class ReadBack(Form):
    """Which result the receiver has read, and its value as read or heard."""

    item: Annotated[str, Text(min_length=1, max_length=60)]
    value: Annotated[str, Text(min_length=1, max_length=200)]


class Notify(Form):
    """The physician (member id) who has been told, and how."""

    physician: Annotated[str, Text(min_length=1, max_length=40)]
    how: Literal["PHONE", "FACE", "WECOM"]


class Handle(Form):
    """What was done: at least one of ``MEASURES``, and words."""

    measures: Annotated[
        list[
            Literal[
                "RECHECK", "MEDICATION", "INFUSION", "MONITOR", "CONSULT", "PROCEDURE", "TRANSFER",
                "RECALL_PATIENT", "KNOWN", "OTHER",
            ]
        ],
        Text(min_length=1, max_length=10),
    ]  # fmt: skip
    note: Annotated[str, Text(max_length=500)] = ""


class Close(Form):
    """Where the course of disease says so: the number of the note, or its place in words."""

    note: Annotated[str, Text(min_length=1, max_length=200)]


class ContactForm(Form):
    """One attempt to reach the patient; ``person`` is who was spoken to (本人, 家属 …)."""

    outcome: Literal["REACHED", "UNREACHED"]
    how: Literal["PHONE", "FACE", "WECOM"]
    person: Annotated[str, Text(max_length=30)] = ""
    note: Annotated[str, Text(max_length=300)] = ""


class Refute(Form):
    """Why it is no critical value, and who of the laboratory has confirmed that."""

    reason: Annotated[str, Text(min_length=2, max_length=300)]
    laboratory: Annotated[str, Text(min_length=2, max_length=60)]


class HandOver(Form):
    """The colleague (member id) who is asked to take over."""

    to: Annotated[str, Text(min_length=1, max_length=40)]
    note: Annotated[str, Text(max_length=200)] = ""


class TakeOver(Form):
    """What the colleague says to that."""

    answer: Literal["ACCEPT", "DECLINE"]
    note: Annotated[str, Text(max_length=200)] = ""


class Alert(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One critical result that somebody must act upon.

    Args:
        report_version: of the report that said so; ``item`` is the result's key in it.
        rules: version of the rules that fired; ``low`` and ``high`` its limits, as text.
        patient: masked.
        ward: as the HIS names it, ``ward_name`` as people do.
        encounter: the stay it follows; empty while none is known.
        places: rosters that answer for it, nearest first.
        due_at: when the next step is due (business time); None when nothing is.
        rung: last one climbed; above the ladder's last one it counts the repetitions.
        supervised: the quality office has been told, because a rung had nobody.
        gaps: what nobody was found for, ``seat:reason``.
        known: an earlier alert of the same result, whose physician alone was told of this one.
        misreads: wrong read-backs.
        unheard: who could not be told that it was recalled.
        offer: a hand-over nobody has answered yet.
        keeper: who has taken it over from the receiver or the physician; they stay in the log.
        replaced_by: the alert of the correction that is critical again.
    """

    id: str
    inst: str
    state: State = "RAISED"
    version: int = 1
    open: bool = True
    report: str
    report_version: int
    chart: str
    source: str
    lis_id: str
    item: str
    analyte: str
    name: str
    value: str
    unit: str
    range: str
    flags: tuple[str, ...]
    direction: str
    severity: Literal["A", "B"]
    review: bool
    rules: str
    low: str
    high: str
    why: tuple[str, ...]
    patient: str
    sex: str
    born: str
    visit_no: str
    encounter: str = ""
    area: Area
    ward: str
    ward_name: str = ""
    bed: str
    department: str
    places: tuple[str, ...] = ()
    orderer: Orderer = Orderer()
    attending: Orderer = Orderer()
    specimen: str
    specimen_no: str
    resulted_at: datetime
    raised_at: datetime
    limits: Limits
    due_at: datetime | None = None
    rung: int = 0
    supervised: bool = False
    gaps: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    known: str = ""
    misreads: int = 0
    unheard: tuple[str, ...] = ()
    offer: Offer | None = None
    keeper: Act | None = None
    received: Act | None = None
    physician: Act | None = None
    handled: Act | None = None
    closed: Act | None = None
    recalled: Act | None = None
    refuted: Act | None = None
    replaced_by: str = ""
    ended_at: datetime | None = None
    contacts: tuple[Contact, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def state_name(self) -> str:
        return STATES[self.state]

    @property
    def area_name(self) -> str:
        return AREAS[self.area]

    @property
    def members(self) -> tuple[str, ...]:
        """Everybody told so far or who has acted, each once."""
        acts = (self.received, self.physician, self.keeper, self.handled, self.closed)
        acted = (one.member for one in acts if one)
        return tuple(dict.fromkeys((*(one.member for one in self.told), *acted)))

    @property
    def unhandled(self) -> bool:
        return self.state in UNHANDLED

    @property
    def away(self) -> bool:
        """The patient is not in the house."""
        return self.area in GONE_HOME

    @property
    def responsible(self) -> Act | None:
        """Who answers for it now; nobody in person before it is received."""
        return self.keeper or self.physician or self.received

    @property
    def treating(self) -> Act | None:
        """The physician who has it in hand."""
        return self.responsible if self.physician else None

    def misread_by(self, member: str) -> int:
        """Wrong read-backs of one person."""
        return sum(one.action == "misread" and one.member == member for one in self.steps)


def alert_id(inst: str, report: str, item: str, report_version: int) -> str:
    """The same finding of the same version of a report is the same alert."""
    return ids.derive("alr", inst, report, item, report_version)


def check_measures(form: Handle) -> None:
    """Raises Invalid: a measure that says nothing by itself comes without words."""
    if {"KNOWN", "OTHER"} & set(form.measures) and not form.note.strip():
        raise Invalid(fields={"note": "请说明处理情况"})
