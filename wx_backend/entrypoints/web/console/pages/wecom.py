"""Signing in through the hospital's WeCom: bedside roles only."""

from wx_backend.base import ids
from wx_backend.base.handler import public
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.entrypoints.web.console.pages.sign_in import SignInPage
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin.model import HalfExpired

STATE = "staff_state"
STATE_DAYS = 10 / 24 / 60


class Begin(SignInPage):
    """``GET /signin/wecom?next=``: to the platform, with a state only this browser can redeem."""

    access = public("the way in for staff who use WeCom")

    async def get(self) -> None:
        channel = await institutions.channel_for(self.ctx, "wecom")
        state = ids.new("st")
        self.keep(STATE, {"state": state, "next": self.next_path}, STATE_DAYS)
        port = await institutions.wecom(self.ctx, channel)
        back = f"{self.house.settings.public_url}/signin/wecom/{channel.id}"
        self.redirect(port.authorize_url(back, state))


class Return(SignInPage):
    """``GET /signin/wecom/{channel}?code=…&state=…``: WeCom sends the browser back."""

    access = public("the platform's code and the browser's own state are the proof")

    async def get(self, channel_id: str) -> None:
        begun = self.kept(STATE, STATE_DAYS)
        self.drop(STATE)
        if not begun or begun["state"] != self.asked("state"):
            raise HalfExpired()
        channel = await institutions.channel(self.ctx, channel_id)
        if channel.platform != "wecom" or channel.inst != self.ctx.institution:
            raise NoChannel(platform="wecom")
        session = await signin.by_wecom(self.ctx, channel, self.asked("code"))
        self.enter(session)
        self.go(begun["next"] or self.home(session))
