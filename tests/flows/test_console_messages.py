"""The message log at the console."""

import pytest

from tests.helpers.console import Staffer
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.web.console.pages.messages import reason_words

PATH = "/console/messages"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", ""),
        ("no_openid", "没有在该渠道登录过"),
        ("send_invalid:47003:thing1", "模板或内容有误，需人工处理（47003 thing1）"),
        ("GatewayBusy", "GatewayBusy"),
    ],
)
def test_a_reason_is_a_sentence(reason, words):
    assert reason_words(reason) == words


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
