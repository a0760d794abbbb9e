"""The only home of Jinja2: pages and the words of messages.

Undefined names are errors, autoescaping is on, and files under ``static`` are addressed by content
hash so that they can be cached for ever.
"""

import datetime as dt
import gettext
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from wx_backend.base import clock, money
from wx_backend.base.words import Filled, Say, Several, as_written

WEEKDAYS = "一二三四五六日"
BREAK_BEFORE = ("内科", "外科", "医学科", "中心", "门诊")


def wbr(name: str) -> Markup:
    """A department's name with the places where a line may break."""
    text = str(escape(name))
    for word in BREAK_BEFORE:
        at = text.find(word)
        if at > 0:
            text = f"{text[:at]}<wbr>{text[at:]}"
            break
    return Markup(text)  # noqa: S704 - escaped above


def on(local: dt.date) -> str:
    """``11月24日``"""
    return f"{local.month}月{local.day}日"


def weekday(local: dt.date) -> str:
    """``周二``"""
    return f"周{WEEKDAYS[local.weekday()]}"


def dated(local: dt.date) -> str:
    """``11月24日 周二``"""
    return f"{on(local)} {weekday(local)}"


def date(moment: datetime, zone: str = clock.HOSPITAL_ZONE) -> str:
    """``11月24日`` in the hospital's zone."""
    return on(clock.local_time(moment, zone))


def day(moment: datetime, zone: str = clock.HOSPITAL_ZONE) -> str:
    """``11月24日 周二`` in the hospital's zone."""
    return dated(clock.local_time(moment, zone))


def english_on(local: dt.date) -> str:
    """``24 Nov``"""
    return f"{local.day} {local:%b}"


def english_weekday(local: dt.date) -> str:
    """``Tue``"""
    return f"{local:%a}"


def english_dated(local: dt.date) -> str:
    """``Tue 24 Nov``"""
    return f"{english_weekday(local)} {english_on(local)}"


def english_date(moment: datetime, zone: str = clock.HOSPITAL_ZONE) -> str:
    """``24 Nov`` in the hospital's zone."""
    return english_on(clock.local_time(moment, zone))


def english_day(moment: datetime, zone: str = clock.HOSPITAL_ZONE) -> str:
    """``Tue 24 Nov`` in the hospital's zone."""
    return english_dated(clock.local_time(moment, zone))


def hour(moment: datetime, zone: str = clock.HOSPITAL_ZONE) -> str:
    """``09:30`` in the hospital's zone."""
    return f"{clock.local_time(moment, zone):%H:%M}"


def second(moment: datetime, zone: str = clock.HOSPITAL_ZONE) -> str:
    """``09:30:05`` in the hospital's zone, for what is written down about an alert."""
    return f"{clock.local_time(moment, zone):%H:%M:%S}"


DATES: dict[str, dict[str, Callable[..., str]]] = {
    "zh_CN": {"on": on, "weekday": weekday, "dated": dated, "date": date, "day": day},
    "en_US": {
        "on": english_on,
        "weekday": english_weekday,
        "dated": english_dated,
        "date": english_date,
        "day": english_day,
    },
}
"""By locale: the filters that write a date."""


CATALOGUES = ("messages", "refusals", "bedside")
"""Looked through in this order, by every face."""


class Renderer:
    """Templates from ``template_dirs``; static files from ``static_dir`` by their manifest."""

    def __init__(
        self,
        template_dirs: list[Path],
        static_dir: Path | None = None,
        locale_dir: Path | None = None,
    ):
        self._hashes: dict[str, str] = {}
        self._texts: dict[str, jinja2.Template] = {}
        manifest = static_dir / "vendor" / "manifest.json" if static_dir else None
        if manifest and manifest.exists():
            self._hashes = json.loads(manifest.read_text())
        self._envs = {
            (locale, face): self._environment(template_dirs, words, DATES[locale])
            for (locale, face), words in {
                ("zh_CN", ""): gettext.NullTranslations(),
                ("en_US", ""): _translation(locale_dir, "en_US"),
                ("en_US", "console"): _translation(locale_dir, "en_US", "console"),
            }.items()
        }

    def _environment(
        self,
        template_dirs: list[Path],
        words: gettext.NullTranslations,
        dates: dict[str, Callable[..., str]],
    ) -> jinja2.Environment:
        """One environment a language, so that ``_`` is a global and imported macros have it too."""

        def say(text: str, /, **named: Any) -> str:
            if isinstance(text, Filled):
                return say(text.text, **text.named)
            if isinstance(text, Several):
                return say("；").join(map(say, text.texts))
            return as_written(words.gettext(text) if text else "", **named)

        def said(texts: Any) -> Any:
            """Names by key, pairs of both, or one text, in the reader's language."""
            if isinstance(texts, str):
                return say(texts)
            if isinstance(texts, Mapping):
                return {key: say(text) for key, text in texts.items()}
            return [(key, say(text)) for key, text in texts]

        env = jinja2.Environment(
            loader=jinja2.FileSystemLoader([str(path) for path in template_dirs]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        env.filters.update(yuan=money.yuan, wbr=wbr, hour=hour, second=second, said=said, **dates)
        env.globals.update(static_url=self.static_url, _=say)
        return env

    def static_url(self, path: str) -> str:
        """The address of a static file, with its content hash when the manifest has one."""
        version = self._hashes.get(path)
        return f"/static/{path}?v={version}" if version else f"/static/{path}"

    def page(self, template: str, locale: str = "zh_CN", **values: Any) -> str:
        """A rendered template."""
        face = template.partition("/")[0]
        return self._env(locale, face).get_template(template).render(locale=locale, **values)

    def say(self, locale: str, face: str = "") -> Say:
        """The templates' ``_`` for sentences that pages put together themselves."""
        return self._env(locale, face).globals["_"]

    def _env(self, locale: str, face: str) -> jinja2.Environment:
        """A face with a catalogue of its own says its own words first."""
        common = self._envs.get((locale, ""), self._envs["zh_CN", ""])
        return self._envs.get((locale, face), common)

    def text(self, source: str, **values: Any) -> str:
        """A short template given as text (one field of a message), unescaped."""
        return (
            self._env("zh_CN", "")
            .from_string("{% autoescape false %}" + source + "{% endautoescape %}")
            .render(**values)
        )


def _translation(locale_dir: Path | None, locale: str, *first: str) -> gettext.NullTranslations:
    """The catalogues, ``first`` before those that all faces share."""
    words = gettext.NullTranslations()
    if locale_dir is not None:
        for catalogue in (*first, *CATALOGUES):
            words.add_fallback(gettext.translation(catalogue, locale_dir, [locale], fallback=True))
    return words
