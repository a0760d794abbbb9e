"""The cards of members: made from stored messages, made grey once it is done, told a refusal.

A card is changed with a code: sending gives one, each tap another, and each is good for one change
within 72 hours (protocols.md 3.3). A code is taken before it is spent and given back when the
platform could not be asked.
"""

import logging
from datetime import datetime

import msgspec

from notify.messages import store
from notify.messages.model import WECOM
from notify.messages.words import TITLE, fill, shorten
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import side_by_side
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.sending import SendInvalid, SendRefused
from wx_backend.gateways.wecom.port import Button, Card, Choice

logger = logging.getLogger(__name__)

QUESTION = "choice"
"""Key of the list on a card; an option's id is its text."""

STRONG, PLAIN = 1, 2


def card_of(doc: dict, public_url: str) -> Card:
    """The card of one message."""
    words, url = doc["wecom"], public_url + doc["link"]
    choice, buttons = words["choice"], []
    if choice:
        buttons.append(Button(text=choice["button"], key=choice["key"], style=STRONG))
    if words["button"]:
        buttons.append(Button(text=words["button"], url=url, style=PLAIN if choice else STRONG))
    return Card(
        task_id=doc["_id"],
        title=shorten(doc["title"], TITLE),
        url=url,
        subtitle=words["subtitle"],
        text=words["text"],
        source=words["source"],
        source_color=words["color"],
        fields=tuple(words["fields"].items()),
        choice=choice and _choice(choice),
        buttons=tuple(buttons),
    )


def _choice(choice: dict) -> Choice:
    options = {text: text for text in choice["options"]}
    return Choice(
        key=QUESTION, title=choice["title"], options=options, selected=choice["options"][0]
    )


def many_of(docs: tuple[dict, ...], public_url: str) -> Card:
    """One card that stands for several messages of one member; it has no buttons."""
    words = fill(docs[0]["many"], {"n": len(docs)})
    return Card(
        task_id=ids.derive("msgs", *sorted(doc["_id"] for doc in docs)),
        title=words.title,
        url=public_url + words.link,
        subtitle=words.wecom.subtitle,
        text=words.wecom.text,
        source=words.wecom.source,
        source_color=words.wecom.color,
    )


async def close(ctx: Ctx, about: str, words: str) -> None:
    """Makes every card about ``about`` grey, with ``words`` in the place of its buttons.

    A card that is still being sent is closed once it has been accepted (``catch_up``).

    Raises:
        ExceptionGroup: the platform could not be asked for some; they can be closed again.
    """
    await _close_all(ctx, await store.close_cards(ctx, about, words))


async def catch_up(ctx: Ctx, month: datetime, keys: list[str]) -> None:
    """Closes the cards of messages that were closed while they were being sent; one call."""
    for doc in await store.closed_meanwhile(ctx, month, keys):
        try:
            await _close_all(ctx.within(doc["inst"]), [doc])
        except ExceptionGroup as error:  # the card stays as it is; its page says what is true
            logger.warning("card not closed", exc_info=error, extra={"message_id": doc["_id"]})


async def _close_all(ctx: Ctx, docs: list[dict]) -> None:
    async def close_one(doc: dict) -> None:
        await _spend(ctx, doc, doc["codes"][0], doc["closed"])

    await side_by_side(close_one, docs)


async def tapped(ctx: Ctx, doc: dict, code: str) -> None:
    """Keeps the code of a tap; a card that was closed before is closed for who tapped it."""
    found = await store.add_code(ctx, doc, code) if code else None
    if found and "closed" in found:
        await _spend(ctx, found, code, found["closed"])


async def refuse(ctx: Ctx, doc: dict, code: str, why: str) -> None:
    """Says on the card why the tap did nothing; its buttons stay."""
    card = card_of(doc, ctx.house.settings.public_url)
    await _spend(ctx, doc, code, msgspec.structs.replace(card, text=why))


async def _spend(ctx: Ctx, doc: dict, code: str, change: str | Card) -> None:
    """Changes one card with one code; a code that is used, too old or empty is let go.

    Raises:
        SendLater, SendUnknown, GatewayBusy: the code is kept.
    """
    if not await store.take_code(ctx, doc, code):
        return
    channel = await institutions.channel_for(ctx, WECOM)
    port = await institutions.wecom(ctx, channel)
    try:
        await port.update_card(code, [doc["userid"]], change)
    except (SendInvalid, SendRefused) as error:
        told = {"message_id": doc["_id"], "reason": error.code}
        logger.info("card cannot be changed", extra=told)
    except Exception:
        await store.add_code(ctx, doc, code)
        raise
