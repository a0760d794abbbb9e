"""Accounts of ours that a platform does not take: a key is wrong or revoked, a right is missing,
the account is banned or closed. Pure.
"""

from datetime import datetime, timedelta

import msgspec

from wx_backend.base import ids

LABELS = {
    "wechat": "微信服务号",
    "wechat_mini": "微信小程序",
    "wechat_pay": "微信支付",
    "alipay": "支付宝",
    "wecom": "企业微信",
    "sms": "短信（腾讯云）",
}
"""Platforms as people read them."""

AGAIN = timedelta(minutes=30)
"""After so long people are asked again, if they took it for mended and it is not."""


class Outage(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """What a platform refuses one account.

    Args:
        call: what is refused; empty for whatever is asked.
        code: why, as the platform says it.
        since, told_at: business time; of the first refusal, and when people were asked last.
    """

    id: str
    inst: str
    channel: str
    call: str
    code: str
    since: datetime
    told_at: datetime


def outage_id(channel: str, call: str) -> str:
    return ids.derive("out", channel, call)


def to_tell(known: Outage | None, code: str, now: datetime) -> bool:
    """Whether people have to hear of a refusal."""
    return known is None or known.code != code or now - known.told_at >= AGAIN


def mended(known: list[Outage], news: dict[str, str]) -> list[Outage]:
    """What works again. ``news``: by call the code of the last refusal, empty when it worked."""
    return [one for one in known if news.get(one.call) == ""]


def about(platform: str, account: str, code: str) -> str:
    """An outage in words; ``account`` is the appid or the merchant's number."""
    return f"{LABELS[platform]} {account}：平台返回 {code}，请检查密钥、权限与账号状态"
