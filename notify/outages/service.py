"""From what platforms' answers say of our accounts to work for people, and its end."""

from notify.outages import store
from notify.outages.model import Outage, about, mended, outage_id, to_tell
from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import AppError
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.identity.worklist import service as worklist

TASK = "account_unusable"


class AccountsUnusable(AppError):
    """A platform does not take one of our accounts."""

    code, status, message = "accounts_unusable", 503, "有平台账号不可用"


async def hear(house: House) -> None:
    """What this process has heard since the last time. One task an account, whatever is refused and
    whoever is refused it; it is settled when nothing is refused any more.

    One call when there was an answer at all. Who dies half-way has told people first, and another
    refusal or answer does the rest.
    """
    heard = house.gateways.news()
    known = await store.known(house.ctx(None)) if heard else []
    for key, news in heard.items():
        mine = [one for one in known if one.channel == key]
        broken = {call: code for call, code in news.items() if code}
        well = mended(mine, news)
        if broken or well:
            channel = await institutions.channel(house.ctx(None), key)
            ctx = house.ctx(channel.inst)
            await _broken(ctx, channel, mine, broken)
            await _well(ctx, channel, mine, well, still=bool(broken))


async def _broken(ctx: Ctx, channel: Channel, known: list[Outage], broken: dict[str, str]) -> None:
    now, before = ctx.now(), {one.call: one for one in known}
    for call, code in broken.items():
        had = before.get(call)
        if not to_tell(had, code, now):
            continue
        words = about(channel.platform, channel.mchid or channel.appid, code)
        await worklist.open_task(ctx, TASK, channel.id, channel.id, words)
        outage = Outage(
            id=outage_id(channel.id, call),
            inst=channel.inst,
            channel=channel.id,
            call=call,
            code=code,
            since=had.since if had else now,
            told_at=now,
        )
        await store.put(ctx, outage)


async def _well(
    ctx: Ctx, channel: Channel, known: list[Outage], well: list[Outage], still: bool
) -> None:
    if well and not still and len(well) == len(known):
        await worklist.settle(ctx, TASK, channel.id)
    if well:
        await store.remove(ctx, well)


async def of(ctx: Ctx) -> dict[str, list[Outage]]:
    """By channel, what is refused to the context's institution; one call."""
    found: dict[str, list[Outage]] = {}
    for one in await store.known(ctx):
        found.setdefault(one.channel, []).append(one)
    return found


async def check(house: House) -> None:
    """For who watches the system. Raises AccountsUnusable: of any institution."""
    if await store.any_known(house.ctx(None)):
        raise AccountsUnusable()
