"""The documentation shows the roles that the program judges by."""

from pathlib import Path

from wx_backend.identity.staff.table import markdown

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


def test_the_page_is_what_the_program_judges_by():
    assert PAGE.read_text("utf-8") == markdown(), (
        "run: python -m wx_backend.identity.staff.table > docs/permissions.md"
    )
