"""Does a deployment's connection to the platforms work? For the console and ``wx-backend doctor``.

Nothing is changed anywhere: keys sign and verify for themselves, a pay platform is asked about a
payment that nobody has made, our own callback address is asked the platform's question, clocks are
compared.
"""

import asyncio
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse

from notify.messages import service as messages
from wx_backend.base import ids
from wx_backend.base.context import House
from wx_backend.base.errors import AppError, GatewayUnknown
from wx_backend.base.settings import Settings
from wx_backend.base.words import Filled
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel, ChannelUnusable
from wx_backend.entrypoints import wiring
from wx_backend.gateways.alipay import selftest as alipay
from wx_backend.gateways.proof.port import AttemptOver
from wx_backend.gateways.wechat import selftest as wechat
from wx_backend.gateways.wechat_pay import selftest as wechat_pay
from wx_backend.gateways.wecom import selftest as wecom

TIMEOUT = 5  # seconds
DRIFT = 60
"""Seconds our clock may differ from a platform's; WeChat Pay refuses at 300."""
UNHEARD_OF = "selftest0000"
"""The number of a payment that nobody has made, and of a proof that nobody has begun."""
PAY = {"wechat_pay": institutions.wechat_pay, "alipay": institutions.alipay}
"""The client of a merchant by platform."""
HIS = ("his_numbers", "his_accounts", "his_bills", "his_proof")
CALLING = ("wechat", "wechat_mini", "wechat_pay", "alipay", "wecom")
"""Platforms that call us by themselves."""
REFUSED = (400, 401, 403)
"""How our own callback answers something that nobody signed: it is there."""


class Check(msgspec.Struct, frozen=True):
    """One question and what is wrong, in words; nothing wrong is an empty list."""

    name: str
    wrong: list[str]


def callback_address(public_url: str, channel: Channel) -> str:
    """Where the channel's platform calls us, empty when it does not; a mini-program's calls are
    WeChat's too.
    """
    if channel.platform not in CALLING:
        return ""
    platform = "wechat" if channel.platform == "wechat_mini" else channel.platform
    return f"{public_url}/cb/{platform}/{channel.id}"


async def of_deployment(settings: Settings) -> list[Check]:
    """The checks of every channel of every institution, each named by both."""
    house = wiring.build(settings)
    try:
        await institutions.refresh(house)
        found = []
        for inst in institutions.all_known(house):
            for channel in await institutions.channels(house.ctx(inst.id)):
                name = f"{inst.name} {channel.platform} {channel.mchid or channel.appid}"
                found += [
                    Check(Filled("%(name)s：%(why)s", name=name, why=check.name), check.wrong)
                    for check in await of_channel(house, channel)
                ]
        return found
    finally:
        wiring.close(house)


async def of_channel(house: House, channel: Channel) -> list[Check]:
    """Every check that fits the channel's platform."""
    try:
        config = institutions.config(house, channel)
    except ChannelUnusable as error:
        wrong = [
            Filled("%(name)s：%(why)s", name=name, why=reason)
            for name, reason in error.data["fields"].items()
        ]
        return [Check("内容齐全，密钥可以解密", wrong)]
    checks = [Check("内容齐全，密钥可以解密", [])]
    if channel.platform == "lis":
        return [*checks, Check("检验系统的监听端口可达", await _listens(config.host, config.port))]
    if channel.platform in HIS:
        checks.append(Check("医院系统可达，时钟一致", await _clock(house, config.url)))
        if channel.platform == "his_proof":
            checks.append(Check("医院系统认可我们的签名", await _proves(house, channel)))
        return checks
    if channel.platform == "wechat_pay":
        checks += [
            Check("用商户私钥签名并验证", wechat_pay.merchant_key(config)),
            Check("用 APIv3 密钥加密并解密", wechat_pay.api_key(config)),
            Check("微信支付公钥可用", wechat_pay.platform_key(config)),
        ]
    elif channel.platform == "alipay":
        checks += [
            Check("用应用私钥签名并验证", alipay.application_key(config)),
            Check("支付宝公钥可用", alipay.platform_key(config)),
        ]
        if config.aes_key:
            checks.append(Check("接口内容加密密钥可用", alipay.content_key(config)))
    elif channel.platform in ("wechat", "wechat_mini", "wecom"):
        kind = wecom if channel.platform == "wecom" else wechat
        checks += [
            Check("用回调令牌和消息密钥签名、加密并验证", kind.keys(config)),
            Check(
                "回调地址可达，应答正确",
                await _callback(house, channel, lambda echo: kind.challenge(config, echo)),
            ),
        ]
    if channel.platform in PAY:
        checks += [
            Check("平台认可我们的签名，应答可以验证", await _recognised(house, channel)),
            Check("回调地址可达", await _callback(house, channel, None)),
        ]
    if channel.platform == "sms":
        checks.append(Check("平台认可我们的签名，短信模板已审核", await _templates(house, channel)))
    elif channel.platform in ("wechat", "wechat_mini"):
        checks.append(Check("消息模板齐全，字段与平台一致", await _templates(house, channel)))
    return [*checks, Check("平台可达，时钟一致", await _clock(house, config.api_url))]


async def _recognised(house: House, channel: Channel) -> list[str]:
    """Asks the pay platform about a payment that nobody has made: it says so to whom it knows."""
    try:
        pay = await PAY[channel.platform](house.ctx(channel.inst), channel)
        await pay.query(UNHEARD_OF)
    except GatewayUnknown:
        return ["平台没有给出可以验证的应答：检查平台公钥与网络"]
    except AppError as error:
        return [Filled("平台拒绝了查询：%(why)s（检查商户号、证书序列号与密钥）", why=_told(error))]
    except ValueError as error:
        return [Filled("密钥无法使用：%(why)s", why=error)]
    return []


async def _proves(house: House, channel: Channel) -> list[str]:
    """Answers an attempt that nobody has begun: to whom it knows the HIS says that there is none,
    and nothing is sent to anybody.
    """
    try:
        his = await institutions.proof(house.ctx(channel.inst), "HIS_PHONE")
        await his.proven(UNHEARD_OF, "000000")
    except AttemptOver:
        return []
    except GatewayUnknown:
        return ["医院系统没有给出可以验证的应答：检查地址、密钥与网络"]
    except AppError as error:
        return [Filled("医院系统拒绝了查询：%(why)s（检查密钥名与密钥）", why=_told(error))]
    return ["医院系统认可了一个没有发出过的验证码"]


def _told(error: AppError) -> str:
    """What the platform said."""
    words = (str(error.data.get(f"platform_{one}", "")) for one in ("code", "message"))
    return " ".join(filter(None, words)) or error.message


async def _templates(house: House, channel: Channel) -> list[str]:
    try:
        return await messages.template_faults(house.ctx(channel.inst), channel)
    except AppError as error:
        return [Filled("无法查询账号的模板：%(why)s", why=_told(error))]


async def _callback(
    house: House, channel: Channel, question: Callable[[str], dict[str, str]] | None
) -> list[str]:
    """Asks our own public address what the platform would ask."""
    address = callback_address(house.settings.public_url, channel)
    if question is None:
        answer = await _fetch(address, method="POST", body=b"{}")
        reached = not isinstance(answer, str) and answer.code in REFUSED
        return [] if reached else [_unreached(answer)]
    echo = ids.new("echo")
    answer = await _fetch(f"{address}?{urlencode(question(echo))}")
    if isinstance(answer, str) or answer.code != 200:
        return [_unreached(answer)]
    return (
        [] if answer.body.decode(errors="replace") == echo else ["应答的内容不对，可能被代理改写"]
    )


def _unreached(answer: HTTPResponse | str) -> str:
    told = answer if isinstance(answer, str) else f"HTTP {answer.code}"
    return Filled(
        "从本机访问对外地址没有得到应答：%(why)s（检查 WX_PUBLIC_URL、域名与反向代理）", why=told
    )


async def _listens(host: str, port: int) -> list[str]:
    try:
        async with asyncio.timeout(TIMEOUT):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        return [Filled("连接失败：%(why)s", why=error or type(error).__name__)]
    writer.close()
    return []


async def _clock(house: House, url: str) -> list[str]:
    answer = await _fetch(url)
    if isinstance(answer, str):
        return [Filled("平台接口不可达：%(why)s", why=answer)]
    stated = answer.headers.get("Date")
    if not stated:
        return []
    drift = abs((parsedate_to_datetime(stated) - house.wire.now()).total_seconds())
    wrong = Filled("本机时钟与平台相差 %(seconds)s 秒，请校时", seconds=round(drift))
    return [wrong] if drift > DRIFT else []


async def _fetch(url: str, **options: object) -> HTTPResponse | str:
    """The answer, whatever its status; in words why there is none."""
    try:
        return await AsyncHTTPClient().fetch(
            url, raise_error=False, request_timeout=TIMEOUT, follow_redirects=False, **options
        )
    except (OSError, HTTPClientError, ValueError) as error:
        return str(error) or type(error).__name__
