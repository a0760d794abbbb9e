"""What an account on each platform must come with: one table, asked before one is stored. Pure."""

import re

import msgspec

from wx_backend.directory.institutions.model import Channel

CHARSETS = ("utf-8", "gb18030", "big5")
"""Codecs that MSH-18 can name."""


class Needs(msgspec.Struct, frozen=True):
    """Fields of the channel itself, and names of its secrets and of its parameters."""

    account: tuple[str, ...] = ("appid",)
    secrets: tuple[str, ...] = ()
    params: tuple[str, ...] = ()


_APP = ("secret", "token", "aes_key")
_HIS = Needs(secrets=("secret",), params=("url",))

NEEDS: dict[str, Needs] = {
    "wechat": Needs(secrets=_APP),
    "wechat_mini": Needs(secrets=_APP),
    "wechat_pay": Needs(
        account=("appid", "mchid"),
        secrets=("merchant_private_key", "apiv3_key"),
        params=("merchant_serial", "public_key_id", "public_key"),
    ),
    "alipay": Needs(account=("appid", "mchid"), secrets=("app_private_key", "alipay_public_key")),
    "wecom": Needs(secrets=_APP, params=("agent_id",)),
    "sms": Needs(secrets=("secret_id", "secret_key"), params=("signature",)),
    "lis": Needs(params=("host", "port")),
    "his_numbers": _HIS,
    "his_accounts": _HIS,
    "his_bills": _HIS,
    "his_proof": _HIS,
}

TOGETHER = {"wechat_pay": ("params.other_public_key_id", "params.other_public_key")}
"""What is of no use without the rest of it."""

_ADDRESS = (
    re.compile(r"https?://(?!0\.|169\.254\.)[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(/[\w./-]*)?"),
    "应为 http(s) 地址",
)

SHAPES: dict[tuple[str, str], tuple[re.Pattern[str], str]] = {
    ("alipay", "appid"): (re.compile(r"20[0-9]{14}"), "应为 16 位的应用 APPID"),
    ("alipay", "mchid"): (re.compile(r"2088[0-9]{12}"), "应为 2088 开头的 16 位商家账号（PID）"),
    ("wecom", "params.agent_id"): (re.compile(r"[0-9]{1,10}"), "应为数字"),
    ("sms", "appid"): (re.compile(r"[0-9]{6,12}"), "应为短信应用的 SDKAppID（数字）"),
    ("sms", "params.signature"): (re.compile(r"[^【】\s]{2,24}"), "应为审核通过的签名，不带【】"),
    ("sms", "params.region"): (re.compile(r"[a-z]{2}-[a-z]{2,20}"), "应为地域，如 ap-guangzhou"),
    ("lis", "appid"): (
        re.compile(r"[^|]+\|[^|]*"),
        "应为“应用|机构”，与报告消息的来源相同",
    ),
    ("lis", "params.host"): (
        re.compile(r"(?!0\.|169\.254\.)[A-Za-z0-9][A-Za-z0-9.-]{0,252}"),
        "应为主机名或地址",
    ),
    ("his_numbers", "params.url"): _ADDRESS,
    ("his_accounts", "params.url"): _ADDRESS,
    ("his_bills", "params.url"): _ADDRESS,
    ("his_proof", "params.url"): _ADDRESS,
    ("lis", "params.port"): (re.compile(r"[0-9]{1,5}"), "应为端口号"),
    ("lis", "params.ca"): (
        re.compile(r"-----BEGIN CERTIFICATE-----.+-----END CERTIFICATE-----\s*", re.DOTALL),
        "应为 PEM 格式的证书",
    ),
    ("lis", "params.server_name"): (re.compile(r"[A-Za-z0-9.-]{1,253}"), "应为证书中的主机名"),
    ("lis", "params.phone"): (re.compile(r"[0-9+() -]{3,30}"), "应为电话号码，可带区号和分机"),
    ("lis", "params.charset"): (re.compile("|".join(CHARSETS)), f"可用：{'、'.join(CHARSETS)}"),
}


def lacks(channel: Channel, secrets: dict[str, str]) -> dict[str, str]:
    """What is missing or cannot be, by field, and why; empty when the account can be used.

    Args:
        secrets: opened or sealed: only whether there is one is looked at.
    """
    needs = NEEDS.get(channel.platform)
    if needs is None:
        return {"platform": f"未知平台，可用：{'、'.join(NEEDS)}"}
    given = {
        **{name: getattr(channel, name) for name in ("appid", "mchid")},
        **{f"secrets.{name}": value for name, value in secrets.items()},
        **{f"params.{name}": value for name, value in channel.params.items()},
    }
    wanted = (
        *needs.account,
        *(f"secrets.{name}" for name in needs.secrets),
        *(f"params.{name}" for name in needs.params),
    )
    together = TOGETHER.get(channel.platform, ())
    if any(given.get(name) for name in together):
        wanted = (*wanted, *together)
    found = {name: "未填写" for name in wanted if not given.get(name)}
    for (platform, name), (shape, words) in SHAPES.items():
        value = given.get(name)
        if platform == channel.platform and value and not shape.fullmatch(value):
            found[name] = words
    return found
