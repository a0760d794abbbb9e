"""Tasks of people: one list from anywhere, taken by one, timed, escalated. Pure."""

from datetime import datetime, timedelta

import msgspec

from wx_backend.base import ids
from wx_backend.base.machine import Machine

TASK = Machine(
    name="task",
    states=frozenset({"OPEN", "TAKEN", "DONE"}),
    initial="OPEN",
    transitions={
        ("OPEN", "take"): "TAKEN",
        ("TAKEN", "release"): "OPEN",
        ("TAKEN", "finish"): "DONE",
        ("OPEN", "settle"): "DONE",  # the cause went away by itself
        ("TAKEN", "settle"): "DONE",
        ("OPEN", "escalate"): "OPEN",
        ("TAKEN", "escalate"): "TAKEN",
        ("DONE", "reopen"): "OPEN",  # the same cause is back
    },
)

URGENT, SOON, NORMAL = 1, 2, 3
PRIORITIES = {URGENT: "紧急", SOON: "尽快", NORMAL: "普通"}


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of task.

    Args:
        name: as people read it.
        role: who does it, unless it is opened for one person.
        within: how long it may take; then it escalates.
        escalates_to: the role that is asked as well; empty asks nobody else.
        link: page of the console that shows the subject, with ``{subject}`` in it.
        once: the cause cannot come back, so news of it after the task is done is old news.
    """

    name: str
    role: str
    within: timedelta
    escalates_to: str = ""
    priority: int = NORMAL
    link: str = ""
    once: bool = False


KINDS: dict[str, Kind] = {
    "delivery_parked": Kind(
        name="投递搁置",
        role="system_admin",
        within=timedelta(hours=2),
        escalates_to="customer_service",
        priority=SOON,
        link="/console/dead-letters",
    ),
    "message_parked": Kind(
        name="消息搁置",
        role="system_admin",
        within=timedelta(hours=2),
        escalates_to="customer_service",
        priority=SOON,
        link="/console/dead-letters",
    ),
    "message_undelivered": Kind(
        name="消息未送达，请致电",
        role="customer_service",
        within=timedelta(hours=2),
        escalates_to="outpatient_office",
        priority=SOON,
        link="/console/messages?id={subject}",
    ),
    "account_unusable": Kind(
        name="平台账号不可用",
        role="system_admin",
        within=timedelta(minutes=30),
        priority=URGENT,
        link="/console/channels",
    ),
    "interface_alarm": Kind(
        name="接口告警",
        role="system_admin",
        within=timedelta(minutes=30),
        priority=URGENT,
        link="/console/dead-letters/message/{subject}",
    ),
    "lab_review": Kind(
        name="检验结果复核",
        role="laboratory",
        within=timedelta(minutes=30),
        escalates_to="quality_office",
        priority=URGENT,
        once=True,
    ),
    "critical_recall": Kind(
        name="危急值撤回未送达",
        role="quality_office",
        within=timedelta(minutes=15),
        escalates_to="medical_affairs",
        priority=URGENT,
        link="/console/critical/{subject}",
        once=True,
    ),
    "critical_nobody": Kind(
        name="危急值无人应答",
        role="quality_office",
        within=timedelta(minutes=5),
        escalates_to="medical_affairs",
        priority=URGENT,
        link="/console/critical/{subject}",
    ),
    "critical_stuck": Kind(
        name="危急值处理受阻",
        role="quality_office",
        within=timedelta(minutes=5),
        escalates_to="system_admin",
        priority=URGENT,
        link="/console/dead-letters",
    ),
    "critical_note": Kind(
        name="危急值未记入病程",
        role="department_director",
        within=timedelta(hours=2),
        escalates_to="medical_affairs",
        priority=SOON,
        link="/console/critical/{subject}",
    ),
    "schedule_misfit": Kind(
        name="停诊或调整影响患者",
        role="outpatient_office",
        within=timedelta(hours=2),
        escalates_to="customer_service",
        priority=URGENT,
        link="/console/schedules/{subject}",
    ),
    "stop_call": Kind(
        name="停诊待致电患者",
        role="customer_service",
        within=timedelta(hours=1),
        escalates_to="outpatient_office",
        priority=URGENT,
        link="/console/stops/{subject}",
    ),
    "schedule_kept": Kind(
        name="时段未随模板调整",
        role="outpatient_office",
        within=timedelta(days=1),
        priority=NORMAL,
        link="/console/schedules/{subject}",
    ),
    "calendar_unknown": Kind(
        name="放假安排待确认",
        role="outpatient_office",
        within=timedelta(days=1),
        priority=SOON,
        link="/console/templates/preview",
    ),
    "his_numbers": Kind(
        name="号源与 HIS 不一致",
        role="outpatient_office",
        within=timedelta(minutes=30),
        escalates_to="system_admin",
        priority=SOON,
    ),
    "account_part": Kind(
        name="账号误合并，请核对拆分",
        role="outpatient_office",
        within=timedelta(days=1),
        escalates_to="medical_affairs",
        priority=SOON,
        link="/console/merges/{subject}",
    ),
    "restriction_proposed": Kind(
        name="预约限制待决定",
        role="outpatient_office",
        within=timedelta(days=2),
        priority=NORMAL,
        link="/console/restrictions/{subject}",
    ),
    "restriction_parted": Kind(
        name="账号拆分后预约限制待核实",
        role="outpatient_office",
        within=timedelta(days=1),
        escalates_to="medical_affairs",
        priority=SOON,
        link="/console/restrictions/{subject}",
        once=True,
    ),
    "restriction_appealed": Kind(
        name="预约限制申诉待复核",
        role="medical_affairs",
        within=timedelta(days=1),
        escalates_to="director",
        priority=SOON,
        link="/console/restrictions/{subject}",
    ),
    "refund_abnormal": Kind(
        name="退款异常",
        role="finance",
        within=timedelta(hours=4),
        escalates_to="outpatient_office",
        priority=SOON,
        link="/console/orders/{subject}",
    ),
    "payment_alarm": Kind(
        name="支付通知与账不符",
        role="finance",
        within=timedelta(hours=2),
        escalates_to="outpatient_office",
        priority=URGENT,
        link="/console/orders",
        once=True,
    ),
    "refund_closed": Kind(
        name="退款被关闭",
        role="finance",
        within=timedelta(hours=4),
        escalates_to="outpatient_office",
        priority=SOON,
        link="/console/orders/{subject}",
    ),
    "merchant_short": Kind(
        name="商户余额不足，退款在等",
        role="finance",
        within=timedelta(hours=2),
        escalates_to="outpatient_office",
        priority=SOON,
        link="/console/orders/{subject}",
    ),
    "fund_stuck": Kind(
        name="医保冲正或结算受阻",
        role="finance",
        within=timedelta(hours=2),
        escalates_to="outpatient_office",
        priority=SOON,
        link="/console/orders/{subject}",
    ),
    "refund_approval": Kind(
        name="退款待复核",
        role="finance",
        within=timedelta(hours=4),
        escalates_to="outpatient_office",
        priority=SOON,
        link="/console/orders/{subject}",
    ),
    "unposted": Kind(
        name="未记入医院账务",
        role="finance",
        within=timedelta(hours=2),
        escalates_to="outpatient_office",
        priority=SOON,
        link="/console/orders/{subject}",
    ),
    "reconciliation": Kind(
        name="对账待处理",
        role="finance",
        within=timedelta(days=1),
        escalates_to="director",
        priority=SOON,
        link="/console/reconciliation/{subject}",
    ),
    "lis_confirmation": Kind(
        name="检验系统未收到危急值回执",
        role="laboratory",
        within=timedelta(minutes=30),
        escalates_to="quality_office",
        priority=SOON,
        link="/console/critical/{subject}",
    ),
}
"""Every kind there is; a slice that makes work for people adds a row."""


class Task(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One task.

    Args:
        subject: id of what it is about; ``about`` says it in words, without personal data.
        roles: who may take it: the kind's role, and those it was escalated to.
        person: the only member who may take it; empty for anybody with a role.
        deadline: when it escalates (business time).
        holder: who has taken it; ``note`` what they wrote at the end.
    """

    id: str
    inst: str
    kind: str
    subject: str
    about: str
    roles: tuple[str, ...]
    person: str = ""
    priority: int
    deadline: datetime
    state: str = TASK.initial
    holder: str = ""
    note: str = ""
    escalated: int = 0
    version: int = 1
    opened_at: datetime
    done_at: datetime | None = None

    @property
    def name(self) -> str:
        return KINDS[self.kind].name if self.kind in KINDS else self.kind

    @property
    def link(self) -> str:
        return KINDS[self.kind].link.format(subject=self.subject) if self.kind in KINDS else ""

    def is_for(self, member: str, roles: frozenset[str]) -> bool:
        """May be seen and taken by this member."""
        if member and member in (self.person, self.holder):
            return True
        return not self.person and bool(roles & set(self.roles))


def task_id(inst: str, kind: str, cause: str) -> str:
    """The same cause is the same task, however often it is told."""
    return ids.derive("task", inst, kind, cause)


def escalation(task: Task) -> dict[str, object]:
    """The fields of a task whose deadline has passed: one more role is asked, and it is urgent.

    A task for one person is then everybody's with the kind's roles.
    """
    kind = KINDS.get(task.kind)
    further = [kind.role, kind.escalates_to] if kind else []
    roles = [*task.roles, *(role for role in further if role and role not in task.roles)]
    return {"roles": roles, "person": "", "priority": URGENT, "escalated": task.escalated + 1}
