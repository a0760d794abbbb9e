"""What was told to whom, on which channel, and why not."""

from datetime import date

from notify.messages import service as messages
from wx_backend.base import clock
from wx_backend.base.errors import Invalid
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

PATH = "/console/messages"
STATES = {
    "DUE": "待发",
    "SENDING": "发送中",
    "SENT": "已发",
    "UNKNOWN": "结果未知",
    "SKIPPED": "不再需要",
    "FAILED": "失败",
    "PARKED": "搁置",
    "KEPT": "仅在消息中心",
}
TONES = {"SENT": "ok", "FAILED": "danger", "PARKED": "danger", "UNKNOWN": "warn", "DUE": "warn"}
CHANNELS = {"wechat": "服务号", "wechat_mini": "小程序", "sms": "短信", "wecom": "企业微信"}
KEYS = ("id", "account", "subject")


class Messages(ConsolePage):
    """``GET ?day=&state=&id=&account=&subject=``: the log of a day, or of one message, account or
    appointment; one call, audited.
    """

    access = staff("deliveries:read")
    here = "messages"

    async def get(self) -> None:
        asked = {name: self.asked(name) for name in ("day", "state", *KEYS)}
        named = any(asked[name] for name in KEYS)
        day = None if named and not asked["day"] else self._day(asked["day"])
        rows = await messages.log(
            self.ctx,
            day=day,
            state=asked["state"],
            key=asked["id"],
            account=asked["account"],
            subject=asked["subject"],
        )
        await self.show(
            "messages.html",
            rows=rows,
            path=PATH,
            states=STATES,
            tones=TONES,
            channels=CHANNELS,
            zone=self.zone,
            **asked | {"day": day.isoformat() if day else ""},
        )

    def _day(self, typed: str) -> date:
        """Today unless another is asked for. Raises Invalid."""
        if not typed:
            return clock.local_date(self.ctx.now(), self.zone)
        try:
            return date.fromisoformat(typed)
        except ValueError:
            raise Invalid("日期的格式是 2026-11-24") from None
