"""Roles and permissions."""

import pytest

from wx_backend.identity.staff.model import EVERYBODY, PERMISSIONS, ROLES, Role, permits


def test_a_role_permits_what_it_holds_and_nothing_else():
    assert permits({"finance"}, "refunds:settle")
    assert not permits({"finance"}, "settings:approve")


def test_roles_add_up():
    roles = {"nurse", "finance"}
    assert permits(roles, "bindings:verify")
    assert permits(roles, "orders:read")


def test_nobody_and_a_role_that_is_gone_may_do_nothing():
    for permission in PERMISSIONS:
        assert not permits(set(), permission)
        assert not permits({"retired_role"}, permission)


def test_a_misspelt_permission_is_an_error_not_a_no():
    with pytest.raises(KeyError):
        permits({"finance"}, "refund:settle")
    with pytest.raises(ValueError, match="refund:settle"):
        Role("财务", frozenset({"refund:settle"}))


def test_every_permission_is_held_by_somebody():
    held = frozenset().union(*(role.permissions for role in ROLES.values()))
    assert held == PERMISSIONS.keys()


def test_the_three_administrators_share_nothing():
    names = ("system_admin", "security_admin", "audit_admin")
    shared = EVERYBODY | {"staff:read"}
    admins = [ROLES[name].permissions - shared for name in names]
    assert sum(map(len, admins)) == len(frozenset().union(*admins))


def test_who_proposes_a_setting_cannot_approve_it():
    for role in ROLES.values():
        assert not {"settings:propose", "settings:approve"} <= role.permissions
