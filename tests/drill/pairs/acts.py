"""The commands, and at which moments of an appointment's life each of them means something."""

from collections.abc import Awaitable, Callable
from itertools import combinations_with_replacement

from tests.drill.pairs.case import Case
from tests.drill.pairs.moments import MOMENTS

UNPAID = frozenset({"held", "overdue", "offered"})
PAYABLE = UNPAID | {"returned"}
SEATED = UNPAID | {"booked", "free", "asked"}
ALWAYS = frozenset(MOMENTS)

Act = Callable[[Case], Awaitable[None]]

ACTS: dict[str, tuple[Act, frozenset[str]]] = {
    "hold": (Case.hold, ALWAYS - {"offered", "free"}),
    "rival": (Case.rival_holds, ALWAYS),
    "pay": (Case.pay, PAYABLE),
    "notify": (Case.notify, PAYABLE),
    "check": (Case.check, PAYABLE),
    "cancel": (Case.cancel, SEATED),
    "reschedule": (Case.reschedule, frozenset({"booked", "asked"})),
    "cancel new": (Case.cancel_new, frozenset({"booked", "asked"})),
    "expire": (Case.expire, frozenset({"overdue"})),
    "close": (Case.close, ALWAYS - {"asked"}),
    "reopen": (Case.reopen, frozenset({"asked"})),
    "ask refund": (Case.ask_refund, frozenset({"asked"})),
    "take other": (Case.take_other, frozenset({"asked"})),
    "offer": (Case.offer, ALWAYS),
    "accept": (Case.accept, frozenset({"free"})),
    "leave": (Case.leave, frozenset({"offered", "free"})),
    "refund": (Case.refund, ALWAYS - {"free"}),
    "react": (Case.react, ALWAYS),
}

SWEEPING = frozenset({"expire", "offer"})
"""These look at whatever is due, of all cases."""


def pairs() -> list[tuple[str, str, tuple[str, ...]]]:
    """Every two commands that can meet, each with itself too, and at which moments."""
    found = []
    for first, second in combinations_with_replacement(ACTS, 2):
        if common := ACTS[first][1] & ACTS[second][1]:
            found.append((first, second, tuple(sorted(common))))
    return found
