"""An accepted card may still reach nobody: no licence, not visible."""

import pytest

from notify.messages.reach_wecom import WeComRoute
from wx_backend.gateways.sending import SendRefused
from wx_backend.gateways.wecom.port import Card, SentCard

CARD = Card(task_id="msg1", title="危急值待接收", url="http://127.0.0.1/doctor/alerts/1")


class Port:
    def __init__(self, *invalid: str) -> None:
        self._invalid = invalid

    async def send_card(self, userids, card) -> SentCard:
        return SentCard(msgid="m1", invalid_users=self._invalid, response_code="c1")


async def test_an_accepted_card_is_remembered_with_its_code():
    told = await WeComRoute(({},), Port("somebody-else"), "zhou", CARD).send(None)
    assert told == {"msgid": "m1", "code": "c1", "userid": "zhou"}


async def test_a_card_accepted_for_nobody_is_refused():
    with pytest.raises(SendRefused):
        await WeComRoute(({},), Port("zhou"), "zhou", CARD).send(None)
