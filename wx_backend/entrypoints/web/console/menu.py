"""The console's menu: what is there, and what each role sees of it."""

import msgspec

from wx_backend.identity.staff.model import permits

ROOT = "/console"
SIGN_IN = f"{ROOT}/signin"
ME = f"{ROOT}/me"


class Entry(msgspec.Struct, frozen=True):
    """One page of the menu; ``permission`` is also the least that its handler asks for."""

    key: str
    label: str
    icon: str
    permission: str

    @property
    def href(self) -> str:
        return f"{ROOT}/{self.key}"


class Group(msgspec.Struct, frozen=True):
    label: str
    entries: tuple[Entry, ...]


MENU: tuple[Group, ...] = (
    Group(
        "门诊",
        (
            Entry("today", "今日门诊", "layout-dashboard", "schedules:read"),
            Entry("appointments", "预约明细", "calendar-event", "appointments:read"),
            Entry("waiting", "候补名单", "clock", "appointments:read"),
            Entry("bookings", "预约查询", "search", "appointments:read"),
            Entry("counter", "窗口挂号", "wallet", "appointments:book"),
            Entry("schedules", "排班日历", "calendar-week", "schedules:read"),
            Entry("templates", "出诊模板", "calendar-plus", "schedules:change"),
            Entry("pools", "号池", "filter", "schedules:read"),
            Entry("restrictions", "限制与申诉", "user-minus", "restrictions:read"),
            Entry("people", "就诊人核验", "shield-check", "bindings:verify"),
            Entry("directory", "科室与医生", "stethoscope", "directory:change"),
        ),
    ),
    Group(
        "协同",
        (
            Entry("critical", "危急值闭环", "flask", "critical:read"),
            Entry("tasks", "待办", "list-check", "tasks:work"),
            Entry("rosters", "值班表", "calendar-user", "rosters:read"),
        ),
    ),
    Group(
        "财务",
        (
            Entry("orders", "订单与退款", "receipt-refund", "orders:read"),
            Entry("reconciliation", "对账", "chart-bar", "reconciliation:read"),
            Entry("prices", "价格目录", "report-medical", "prices:change"),
        ),
    ),
    Group(
        "系统",
        (
            Entry("messages", "消息记录", "bell", "deliveries:read"),
            Entry("dead-letters", "搁置投递", "mail-off", "deliveries:read"),
            Entry("channels", "平台渠道", "plug-connected", "channels:change"),
            Entry("settings", "参数设置", "adjustments", "settings:read"),
            Entry("staff", "员工与角色", "users", "staff:read"),
            Entry("audit", "操作审计", "history", "audit:read"),
        ),
    ),
)


def seen_by(roles: frozenset[str]) -> tuple[Group, ...]:
    """The groups and entries these roles may open."""
    groups = (
        Group(group.label, tuple(one for one in group.entries if permits(roles, one.permission)))
        for group in MENU
    )
    return tuple(group for group in groups if group.entries)


def first(roles: frozenset[str]) -> str:
    """Where a member lands after signing in."""
    for group in seen_by(roles):
        return group.entries[0].href
    return ME


def place_of(key: str) -> tuple[str, str]:
    """(group, label) of an entry, for the crumb; empty for pages outside the menu."""
    for group in MENU:
        for entry in group.entries:
            if entry.key == key:
                return group.label, entry.label
    return "", ""
