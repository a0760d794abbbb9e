"""Every handler says who may call it, and hot ones say what a call costs."""

import re

import pytest

from booking.appointments import handlers as appointments
from booking.schedules import handlers as schedules
from tests.house import loaded
from wx_backend.base.handler import Handler, check_access, platform, public
from wx_backend.identity.staff.model import PERMISSIONS, permits
from wx_backend.identity.worklist.model import KINDS

HOT = (schedules.DepartmentSlots, schedules.DepartmentDates, appointments.Appointments)
"""Measured by script/bench (slots_read, book, my_appointments)."""

COST = re.compile(r"\b\d+ (?:shared )?calls?\b")


def problems(routes: list[tuple]) -> list[str]:
    found = []
    for pattern, handler in check_access(routes):
        access = handler.access
        if access.kind in ("public", "platform") and len(access.reason.split()) < 3:
            found.append(f"{pattern} is {access.kind} and does not say why")
        if access.kind == "staff" and access.permission not in PERMISSIONS:
            found.append(f"{pattern} asks for {access.permission!r}, which no role can hold")
    return found


def unpriced(handlers: tuple[type[Handler], ...]) -> list[str]:
    """Hot handlers whose docstring does not state their calls to the database."""
    return [one.__name__ for one in handlers if not COST.search(vars(one).get("__doc__") or "")]


def asked_for(link: str, routes: list[tuple]) -> str:
    """The permission of the console's page at this link, about an object or a day."""
    for subject in ("subject00", "2026-11-22"):
        path = link.format(subject=subject).partition("?")[0]
        access = next(one.access for to, one in check_access(routes) if re.fullmatch(to, path))
        if access.kind == "staff":
            return access.permission
    raise AssertionError(f"no page of the console at {link}")


def shut_out(routes: list[tuple]) -> list[str]:
    """Who is given a task whose page they may not open."""
    return [
        f"{kind.name}: {role} lacks {permission}"
        for kind in KINDS.values()
        if kind.link and (permission := asked_for(kind.link, routes))
        for role in (kind.role, kind.escalates_to)
        if role and not permits({role}, permission)
    ]


def test_whoever_is_given_a_task_may_open_its_page() -> None:
    assert shut_out(loaded.routes()) == []


def test_every_route_is_declared_with_a_reason() -> None:
    assert problems(loaded.routes()) == []


def test_hot_handlers_state_their_calls() -> None:
    served = {route[1] for route in loaded.routes()}
    assert set(HOT) <= served
    assert unpriced(HOT) == []


def test_what_the_rules_refuse() -> None:
    class Undeclared(Handler):
        """``GET`` something."""

    class Open(Handler):
        """``GET`` something (2 calls)."""

        access = public("just because")

    class Called(Handler):
        access = platform("signature of the platform")

    with pytest.raises(TypeError, match="Undeclared declares no access"):
        problems([("/a", Undeclared)])
    assert problems([("/a", Called)]) == []
    assert problems([("/a", Open)]) == ["/a is public and does not say why"]
    assert unpriced((Undeclared, Open, Called)) == ["Undeclared", "Called"]
