"""A clinic whose timetable is empty, the office that fills it, and a day."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from tests.helpers.outpatient import Outpatient, fixture
from tests.helpers.timetables import OFFICE, cleared
from wx_backend.base.context import Ctx


@fixture
async def clinic(shared_clinic: Outpatient) -> AsyncIterator[Outpatient]:
    await cleared(shared_clinic)
    yield shared_clinic
    await shared_clinic.over()


@pytest.fixture
def ctx(clinic: Outpatient) -> Ctx:
    return clinic.hospital.ctx().acting_as(OFFICE)


@pytest.fixture
def day(ctx: Ctx) -> date:
    """In three days."""
    return ctx.today() + timedelta(days=3)
