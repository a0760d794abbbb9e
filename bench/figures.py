"""A figure: one JSON line, with its reference from the same run."""

import json
import statistics
from collections.abc import Iterable
from typing import Any

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value. ``reference`` and ``ratio`` are None where nothing is compared."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    detail: dict[str, Any] = {}

    def show(self) -> None:
        print(json.dumps(msgspec.to_builtins(self), ensure_ascii=False), flush=True)


class Round(msgspec.Struct, frozen=True):
    """One measurement with the reference taken right before and after it."""

    value: float
    reference: float

    @property
    def ratio(self) -> float:
        return self.value / self.reference


def compared(name: str, unit: str, rounds: list[Round], detail: dict[str, Any]) -> Figure:
    """The round with the median ratio: a machine that others use is never equally fast twice."""
    middle = sorted(rounds, key=lambda one: one.ratio)[len(rounds) // 2]
    return Figure(
        name=name,
        value=round(middle.value, 1),
        unit=unit,
        reference=round(middle.reference, 1),
        ratio=round(middle.ratio, 3),
        detail={**detail, "ratios": [round(one.ratio, 3) for one in rounds]},
    )


def median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 2)
