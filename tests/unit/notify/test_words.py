"""Every row of the catalogue renders from its event's example, and says nothing it must not."""

import re
from datetime import UTC, datetime

import msgspec
import pytest

from notify.messages import cards, words
from notify.messages.catalogue import CATALOGUE, GREYED, ROWS, TOLD, Silent
from notify.messages.model import CHANNELS, WECHAT, WECOM
from tests.helpers.message_docs import PAGE, page
from wx_backend.base.events import Event
from wx_backend.directory.settings.model import PARAMETERS
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.sandbox import template_rules
from wx_backend.entrypoints.sandbox.wecom import message_rules
from wx_backend.gateways.wecom.cards import template_card

KINDS = {kind.name: kind for kind in wiring.events()}
PLATFORM = {template.name: template for template in template_rules.load().values()}
PATIENTS_TOLD = sorted(name for name, row in TOLD.items() if WECHAT in row.channels)
STAFF_TOLD = sorted(name for name, row in TOLD.items() if WECOM in row.channels)
CLINICAL = re.compile("诊断|病情|结果|阳性|阴性|症状|化验|报告")


def event_of(name: str, **changed) -> Event:
    kind = KINDS[name]
    return Event(
        id="e:1:0", type=name, v=kind.version, at=datetime(2026, 11, 20, 16, 30, tzinfo=UTC),
        inst="ins1", subject="e", actor="system:system", trace="tr",
        data={**kind.example, **changed},
    )  # fmt: skip


def stored(name: str, event: Event, widened: bool) -> dict:
    """A message of it as it is kept."""
    written = words.write(TOLD[name].template, event, widened=widened)
    return {**msgspec.to_builtins(written), "_id": "msg0"}


def test_no_event_has_two_rows():
    assert len(ROWS) == len(CATALOGUE)


def test_every_event_has_a_row():
    assert KINDS.keys() - ROWS.keys() == set()
    assert ROWS.keys() - KINDS.keys() == set()


@pytest.mark.parametrize("row", [row for row in CATALOGUE if isinstance(row, Silent)], ids=str)
def test_silence_has_a_reason(row):
    assert len(row.reason) > 10


@pytest.mark.parametrize("name", PATIENTS_TOLD)
def test_its_words_render_and_the_platform_accepts_them(name):
    written = words.write(TOLD[name].template, event_of(name))
    platform = PLATFORM[written.wechat.template]
    data = {field: {"value": value} for field, value in written.wechat.fields.items()}
    assert template_rules.wrong_field(platform, data) is None
    assert data.keys() == platform.fields.keys()


@pytest.mark.parametrize("name", sorted(TOLD))
def test_it_has_words_for_each_of_its_channels_and_for_the_message_centre(name):
    row = TOLD[name]
    written = words.write(row.template, event_of(name))
    assert written.title
    assert len(written.text) <= 200
    assert set(row.channels) <= set(CHANNELS)
    assert {WECHAT: written.wechat, WECOM: written.wecom}[row.channels[0]]
    assert row.audience in KINDS[name].example
    assert not row.widened_by or row.widened_by in PARAMETERS


@pytest.mark.parametrize("name", STAFF_TOLD)
@pytest.mark.parametrize("widened", [False, True])
def test_the_platform_accepts_its_card(name, widened):
    event = event_of(name, choices=["请选择", "2.6", "2.9"])
    card = template_card(cards.card_of(stored(name, event, widened), "http://127.0.0.1"))
    message_rules.card(card)


@pytest.mark.parametrize("name", STAFF_TOLD)
def test_a_card_shows_a_value_only_when_the_hospital_has_widened_it(name):
    event = event_of(name, value="2.61", unit="mmol/L", choices=["请选择", "2.61"])
    narrow, wide = (
        str(template_card(cards.card_of(stored(name, event, widened), "")))
        for widened in (False, True)
    )
    assert "2.61" not in narrow and "mmol" not in narrow
    assert "button_selection" not in narrow
    if TOLD[name].many:
        assert "2.61 mmol/L" in wide and "button_selection" in wide


def test_a_result_too_long_for_the_list_is_read_back_on_the_page():
    event = event_of("critical.raised", choices=["请选择", "革兰阴性杆菌，疑似肺炎克雷伯菌生长"])
    assert stored("critical.raised", event, widened=True)["wecom"]["choice"] is None


def test_several_alerts_are_one_card_that_opens_the_list():
    docs = tuple({"_id": f"msg{n}", "many": TOLD["critical.raised"].many} for n in range(12))
    card = cards.many_of(docs, "http://127.0.0.1")
    message_rules.card(template_card(card))
    assert card.title == "您有 12 条危急值待处理"
    assert (card.url, card.buttons) == ("http://127.0.0.1/doctor/alerts", ())
    assert cards.many_of(docs[:11], "").task_id != card.task_id


@pytest.mark.parametrize("name", sorted(GREYED))
def test_what_a_card_becomes_is_short(name):
    assert 0 < len(words.phrase(GREYED[name], event_of(name))) <= 12


@pytest.mark.parametrize("name", PATIENTS_TOLD)
def test_it_says_nothing_clinical(name):
    written = words.write(TOLD[name].template, event_of(name))
    said = [written.title, written.text, *written.wechat.fields.values()]
    assert not CLINICAL.search(" ".join(said))


@pytest.mark.parametrize("path", sorted(words.FOLDER.iterdir()), ids=lambda path: path.stem)
def test_every_template_is_used(path):
    assert path.stem in {used for row in TOLD.values() for used in (row.template, row.many)}


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        ("appointment.cancelled", {"by": "patient", "refund_fen": 0}, "的预约已取消"),
        (
            "appointment.cancelled",
            {"by": "hospital"},
            "由医院取消，¥50.00 将原路退回",
        ),
        ("appointment.reseated", {"moved": True}, "已为您改到 11月24日"),
        ("appointment.reseated", {"moved": False}, "已为您保留 11月24日"),
        ("appointment.unseated", {"refund_fen": 1050}, "¥10.50 将原路退回"),
    ],
)
def test_the_words_follow_the_data(name, changed, said):
    assert said in words.write(TOLD[name].template, event_of(name, **changed)).text


def test_times_are_those_of_the_hospital_s_wall_clock():
    booked = TOLD["appointment.booked"].template
    late = event_of("appointment.booked", starts_at=datetime(2026, 12, 31, 16, 5, tzinfo=UTC))
    assert words.write(booked, late).wechat.fields["time4"] == "2027年1月1日 00:05"
    there = words.write(booked, late, "Asia/Urumqi")
    assert there.wechat.fields["time4"] == "2026年12月31日 22:05"
    assert "12月31日 周四 22:05" in there.text


def test_names_with_markup_or_braces_are_only_text():
    written = words.write(
        TOLD["appointment.booked"].template,
        event_of("appointment.booked", doctor="{{ 7*7 }}<b>", patient="O'*"),
    )
    assert "{{ 7*7 }}<b>" in written.text
    assert written.wechat.fields["thing1"] == "O'*"


def test_the_documentation_shows_the_catalogue():
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.helpers.message_docs"
