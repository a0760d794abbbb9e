"""The words of a message: its template filled with an event's data.

A template is a TOML file: ``title``, ``text``, ``icon`` and ``link`` (a path of our pages) are what
the message centre shows; ``[wechat]`` names the platform's template and gives its fields,
``[sms]`` the provider's text with its fields in their order, ``[wecom]`` is a card for staff. Every
value is a Jinja expression over the event's data with ``at``
(when it happened), ``widened`` (the hospital lets the card show values) and ``day``, ``hour``,
``moment`` for times in the hospital's zone.
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec

from notify.messages.fields import fit, shorten
from wx_backend.base import clock
from wx_backend.base.events import Event
from wx_backend.base.render import Renderer, day, hour

FOLDER = Path(__file__).parent / "templates"
RENDERER = Renderer([])

TITLE, SUBTITLE, TEXT, LABEL, VALUE, OPTION = 36, 44, 160, 5, 26, 16
"""Characters that fit on a card (protocols.md 3.3)."""

Say = Callable[[str], str]


class WeChatTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``template``: our name of the platform's template, looked up in the channel."""

    template: str
    fields: dict[str, str]


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``template``: our name of the text that the provider has approved. Nothing about health or
    the visit goes into its ``fields``: whoever holds the phone reads them.
    """

    template: str
    fields: list[str]


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list on the card to choose from, and the button that sends what was chosen.

    ``options`` names a list in the event's data, its first entry neutral; with words filled in, it
    is that list. Without one, or when the card may show no values, there is no choice.
    """

    title: str
    button: str
    key: str
    options: str | list[str]


class WeComCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the card says besides the title; ``button`` opens the link, without it there is none.

    ``color`` of the source: 0 grey, 1 black, 2 red, 3 green. Fields without a value are left out.
    """

    source: str
    color: int = 0
    subtitle: str = ""
    text: str = ""
    button: str = ""
    fields: dict[str, str] = {}
    choice: Choice | None = None


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of ``templates/``; with values filled in, the words of one message."""

    title: str
    text: str
    icon: str
    link: str
    wechat: WeChatTemplate | None = None
    sms: Text | None = None
    wecom: WeComCard | None = None


@cache
def template(name: str) -> Template:
    """Raises FileNotFoundError, or ValidationError when the file is not complete."""
    return msgspec.convert(tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")), Template)


def write(
    name: str, event: Event, zone: str = clock.HOSPITAL_ZONE, widened: bool = False
) -> Template:
    """Template ``name`` filled with ``event``; fields fit the platform's types.

    Raises:
        Unfit: a value does not fit its field.
        UndefinedError: the event lacks something the template names.
    """
    return fill(name, {**event.data, "at": event.at, "widened": widened}, zone)


def fill(name: str, values: Mapping[str, Any], zone: str = clock.HOSPITAL_ZONE) -> Template:
    """Template ``name`` filled with ``values``. Raises Unfit or UndefinedError."""
    found = template(name)
    times = {"day": day, "hour": hour, "moment": moment}
    local = {name: partial(show, zone=zone) for name, show in times.items()}
    say = partial(RENDERER.text, **{**values, **local})
    return Template(
        title=say(found.title),
        text=say(found.text),
        icon=found.icon,
        link=say(found.link),
        wechat=found.wechat and _wechat(found.wechat, say),
        sms=found.sms and Text(found.sms.template, [say(one) for one in found.sms.fields]),
        wecom=found.wecom and _wecom(found.wecom, say, values),
    )


def phrase(words: str, event: Event) -> str:
    """A short expression over an event's data. Raises UndefinedError."""
    return RENDERER.text(words, **event.data)


def _wechat(found: WeChatTemplate, say: Say) -> WeChatTemplate:
    fields = {field: fit(field, say(source)) for field, source in found.fields.items()}
    return WeChatTemplate(found.template, fields)


def _wecom(found: WeComCard, say: Say, values: Mapping[str, Any]) -> WeComCard:
    fields = {shorten(label, LABEL): say(source) for label, source in found.fields.items()}
    return WeComCard(
        source=say(found.source),
        color=found.color,
        subtitle=shorten(say(found.subtitle), SUBTITLE),
        text=shorten(say(found.text), TEXT),
        button=found.button,
        fields={label: shorten(value, VALUE) for label, value in fields.items() if value},
        choice=found.choice and _choice(found.choice, values),
    )


def _choice(found: Choice, values: Mapping[str, Any]) -> Choice | None:
    """Values to choose from are values: they are on the card only when those may be. An option that
    would have to be cut is none; then the page is where to read back.
    """
    options = values.get(found.options)
    if not options or not values.get("widened") or max(map(len, options)) > OPTION:
        return None
    return msgspec.structs.replace(found, options=list(options))


def moment(when: datetime, zone: str = clock.HOSPITAL_ZONE) -> str:
    """``2026年11月24日 09:30``, the form the platform takes."""
    local = clock.local_time(when, zone)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
