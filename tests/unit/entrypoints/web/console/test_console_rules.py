"""The menu by role, and lists as files."""

from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

from wx_backend.entrypoints.web.console import exports, limits, menu
from wx_backend.entrypoints.web.console.routes import routes
from wx_backend.identity.staff.model import PERMISSIONS, ROLES
from wx_backend.records.reports.service import seed


def hrefs(*roles: str) -> list[str]:
    return [one.key for group in menu.seen_by(frozenset(roles)) for one in group.entries]


def test_each_role_sees_what_it_may_open():
    assert hrefs("audit_admin") == ["audit"]
    assert hrefs("security_admin") == ["staff"]
    assert hrefs("doctor") == [
        "today",
        "appointments",
        "waiting",
        "bookings",
        "schedules",
        "pools",
        "critical",
        "tasks",
        "rosters",
    ]
    assert hrefs() == []


def test_whoever_may_open_nothing_lands_on_their_own_page():
    assert menu.first(frozenset({"regulator"})) == menu.ME
    assert menu.first(frozenset({"finance"})) == "/console/tasks"


def test_an_entry_asks_for_what_its_page_asks_for():
    served = {pattern: handler.access for pattern, handler in routes}
    for group in menu.MENU:
        for entry in group.entries:
            assert entry.permission in PERMISSIONS
            assert served[entry.href].permission == entry.permission


def test_every_entry_is_seen_by_some_role():
    seen = {key for role in ROLES for key in hrefs(role)}
    assert seen == {one.key for group in menu.MENU for one in group.entries}


def test_a_spreadsheet_runs_nothing():
    made = exports.to_xlsx(
        ("姓名", "备注"), [("张*", "=1+1"), ("@x", -2), ("换\x01行", "x" * 40_000)]
    )
    sheet = load_workbook(BytesIO(made)).active
    cells = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]
    assert cells == [
        [("姓名", "s"), ("备注", "s")],
        [("张*", "s"), ("=1+1", "s")],
        [("@x", "s"), (-2, "n")],
        [("换 行", "s"), ("x" * exports.LONGEST, "s")],
    ]
    assert sheet["B2"].quotePrefix, "and stays text when somebody edits it"


def test_an_amount_is_a_number_with_two_decimals():
    made = exports.to_xlsx(("费用（元）",), [(exports.money(5000),), (exports.money(-105),)])
    cells = [row[0] for row in load_workbook(BytesIO(made)).active.iter_rows(min_row=2)]
    assert [(one.value, one.data_type, one.number_format) for one in cells] == [
        (50, "n", "0.00"), (-1.05, "n", "0.00")
    ]  # fmt: skip


def test_limits_are_said_in_words():
    rules = {rule.analyte: rule for rule in seed().rules}
    assert limits.of_band(rules["K"], "adult") == "< 2.8 或 > 6.2"
    assert limits.of_band(rules["TBIL"], "adult") == "—"
    assert limits.exceptions(rules["INR"]) == ["抗凝治疗中：婴儿、儿童、成人 > 5.0"]
    changed = limits.change(rules["K"], {"low_adult": "3.0", "enabled": "1"})
    assert changed.limits == {"adult": (Decimal("3.0"), None)}, "what is left empty alarms nobody"
    assert limits.differences(rules["K"], changed)[-1] == "成人 < 2.8 或 > 6.2 → < 3.0"


def test_a_long_list_comes_in_parts():
    assert exports.parts(0) == exports.parts(exports.MOST) == [(1, None)]
    assert exports.parts(exports.MOST + 1) == [(1, (1, 5000)), (2, (5001, 5001))]
