"""Attackers of the number source, and the rules they meet (tests/flows/test_scalpers_*.py)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from itertools import count

from tests.helpers.identity import form, id_no
from tests.helpers.outpatient import Outpatient, Patient
from wx_backend.base.context import Origin
from wx_backend.base.errors import AppError
from wx_backend.directory.settings.model import PARAMETERS, Value
from wx_backend.identity.patients import service as patients

_family = count(1)


@asynccontextmanager
async def ruled(clinic: Outpatient, **values: Value) -> AsyncIterator[None]:
    """These parameters of booking while it lasts, then their defaults."""
    before = {name: PARAMETERS[f"booking.{name}"].default for name in values}
    await _decide(clinic, values)
    yield
    await _decide(clinic, before)


async def _decide(clinic: Outpatient, values: dict[str, Value]) -> None:
    for name, value in values.items():
        await clinic.decides(f"booking.{name}", value)


async def relative(of: Patient) -> Patient:
    """One more person of the same account."""
    n = next(_family)
    card = id_no(f"{1930 + n // 999}-03-04", n % 999)
    added = await patients.add(of.ctx, form(card, "王秀英", "PARENT"))
    return _like(of, id=added.patient_id)


def at(patient: Patient, address: str = "", device: str = "") -> Patient:
    """The same person, asking from there."""
    return _like(patient, ctx=replace(patient.ctx, origin=Origin(address, device)))


def _like(patient: Patient, **other: object) -> Patient:
    """The same account, but for this."""
    made = copy(patient)
    vars(made).update(other)
    return made


async def code(trying) -> str:
    """What a try is refused with; empty when it succeeds."""
    try:
        await trying
    except AppError as refusal:
        return str(refusal.data.get("limit", refusal.code))
    return ""
