"""Roles and what each may do: one table, judged in memory. Pure.

``docs/permissions.md`` is written from it (``python -m wx_backend.identity.staff.table``).
"""

from collections.abc import Iterable

import msgspec

PERMISSIONS: dict[str, str] = {
    "schedules:read": "查看排班与号源",
    "schedules:change": "发布、停诊与调整排班",
    "bindings:verify": "在窗口核验就诊人身份",
    "settings:read": "查看参数及其版本",
    "settings:propose": "提出参数修改",
    "settings:approve": "审批参数修改",
    "orders:read": "查看订单与账目",
    "refunds:settle": "处理异常退款",
    "deliveries:read": "查看搁置的投递与消息",
    "deliveries:replay": "重新投递搁置的事件",
    "channels:change": "维护平台账号与密钥",
    "staff:grant": "授予与收回角色",
    "audit:read": "查看审计记录",
    "figures:read": "查看运行与监管指标",
}
"""``thing:verb`` and its meaning."""


class Role(msgspec.Struct, frozen=True):
    """A role as staff read it, and its permissions."""

    name: str
    permissions: frozenset[str]

    def __post_init__(self) -> None:
        if unknown := self.permissions - PERMISSIONS.keys():
            raise ValueError(f"role {self.name} holds unknown permissions {sorted(unknown)}")


def _role(name: str, *permissions: str) -> Role:
    return Role(name, frozenset(permissions))


ROLES: dict[str, Role] = {
    "doctor": _role("医生", "schedules:read"),
    "nurse": _role("护士", "schedules:read", "bindings:verify"),
    "outpatient_office": _role(
        "门诊办公室",
        "schedules:read",
        "schedules:change",
        "bindings:verify",
        "settings:read",
        "settings:propose",
    ),
    "director": _role(
        "院领导", "schedules:read", "settings:read", "settings:approve", "figures:read"
    ),
    "finance": _role("财务", "orders:read", "refunds:settle"),
    "customer_service": _role("客服", "schedules:read", "deliveries:read"),
    "regulator": _role("监管人员", "figures:read"),
    "system_admin": _role(
        "系统管理员", "channels:change", "deliveries:read", "deliveries:replay", "settings:read"
    ),
    "security_admin": _role("安全管理员", "staff:grant"),
    "audit_admin": _role("审计管理员", "audit:read"),
}
"""The three administrators are kept apart (GB/T 22239-2019, level 3)."""


def permits(roles: Iterable[str], permission: str) -> bool:
    """Whether one of the roles holds the permission; a role that is gone holds nothing.

    Raises:
        KeyError: no such permission is declared.
    """
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    return any(permission in ROLES[role].permissions for role in roles if role in ROLES)
