"""The words of a message: its template filled with an event's data.

A template is a TOML file: ``title``, ``text``, ``icon`` and ``link`` (a path of the patient pages)
are what the message centre shows; ``[wechat]`` names the platform's template and gives its fields.
Every value is a Jinja expression over the event's data with ``at`` (when it happened) and
``day``, ``hour``, ``moment`` for times in the hospital's zone.
"""

import tomllib
from datetime import datetime
from functools import cache, partial
from pathlib import Path

import msgspec

from notify.messages.fields import fit
from wx_backend.base import clock
from wx_backend.base.events import Event
from wx_backend.base.render import Renderer, day, hour

FOLDER = Path(__file__).parent / "templates"
RENDERER = Renderer([])


class WeChatTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``template``: our name of the platform's template, looked up in the channel."""

    template: str
    fields: dict[str, str]


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of ``templates/``; with values filled in, the words of one message."""

    title: str
    text: str
    icon: str
    link: str
    wechat: WeChatTemplate


@cache
def template(name: str) -> Template:
    """Raises FileNotFoundError, or ValidationError when the file is not complete."""
    return msgspec.convert(tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")), Template)


def write(name: str, event: Event, zone: str = clock.HOSPITAL_ZONE) -> Template:
    """Template ``name`` filled with ``event``; fields fit the platform's types.

    Raises:
        Unfit: a value does not fit its field.
        UndefinedError: the event lacks something the template names.
    """
    found = template(name)
    values = {
        **event.data,
        "at": event.at,
        "day": partial(day, zone=zone),
        "hour": partial(hour, zone=zone),
        "moment": partial(moment, zone=zone),
    }
    say = partial(RENDERER.text, **values)
    fields = {field: fit(field, say(source)) for field, source in found.wechat.fields.items()}
    return Template(
        title=say(found.title),
        text=say(found.text),
        icon=found.icon,
        link=say(found.link),
        wechat=WeChatTemplate(found.wechat.template, fields),
    )


def moment(when: datetime, zone: str = clock.HOSPITAL_ZONE) -> str:
    """``2026年11月24日 09:30``, the form the platform takes."""
    local = clock.local_time(when, zone)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
