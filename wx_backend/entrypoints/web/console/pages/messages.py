"""What was told to whom, on which channel, and why not."""

from datetime import date

from notify.messages import service as messages
from wx_backend.base import clock
from wx_backend.base.errors import Invalid
from wx_backend.base.handler import staff
from wx_backend.base.words import Say, as_written
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
DELIVERIES = {"delivered": "已送达", "user_block": "对方拒收", "failed": "未送达"}
"""What the platform later said of an accepted message."""
CHANNELS = {
    "wechat": "服务号",
    "wechat_mini": "小程序",
    "alipay": "支付宝生活号",
    "alipay_mini": "支付宝小程序",
    "sms": "短信",
    "wecom": "企业微信",
}
REASONS = {
    "no_longer_true": "内容已不属实，未发送",
    "left_sending": "发送时程序中断，结果未知",
    "send_unknown": "平台没有应答，结果未知",
    "send_refused": "对方未关注或已拒收",
    "unsubscribed": "对方已取消关注",
    "user_block": "对方拒收",
    "send_invalid": "模板或内容有误，需人工处理",
    "send_later": "平台繁忙，稍后重试",
    "daily_limit": "当日发送限额已满，次日再发",
    "pace": "超过每分钟条数，稍后再发",
    "quiet_hours": "免打扰时段，之后再发",
    "muted": "本人关闭了此类提醒",
    "too_old": "消息过旧，未发送",
    "no_channel": "医院未开通该渠道",
    "no_template": "渠道缺少该模板",
    "no_page": "渠道未设置小程序页面",
    "no_openid": "没有在该渠道登录过",
    "no_consent": "没有可用的订阅次数",
    "no_wecom": "没有企业微信账号",
    "no_phone": "没有经平台核实的手机号",
    "phone_abroad": "手机号不是内地号码",
    "text_limit": "本人短信条数已达上限",
}
"""Why a message is where it is, by the first part of its reason; codes follow after a colon."""
KEYS = ("id", "account", "subject")


def reason_words(reason: str, say: Say = as_written) -> str:
    """For people; a reason without words is shown as it is."""
    kind, _, more = reason.partition(":")
    words = REASONS.get(kind)
    if words is None:
        return reason
    if not more:
        return say(words)
    return say("%(what)s（%(about)s）", what=say(words), about=more.replace(":", " "))


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
            deliveries=DELIVERIES,
            why=lambda reason: reason_words(reason, self.translate),
            zone=self.zone,
            books=self.may("appointments:read"),
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
