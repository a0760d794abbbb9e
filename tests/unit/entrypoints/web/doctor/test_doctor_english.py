"""The bedside pages say everything in English, too, to who has chosen it."""

from datetime import timedelta
from pathlib import Path

import pytest

from notify.critical import access, service
from notify.critical import model as critical
from notify.critical.areas import AREAS
from notify.critical.raising import CORRECTED, REPLACED
from notify.critical.readback import NEUTRAL
from tests.helpers.catalogues import bare, disagreeing, english, refused, written
from tests.unit.entrypoints.web.doctor.test_doctor_words import ALERT, NOW
from wx_backend.base.words import as_written
from wx_backend.entrypoints.web import alert_acts, staff_page
from wx_backend.entrypoints.web.doctor import words
from wx_backend.identity.rosters.model import DUTIES
from wx_backend.identity.staff.model import ROLES
from wx_backend.identity.worklist import service as worklist
from wx_backend.identity.worklist.model import KINDS, PRIORITIES
from wx_backend.records.reports import access as reports
from wx_backend.records.reports.model import STATUSES

DOCTOR = Path(words.__file__).parent
TEMPLATES = sorted((DOCTOR / "templates").rglob("*.html"))
MODULES = [*DOCTOR.rglob("*.py"), Path(alert_acts.__file__), Path(staff_page.__file__)]
ASKED = [Path(one.__file__) for one in (access, service, critical, worklist, reports)]
"""Modules whose refusals reach the pages in words of their own."""
NAMES = {
    *critical.STATES.values(),
    *critical.SEATS.values(),
    *critical.MEASURES.values(),
    *critical.HOWS.values(),
    *critical.OUTCOMES.values(),
    *AREAS.values(),
    *DUTIES.values(),
    *STATUSES.values(),
    *PRIORITIES.values(),
    *(role.name for role in ROLES.values()),
    *(kind.name for kind in KINDS.values()),
    *(CORRECTED, REPLACED, NEUTRAL, "全院"),
}
"""Names of other floors that the pages show."""


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_nothing_on_a_page_is_in_chinese_only(template: Path) -> None:
    assert bare(template.read_text("utf-8")) == []


def test_what_the_rule_finds() -> None:
    assert bare("<b>值班</b>{{ '（我）' if x }}") == ["<b>值班</b>", "（我）"]
    assert bare("{{ _('值班') }}{# 值班 #}{{ _('%(n)s 条', n=1) }}") == []
    assert written('"""值班"""\nX = f"{1} 条"\n') == {" 条"}
    assert refused('raise Invalid(fields={"a": "请填写"})\nX = "值班"\n') == {"请填写"}


def test_what_pages_put_together_has_english_with_the_same_places() -> None:
    said = NAMES.union(*(written(path.read_text("utf-8")) for path in MODULES))
    own, known = english("bedside"), english("bedside", "messages", "refusals")
    assert said - known.keys() == set()
    assert own.keys() - said == set(), "nobody says this any more"
    assert (
        set().union(*(refused(path.read_text("utf-8")) for path in ASKED)) - known.keys() == set()
    )
    assert disagreeing(own) == []


def test_an_alert_in_english() -> None:
    known = english("bedside", "messages")

    def say(text: str, **named: object) -> str:
        return as_written(known[text], **named)

    assert words.waits(ALERT, say) == "To be acknowledged"
    assert words.place(ALERT, {"W03": "CCU"}, say) == "CCU, bed 12"
    assert words.limits(ALERT, say) == "critical < 2.8 or > 6.2"
    assert words.person(ALERT, NOW.date(), say) == "Female 66 y"
    assert words.clock(NOW + timedelta(minutes=61), NOW, say).words == "1 h 1 min left"
    assert words.gap("duty_nurse:nobody_on_duty", say) == "Nurse on duty: nobody on duty"
