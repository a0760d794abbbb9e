"""Every row of the catalogue renders from its event's example, and says nothing it must not."""

import re
from datetime import UTC, datetime

import pytest

from notify.messages import words
from notify.messages.catalogue import CATALOGUE, ROWS, TOLD, Silent
from notify.messages.model import CHANNELS, WECHAT
from tests.helpers.message_docs import PAGE, page
from wx_backend.base.events import Event
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.sandbox import template_rules

KINDS = {kind.name: kind for kind in wiring.events()}
PLATFORM = {template.name: template for template in template_rules.load().values()}
CLINICAL = re.compile("诊断|病情|结果|阳性|阴性|症状|化验|报告")


def event_of(name: str, **changed) -> Event:
    kind = KINDS[name]
    return Event(
        id="e:1:0", type=name, v=kind.version, at=datetime(2026, 11, 20, 16, 30, tzinfo=UTC),
        inst="ins1", subject="e", actor="system:system", trace="tr",
        data={**kind.example, **changed},
    )  # fmt: skip


def test_no_event_has_two_rows():
    assert len(ROWS) == len(CATALOGUE)


def test_every_event_has_a_row():
    assert KINDS.keys() - ROWS.keys() == set()
    assert ROWS.keys() - KINDS.keys() == set()


@pytest.mark.parametrize("row", [row for row in CATALOGUE if isinstance(row, Silent)], ids=str)
def test_silence_has_a_reason(row):
    assert len(row.reason) > 10


@pytest.mark.parametrize("name", sorted(TOLD))
def test_its_words_render_and_the_platform_accepts_them(name):
    row = TOLD[name]
    written = words.write(row.template, event_of(name))
    platform = PLATFORM[written.wechat.template]
    data = {field: {"value": value} for field, value in written.wechat.fields.items()}
    assert template_rules.wrong_field(platform, data) is None
    assert data.keys() == platform.fields.keys()
    assert written.title
    assert len(written.text) <= 200
    assert set(row.channels) <= set(CHANNELS)
    assert row.audience in KINDS[name].example


@pytest.mark.parametrize("name", sorted(TOLD))
def test_it_says_nothing_clinical(name):
    written = words.write(TOLD[name].template, event_of(name))
    said = [written.title, written.text, *written.wechat.fields.values()]
    assert not CLINICAL.search(" ".join(said))


@pytest.mark.parametrize("path", sorted(words.FOLDER.iterdir()), ids=lambda path: path.stem)
def test_every_template_is_used(path):
    assert path.stem in {row.template for row in TOLD.values()}


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
