"""What the relay and the senders have laid aside for a person: look, and send it again."""

import msgspec
import msgspec.json

from notify.messages import service as messages
from notify.relay import service as relay
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

PATH = "/console/dead-letters"


class DeadLetters(ConsolePage):
    """``GET``: parked deliveries and parked messages; three calls."""

    access = staff("deliveries:read")
    here = "dead-letters"

    async def get(self) -> None:
        await self.show(
            "dead_letters.html",
            deliveries=[self._delivery(doc) for doc in await relay.parked(self.ctx)],
            messages=await messages.parked(self.ctx),
            zone=self.zone,
            replays=self.may("deliveries:replay"),
        )

    @staticmethod
    def _delivery(doc: dict) -> dict:
        data = msgspec.json.format(msgspec.json.encode(doc["event"]["data"])).decode()
        return {**doc, "data": data}


class Replay(ConsolePage):
    """``POST id=``: a parked delivery is due again."""

    access = staff("deliveries:replay")
    here = "dead-letters"

    async def post(self) -> None:
        await relay.replay(self.ctx, self.get_body_argument("id", ""))
        self.say("已重新投递，稍后刷新查看结果", PATH)


class ReplayMessage(ConsolePage):
    """``POST id=``: a parked message is due again."""

    access = staff("deliveries:replay")
    here = "dead-letters"

    async def post(self) -> None:
        await messages.replay(self.ctx, self.get_body_argument("id", ""))
        self.say("已重新发送，稍后刷新查看结果", PATH)
