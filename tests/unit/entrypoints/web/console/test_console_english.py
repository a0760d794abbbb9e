"""The console says everything in English, too, to who has chosen it."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from booking.appointments.service import WISHES
from booking.prices import model as prices
from booking.restrictions.model import KINDS as RESTRICTIONS
from booking.schedules.model import POOLS, SESSIONS
from booking.stops.model import CHOICES, OUTCOMES
from notify.entrances import menus
from notify.outages.model import LABELS
from tests.helpers.catalogues import (
    bare,
    disagreeing,
    english,
    looked_up,
    refused,
    written,
)
from tests.house import loaded
from tests.unit.entrypoints.web.doctor.test_doctor_english import NAMES as BEDSIDE
from wx_backend.base.render import Renderer
from wx_backend.base.words import Filled, Several
from wx_backend.directory.settings.model import PARAMETERS
from wx_backend.entrypoints import interfaces, selftest
from wx_backend.entrypoints.interfaces.model import ALARMS
from wx_backend.entrypoints.web import console
from wx_backend.entrypoints.web.console import money
from wx_backend.entrypoints.web.console.pages.seals import FAULTS
from wx_backend.entrypoints.web.translations import compile_all
from wx_backend.identity.patients.model import PAPERS

CONSOLE = Path(console.__file__).parent
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))
FOR_PATIENTS = 'lang="zh-CN">'
"""Where a page becomes what is printed and handed to patients, which stays Chinese."""

NAMES = {
    *BEDSIDE,
    *ALARMS.values(),
    *CHOICES.values(),
    *FAULTS.values(),
    *LABELS.values(),
    *OUTCOMES.values(),
    *PAPERS.values(),
    *POOLS.values(),
    *RESTRICTIONS.values(),
    *SESSIONS.values(),
    *WISHES.values(),
    *money.STANDINGS.values(),
    *(one.meaning for one in PARAMETERS.values()),
}
"""Names of other floors that the pages show."""

FLOORS = ("booking", "notify", "wx_backend.identity", "wx_backend.records", "wx_backend.directory")
BELOW = ("errors", "forms", "handler", "idempotency", "money", "seals.checks")
"""Of the base floor: what refuses a member of staff something."""
SAYING = (selftest.__name__, menus.__name__, prices.__name__)
"""Modules that pages quote."""
TESTED = ("alipay", "wechat", "wechat_pay", "wecom")
"""Platforms whose keys test themselves."""


def sources(*names: str) -> Iterator[str]:
    """Of modules, and of what is below the packages among them."""
    for name in names:
        file = Path(importlib.import_module(name).__file__)
        files = file.parent.rglob("*.py") if file.name == "__init__.py" else [file]
        yield from (one.read_text("utf-8") for one in files)


def refusals() -> set[str]:
    """What a service may answer a member of staff who asks for something."""
    below = (f"wx_backend.base.{name}" for name in BELOW)
    said = set().union(*map(refused, sources(*FLOORS, *below)))
    return said | {
        error.message
        for error in loaded.errors()
        if error.__module__.startswith((*FLOORS, "wx_backend.gateways", interfaces.__name__))
    }


def said() -> set[str]:
    """Everything that the console may have to say in words of our own."""
    tests = (f"wx_backend.gateways.{name}.selftest" for name in TESTED)
    modules = set().union(*map(written, sources(console.__name__, *SAYING, *tests)))
    pages = set().union(*(looked_up(path.read_text("utf-8")) for path in TEMPLATES))
    return NAMES | modules | refusals() | pages


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_nothing_on_a_page_is_in_chinese_only(template: Path) -> None:
    page, printed, _ = template.read_text("utf-8").partition(FOR_PATIENTS)
    assert bare(page + ("{% endblock %}" if printed else "")) == []


def test_all_that_is_said_has_english_with_the_same_places() -> None:
    own, needed = english("console"), said()
    assert needed - english().keys() == set()
    assert own.keys() - needed == set(), "nobody says this any more"
    assert disagreeing(own) == []


def test_a_face_says_its_own_words_first_and_what_was_filled_in_is_said_anew(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "en_US" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    words = {
        "messages": {"支付": "pay", "停诊": "Stopped"},
        "console": {"支付": "Payments", "“%(text)s”不是数值": "%(text)s is no number"},
    }
    for name, texts in words.items():
        lines = (f'msgid "{one}"\nmsgstr "{text}"\n' for one, text in texts.items())
        (folder / f"{name}.po").write_text("\n".join(lines), "utf-8")
    compile_all(tmp_path)
    renderer = Renderer([], locale_dir=tmp_path)
    number = Filled("“%(text)s”不是数值", text="x")
    assert Several([number, "停诊"]) == "“x”不是数值；停诊"
    assert renderer.say("zh_CN", "console")(number) == number
    say = renderer.say("en_US", "console")
    assert (say("支付"), say("停诊")) == ("Payments", "Stopped")
    assert say(Several([number, "停诊"])) == "x is no number；Stopped"
    assert renderer.say("en_US")("支付") == renderer.say("en_US", "h5")("支付") == "pay"
