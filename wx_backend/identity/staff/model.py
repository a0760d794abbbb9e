"""Staff members, and roles with what each may do: one table, judged in memory. Pure.

``docs/permissions.md`` is written from it (``python -m wx_backend.identity.staff.table``).
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec

from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine

PERMISSIONS: dict[str, str] = {
    "console:use": "进入工作台，管理自己的登录方式",
    "schedules:read": "查看排班与号源",
    "schedules:change": "发布、停诊与调整排班",
    "appointments:read": "查看当日预约（姓名掩码）与导出",
    "appointments:book": "窗口挂号、收现金与退现金",
    "appointments:override": "窗口挂号时超出限约（须写明原因）",
    "appointments:cancel": "窗口退号、医院取消预约",
    "stops:work": "停诊患者致电与代为答复",
    "restrictions:read": "查看预约限制与申诉",
    "restrictions:decide": "决定、提前解除预约限制",
    "restrictions:review": "复核对预约限制的申诉",
    "bindings:verify": "在窗口核验就诊人身份",
    "accounts:part": "拆分误合并的账号",
    "directory:change": "编辑科室与医生介绍，打印桌牌",
    "reports:read": "查看本院患者的检验报告",
    "rules:propose": "提出危急界值修改",
    "rules:approve": "审批危急界值",
    "tasks:work": "领取与办理待办",
    "rosters:read": "查看值班表",
    "rosters:change": "排班、换班",
    "settings:read": "查看参数及其版本",
    "settings:propose": "提出参数修改",
    "settings:approve": "审批参数修改",
    "prices:change": "导入与查看价格目录",
    "orders:read": "查看订单与账目",
    "orders:refund": "人工退款、复核退款、退回未入账的款项",
    "refunds:settle": "处理未入账的款项与异常退款",
    "reconciliation:read": "查看对账结果与导出",
    "reconciliation:repair": "对账、修复差异、日结与月结",
    "reconciliation:reopen": "反结账",
    "deliveries:read": "查看搁置的投递与消息",
    "deliveries:replay": "重新投递搁置的事件",
    "channels:change": "维护平台账号与密钥，运行自检",
    "staff:read": "查看员工名册",
    "staff:change": "建立与修改员工账号、重置登录方式、办理离职",
    "staff:grant": "授予与收回角色",
    "audit:read": "查看审计记录",
    "figures:read": "查看运行与监管指标",
    "critical:read": "查看与自己有关的危急值",
    "critical:watch": "查看全院危急值与指标",
    "critical:receive": "接收并复述危急值、通知医生、登记联系患者",
    "critical:handle": "处置危急值、登记病程、判定误报",
    "critical:supervise": "监管危急值：没有当班职责也可接收",
}
"""``thing:verb`` and its meaning."""

EVERYBODY = frozenset({"console:use"})
"""Whoever holds any role at all may do this."""


class Role(msgspec.Struct, frozen=True):
    """A role as staff read it, and its permissions.

    ``bedside`` roles may also be used by somebody who signed in through WeCom; the others need the
    console's password and one-time code.
    """

    name: str
    permissions: frozenset[str]
    bedside: bool = False

    def __post_init__(self) -> None:
        if unknown := self.permissions - PERMISSIONS.keys():
            raise ValueError(f"role {self.name} holds unknown permissions {sorted(unknown)}")


def _role(name: str, *permissions: str) -> Role:
    return Role(name, EVERYBODY | frozenset(permissions))


def _bedside(name: str, *permissions: str) -> Role:
    shared = ("schedules:read", "reports:read", "tasks:work", "rosters:read")
    return Role(name, EVERYBODY | frozenset((*shared, *permissions)), bedside=True)


_RECEIVES = ("critical:read", "critical:receive")
_HANDLES = (*_RECEIVES, "critical:handle")
_BOOKS = ("reconciliation:read", "reconciliation:repair")
_SUPERVISES = (*_RECEIVES, "critical:watch", "critical:supervise")

ROLES: dict[str, Role] = {
    "doctor": _bedside("医生", "appointments:read", *_HANDLES),
    "nurse": _bedside(
        "护士", "appointments:read", "appointments:book", "bindings:verify", *_RECEIVES
    ),
    "duty_nurse": _bedside("值班护士", "appointments:read", "bindings:verify", *_RECEIVES),
    "head_nurse": _bedside("护士长", "appointments:read", "rosters:change", *_RECEIVES),
    "department_director": _bedside("科主任", "appointments:read", "rosters:change", *_HANDLES),
    "medical_affairs": _bedside(
        "医务部",
        "rosters:change",
        "figures:read",
        "rules:approve",
        "restrictions:read",
        "restrictions:review",
        "accounts:part",
        *_SUPERVISES,
    ),
    "quality_office": _bedside(
        "质控办", "figures:read", "rules:propose", "deliveries:read", *_SUPERVISES
    ),
    "laboratory": _role(
        "检验科", "critical:read", "critical:watch", "reports:read", "rules:propose", "tasks:work"
    ),
    "referral_office": _role("转诊办公室", "schedules:read", "tasks:work", "rosters:read"),
    "outpatient_office": _role(
        "门诊办公室",
        "schedules:read",
        "schedules:change",
        "appointments:read",
        "appointments:book",
        "appointments:override",
        "appointments:cancel",
        "stops:work",
        "restrictions:read",
        "restrictions:decide",
        "bindings:verify",
        "tasks:work",
        "rosters:read",
        "rosters:change",
        "directory:change",
        "accounts:part",
        "deliveries:read",
        "orders:read",
        "settings:read",
        "settings:propose",
        *_RECEIVES,
    ),
    "director": _role(
        "院领导",
        "schedules:read",
        "settings:read",
        "settings:approve",
        "figures:read",
        "restrictions:read",
        "restrictions:review",
        "reconciliation:read",
        "reconciliation:reopen",
        "tasks:work",
    ),
    "finance": _role(
        "财务",
        "orders:read",
        "orders:refund",
        "refunds:settle",
        *_BOOKS,
        "prices:change",
        "tasks:work",
    ),
    "customer_service": _role(
        "客服",
        "schedules:read",
        "appointments:read",
        "appointments:book",
        "appointments:cancel",
        "stops:work",
        "restrictions:read",
        "deliveries:read",
        "tasks:work",
    ),
    "regulator": _role("监管人员", "figures:read"),
    "system_admin": _role(
        "系统管理员",
        "channels:change",
        "deliveries:read",
        "deliveries:replay",
        "settings:read",
        "staff:read",
        "staff:change",
        "tasks:work",
    ),
    "security_admin": _role("安全管理员", "staff:read", "staff:grant"),
    "audit_admin": _role("审计管理员", "audit:read"),
}
"""The three administrators are kept apart (GB/T 22239-2019, level 3): one makes accounts, another
gives them roles, the third sees what both did."""

MEMBER = Machine(
    name="staff",
    states=frozenset({"ACTIVE", "LEFT"}),
    initial="ACTIVE",
    transitions={("ACTIVE", "leave"): "LEFT", ("LEFT", "rejoin"): "ACTIVE"},
)

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,19}")


class NumberTaken(Invalid):
    """Within an institution a staff number, and a WeCom userid, belong to one member."""

    code, message = "staff_number_taken", "工号或企业微信账号已被使用"


class OwnRoles(AppError):
    """Nobody decides on their own rights."""

    code, status, message = "own_roles", 403, "不能修改自己的角色或状态"


class MemberForm(Form):
    """What the system administrator fills in; an empty ``wecom`` means none."""

    name: Annotated[str, Text(min_length=1, max_length=30)]
    title: Annotated[str, Text(max_length=30)] = ""
    department_id: Annotated[str, Text(max_length=40)] = ""
    wecom: Annotated[str, Text(max_length=64)] = ""
    phone: Annotated[str, Text(max_length=20)] = ""


class Member(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One member of an institution's staff.

    Args:
        number: the hospital's staff number, as its HIS sends it.
        wecom: userid in the hospital's WeCom, lower case; empty without.
        epoch: sessions of an older epoch are over.
        phone: sealed; opened only by ``service.phone``.
    """

    id: str
    inst: str
    number: str
    name: str
    title: str = ""
    department_id: str = ""
    roles: tuple[str, ...] = ()
    wecom: str = ""
    phone: str = ""
    state: str = MEMBER.initial
    version: int = 1
    epoch: int = 1
    created_at: datetime

    @property
    def active(self) -> bool:
        return self.state == "ACTIVE"

    @property
    def role_names(self) -> tuple[str, ...]:
        return tuple(ROLES[role].name for role in self.roles if role in ROLES)


def permits(roles: Iterable[str], permission: str) -> bool:
    """Whether one of the roles holds the permission; a role that is gone holds nothing.

    Raises:
        KeyError: no such permission is declared.
    """
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    return any(permission in ROLES[role].permissions for role in roles if role in ROLES)


def bedside(roles: Iterable[str]) -> frozenset[str]:
    """Those of the roles that a sign-in through WeCom carries."""
    return frozenset(role for role in roles if role in ROLES and ROLES[role].bedside)


def clean_number(text: str) -> str:
    """Raises Invalid unless it looks like a staff number."""
    if not NUMBER.fullmatch(text):
        raise Invalid(fields={"number": "工号为 2 至 20 位字母或数字"})
    return text


def clean_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of the table. Raises Invalid for an unknown one."""
    given = set(roles)
    if given - ROLES.keys():
        raise Invalid(fields={"roles": "请从给出的选项中选择"})
    return tuple(role for role in ROLES if role in given)
