"""Where a module lives: its floor, its slice and its file (docs/architecture.md, Floors)."""

from typing import NamedTuple

FLOORS = {
    "wx_backend.base": 1,
    "wx_backend.gateways": 2,
    "wx_backend.directory": 3,
    "wx_backend.identity": 4,
    "wx_backend.records": 5,
    "notify": 6,
    "booking": 7,
    "referral_guide": 8,
    "doctor_bot": 9,
    "wx_backend.entrypoints": 10,
}
OPEN_FLOORS = (1, 2, 10)
"""Floors without slices: all of base and gateways is public, entrypoints are imported by nobody."""


class Place(NamedTuple):
    """``slice`` and ``file`` are empty on a floor without slices."""

    floor: int
    home: str
    slice: str = ""
    file: str = ""


def place(module: str) -> Place | None:
    """The place of a dotted name, also of a name inside a module; None outside the floors."""
    for home, floor in FLOORS.items():
        if module != home and not module.startswith(f"{home}."):
            continue
        room, *rest = [*module.removeprefix(home).strip(".").split("."), ""]
        if floor in OPEN_FLOORS or not room:
            return Place(floor, home)
        return Place(floor, home, f"{home}.{room}", rest[0])
    return None
