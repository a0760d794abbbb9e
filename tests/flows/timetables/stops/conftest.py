"""A session that will be stopped."""

from datetime import date

from tests.helpers.outpatient import Outpatient, fixture
from tests.helpers.stops import Closed
from wx_backend.base.context import Ctx


@fixture
async def closed(clinic: Outpatient, ctx: Ctx, day: date) -> Closed:
    return Closed(clinic, ctx, day)
