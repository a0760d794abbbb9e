"""The message log at the console."""

import pytest

from tests.helpers.console import Staffer
from tests.helpers.hospital import Hospital

PATH = "/console/messages"


@pytest.fixture
async def hospital(mongo_uri, sandbox):
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


async def test_the_log_of_a_day_and_of_a_person_is_shown(hospital):
    staff = Staffer(hospital.url, hospital.house)
    service = await staff.enter("yu-xin")
    assert "没有符合条件的消息" in (await service.get(PATH)).text
    assert (await service.get(f"{PATH}?day=soon")).status == 422
    assert (await service.get(f"{PATH}?account=none&state=FAILED")).status == 200
    await staff.http.aclose()
