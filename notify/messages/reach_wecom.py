"""Reaching a member of staff by a card of the hospital's WeCom application.

The platform drops, without a word, what goes beyond 30 messages a minute to one member
(protocols.md 3.3). ``pace.py`` says how many cards a member gets; here several messages that fit no
more become one card that opens the list.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

import msgspec

from notify.messages import pace, store
from notify.messages.cards import card_of, many_of
from notify.messages.model import WECOM, Grade, NoRoute
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.gateways.sending import SendRefused
from wx_backend.gateways.wecom.port import Card, WeComPort
from wx_backend.identity.staff import service as staff

TRIES = 5
"""At counting a member's cards, while other processes count too."""


class WeComRoute(msgspec.Struct, frozen=True):
    """Implements ``Route``."""

    docs: tuple[dict, ...]
    port: WeComPort
    userid: str
    card: Card
    channel: str = WECOM

    async def send(self, ctx: Ctx) -> dict:
        sent = await self.port.send_card([self.userid], self.card)
        if self.userid in sent.invalid_users:
            raise SendRefused(platform_code="invaliduser")
        return {"msgid": sent.msgid, "code": sent.response_code, "userid": self.userid}


Shared = tuple[list[WeComRoute], list[tuple[dict, timedelta]]]
"""What is sent now, and messages that wait for so long."""


async def route(ctx: Ctx, doc: dict) -> WeComRoute:
    """One coalesced read. Raises NoRoute: ``no_wecom`` for who has none, or works here no more."""
    try:
        channel = await institutions.channel_for(ctx, WECOM)
        member = await staff.member(ctx, doc["account"])
    except NoChannel as error:
        raise NoRoute(error.code) from None
    except NotFound:
        raise NoRoute("no_wecom") from None
    if not member.active or not member.wecom:
        raise NoRoute("no_wecom")
    port = await institutions.wecom(ctx, channel)
    return WeComRoute((doc,), port, member.wecom, card_of(doc, ctx.house.settings.public_url))


async def share(ctx: Ctx, routes: list[WeComRoute]) -> Shared:
    """Within the pace of each member; two calls for each card, members side by side."""
    shared = await asyncio.gather(*(_of_member(ctx, mine) for mine in _by_member(routes)))
    return [one for now, _ in shared for one in now], [one for _, left in shared for one in left]


async def _of_member(ctx: Ctx, routes: list[WeComRoute]) -> Shared:
    now: list[WeComRoute] = []
    waiting: list[tuple[dict, timedelta]] = []
    for mine in _alike(routes):
        cards = await _cards(ctx, [one.docs[0] for one in mine])
        if cards == len(mine):
            now += mine
        elif cards:
            now.append(_together(ctx, mine))
        else:
            left = pace.until_next(ctx.wire_now())
            waiting += [(one.docs[0], left) for one in mine]
    return now, waiting


def _by_member(routes: list[WeComRoute]) -> list[list[WeComRoute]]:
    return _grouped(routes, lambda doc: doc["account"])


def _alike(routes: list[WeComRoute]) -> list[list[WeComRoute]]:
    """Routes that one card can stand for; the others alone."""
    return _grouped(routes, lambda doc: doc["many"] or doc["_id"])


def _grouped(routes: list[WeComRoute], key: Callable[[dict], str]) -> list[list[WeComRoute]]:
    found: dict[str, list[WeComRoute]] = defaultdict(list)
    for one in routes:
        found[key(one.docs[0])].append(one)
    return list(found.values())


async def _cards(ctx: Ctx, docs: list[dict]) -> int:
    """How many cards these messages of one member may be now."""
    minute, member = pace.minute_of(ctx.wire_now()), docs[0]["account"]
    critical = docs[0]["grade"] == Grade.CRITICAL
    inside = ctx.within(docs[0]["inst"])
    for _ in range(TRIES):
        seen = await store.pace(inside, member)
        taken = seen["taken"] if seen and seen["minute"] == minute else 0
        cards = pace.cards_for(taken, len(docs), critical)
        if not cards or await store.set_pace(inside, member, seen, minute, taken + cards):
            return cards
    return 0


def _together(ctx: Ctx, mine: list[WeComRoute]) -> WeComRoute:
    docs = tuple(doc for route in mine for doc in route.docs)
    card = many_of(docs, ctx.house.settings.public_url)
    return msgspec.structs.replace(mine[0], docs=docs, card=card)
