"""Which institution this is, its campuses and relations, and its accounts on the platforms."""

from wx_backend.base.cache import recent
from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import NotFound
from wx_backend.directory.institutions import clients, store
from wx_backend.directory.institutions.model import (
    Campus,
    Channel,
    Institution,
    NoChannel,
    Relation,
    host_name,
)
from wx_backend.directory.institutions.needs import NEEDS
from wx_backend.directory.institutions.registering import amend_channel, register_channel
from wx_backend.gateways.alipay.port import AlipayPort
from wx_backend.gateways.his_accounts.port import HisAccountsPort
from wx_backend.gateways.his_bills.port import HisBillsPort
from wx_backend.gateways.his_numbers.port import HisNumbersPort
from wx_backend.gateways.insurance.port import InsurancePort
from wx_backend.gateways.lis.client import Listener
from wx_backend.gateways.lis.port import LisPort
from wx_backend.gateways.paying import PayPort
from wx_backend.gateways.proof.port import ProofPort, Way
from wx_backend.gateways.sms.port import SmsPort
from wx_backend.gateways.wechat.port import WeChatPort
from wx_backend.gateways.wechat_pay.port import WeChatPayPort
from wx_backend.gateways.wecom.port import WeComPort

__all__ = [
    "PLATFORMS", "alipay", "all_known", "amend_channel", "by_host", "campuses", "channel",
    "channel_for", "channels", "config", "his_accounts", "his_bills", "his_numbers", "institution",
    "insurance", "known", "known_to", "lis", "merchant", "proof", "proof_ways", "refresh",
    "register", "register_channel", "relate", "relations", "sms", "wechat", "wechat_pay", "wecom",
]  # fmt: skip

KNOWN = "known_institutions"
HOSTS = "institution_hosts"
PLATFORMS = tuple(sorted(NEEDS))
"""Where an institution can have an account."""


async def refresh(house: House) -> None:
    """Takes over all institutions: one call, each second in every process."""
    found = await store.institutions(house)
    house.views[KNOWN] = {one.id: one for one in found}
    house.views[HOSTS] = {host: one.id for one in found for host in one.hosts}


def known(house: House, inst: str | None) -> Institution | None:
    """The institution as of the last refresh. No round trip."""
    return house.views.get(KNOWN, {}).get(inst)


def all_known(house: House) -> list[Institution]:
    """Every institution as of the last refresh, by code. No round trip."""
    return sorted(house.views.get(KNOWN, {}).values(), key=lambda one: one.code)


def by_host(house: House, host: str) -> str | None:
    """The institution whose pages are opened under this ``Host`` header. No round trip."""
    return house.views.get(HOSTS, {}).get(host_name(host))


async def institution(ctx: Ctx) -> Institution:
    """The context's institution, at most a second old. Raises NotFound."""
    found = await recent(ctx.house, "institutions").get(
        ctx.institution, lambda: store.institution(ctx, ctx.institution or "")
    )
    if found is None:
        raise NotFound("没有找到这家医疗机构")
    return found


async def campuses(ctx: Ctx) -> list[Campus]:
    """The context's campuses, at most a second old."""
    return await recent(ctx.house, "campuses").get(ctx.institution, lambda: store.campuses(ctx))


async def relations(ctx: Ctx) -> list[Relation]:
    """Whom the context's institution may refer to, and in which direction."""
    return await store.relations(ctx)


async def channel(ctx: Ctx, channel_id: str) -> Channel:
    """A channel of any institution, at most a second old: callbacks and sign-ins arrive by its id.

    Raises:
        NotFound: there is none.
    """
    found = await recent(ctx.house, "channels").get(
        channel_id, lambda: store.channel(ctx, channel_id)
    )
    if found is None:
        raise NotFound()
    return found


async def channel_for(ctx: Ctx, platform: str, appid: str | None = None) -> Channel:
    """The institution's channel on ``platform``; with several, the one of ``appid`` or the first.

    At most a second old. Raises NoChannel.
    """
    for candidate in await _channels_of(ctx, platform):
        if appid in (None, candidate.appid):
            return candidate
    raise NoChannel(platform=platform)


async def known_to(ctx: Ctx, *platforms: str) -> list[str]:
    """Which of these platforms the institution has an account with; at most a second old."""
    return [one for one in platforms if await _channels_of(ctx, one)]


async def _channels_of(ctx: Ctx, platform: str) -> list[Channel]:
    inst = ctx.institution or ""
    return await recent(ctx.house, "channels_of").get(
        (inst, platform), lambda: store.channels(ctx, inst, platform)
    )


async def channels(ctx: Ctx) -> list[Channel]:
    """Every platform account of the context's institution, for those who look after them."""
    return await store.all_channels(ctx, ctx.institution or "")


def config(house: House, channel: Channel) -> clients.Config:
    """The opened credentials of a channel. Raises ChannelUnusable."""
    return clients.config_of(house, channel)


async def wechat(ctx: Ctx, channel: Channel) -> WeChatPort:
    """The client of a service account or mini-program, kept for each version of the channel.

    Raises ChannelUnusable, as do the others below.
    """
    opened = clients.config_of(ctx.house, channel)
    return ctx.house.gateways.wechat(channel.id, channel.version, opened)


async def wechat_pay(ctx: Ctx, channel: Channel) -> WeChatPayPort:
    """The client of a merchant, kept for each version of the channel."""
    opened = clients.config_of(ctx.house, channel)
    return ctx.house.gateways.wechat_pay(channel.id, channel.version, opened)


async def alipay(ctx: Ctx, channel: Channel) -> AlipayPort:
    """The client of an Alipay application, kept for each version of the channel."""
    opened = clients.config_of(ctx.house, channel)
    return ctx.house.gateways.alipay(channel.id, channel.version, opened)


async def merchant(ctx: Ctx, channel: Channel) -> PayPort:
    """The client of a merchant, of whichever pay platform.

    Raises:
        KeyError: nothing is paid on the channel's platform.
    """
    return await _MERCHANTS[channel.platform](ctx, channel)


_MERCHANTS = {"wechat_pay": wechat_pay, "alipay": alipay}


async def wecom(ctx: Ctx, channel: Channel) -> WeComPort:
    """The client of a WeCom application, kept for each version of the channel."""
    opened = clients.config_of(ctx.house, channel)
    return ctx.house.gateways.wecom(channel.id, channel.version, opened)


async def sms(ctx: Ctx, channel: Channel) -> SmsPort:
    """The client of a text message provider, kept for each version of the channel."""
    opened = clients.config_of(ctx.house, channel)
    return ctx.house.gateways.sms(channel.id, channel.version, opened)


async def lis(ctx: Ctx, channel: Channel) -> LisPort:
    """The client of a LIS; it keeps nothing open."""
    return Listener(clients.config_of(ctx.house, channel))


async def his_numbers(ctx: Ctx) -> HisNumbersPort:
    """The HIS that owns numbers of the context's institution. Raises NoChannel too."""
    channel = await channel_for(ctx, "his_numbers")
    opened = clients.config_of(ctx.house, channel)
    return ctx.house.gateways.his_numbers(channel.id, channel.version, opened)


async def his_accounts(ctx: Ctx) -> HisAccountsPort:
    """The HIS that keeps the books of the context's institution. Raises NoChannel too."""
    channel = await channel_for(ctx, "his_accounts")
    opened = clients.config_of(ctx.house, channel)
    return ctx.house.gateways.his_accounts(channel.id, channel.version, opened)


async def his_bills(ctx: Ctx) -> HisBillsPort:
    """The HIS that is the cashier of the context's institution. Raises NoChannel too."""
    channel = await channel_for(ctx, "his_bills")
    opened = clients.config_of(ctx.house, channel)
    return ctx.house.gateways.his_bills(channel.id, channel.version, opened)


async def proof_ways(ctx: Ctx) -> list[Way]:
    """How people of the context's institution may prove who they are, besides at its desk."""
    return [way for way, platform in _PROOFS.items() if await known_to(ctx, platform)]


async def proof(ctx: Ctx, way: Way) -> ProofPort:
    """The context's institution's way of this kind. Raises NoChannel too."""
    channel = await channel_for(ctx, _PROOFS[way])
    opened = clients.config_of(ctx.house, channel)
    return ctx.house.gateways.his_phone(channel.id, channel.version, opened)


_PROOFS: dict[Way, str] = {"HIS_PHONE": "his_proof"}
"""On which platform each way is declared."""


async def insurance(ctx: Ctx) -> InsurancePort | None:
    """The context's institution's way to its insurance bureau; None where there is none."""
    return ctx.house.gateways.insurance((await institution(ctx)).code)


async def register(ctx: Ctx, given: Institution, *sites: Campus) -> None:
    """Stores an institution and its campuses as given; repeating it changes nothing."""
    await store.put_institution(ctx, given)
    for site in sites:
        await store.put_campus(ctx.within(given.id), site)


async def relate(ctx: Ctx, given: Relation) -> None:
    """Stores one direction of a relation; repeating it changes nothing."""
    await store.put_relation(ctx.within(given.inst), given)
