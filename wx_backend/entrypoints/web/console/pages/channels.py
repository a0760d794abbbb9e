"""Platform accounts and their self-test."""

from notify.outages import service as outages
from notify.outages.model import LABELS
from wx_backend.base.errors import NotFound
from wx_backend.base.handler import staff
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints import selftest
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

PATH = "/console/channels"
PLATFORMS = {
    **LABELS,
    "lis": "检验系统",
    "his_numbers": "医院号源系统",
    "his_accounts": "医院账务系统",
    "his_bills": "医院收费系统",
    "his_proof": "医院短信核验",
}


class Channels(ConsolePage):
    """``GET``: every account, without its secrets, and what its platform refuses it."""

    access = staff("channels:change")
    here = "channels"

    async def get(self) -> None:
        await self.show_channels()

    async def show_channels(
        self, tested: str = "", checks: list[selftest.Check] | None = None
    ) -> None:
        listed = await institutions.channels(self.ctx)
        home = self.house.settings.public_url
        await self.show(
            "channels.html",
            channels=listed,
            refused=await outages.of(self.ctx),
            zone=self.zone,
            platforms=PLATFORMS,
            tested=tested,
            checks=checks or [],
            callbacks={one.id: selftest.callback_address(home, one) for one in listed},
        )


class Test(Channels):
    """``POST``: signs and verifies with its keys, calls its own callback, compares clocks."""

    async def get(self, channel_id: str) -> None:
        self.go(PATH)

    async def post(self, channel_id: str) -> None:
        channel = await institutions.channel(self.ctx, channel_id)
        if channel.inst != self.ctx.institution:
            raise NotFound()
        await self.house.audit.record(self.ctx, "console:channel:tested", channel.id)
        await self.show_channels(channel.id, await selftest.of_channel(self.house, channel))
