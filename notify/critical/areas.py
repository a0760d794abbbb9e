"""Areas: which path an alert takes (clinical.md 1.4, area routing). Pure."""

from typing import Literal

Area = Literal["INPATIENT", "EMERGENCY", "OUTPATIENT", "CHECKUP"]
AREAS: dict[str, str] = {
    "INPATIENT": "住院",
    "EMERGENCY": "急诊",
    "OUTPATIENT": "门诊",
    "CHECKUP": "体检",
}
GONE_HOME = frozenset({"OUTPATIENT", "CHECKUP"})
"""Areas whose patients are not in the house: they have to be contacted."""
CHECKUP_WORD = "体检"
"""A department or ward with this word in its name is a check-up centre; no HIS message says so."""


def area_of(kind: str, state: str, where: str) -> Area:
    """``kind`` and ``state`` are the encounter's, empty without one; ``where`` is its ward and
    department. Somebody who has left the house has to be contacted like an outpatient.
    """
    if CHECKUP_WORD in where:
        return "CHECKUP"
    if kind == "O" or state in ("DISCHARGED", "CANCELLED"):
        return "OUTPATIENT"
    return "EMERGENCY" if kind == "E" else "INPATIENT"
