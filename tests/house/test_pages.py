"""The documentation says what the program does; script/docs writes it."""

from pathlib import Path

import pytest

from tests.house.pages import book
from tests.house.pages.table import table
from wx_backend.base import settings


def test_no_page_is_stale() -> None:
    found = book.stale()
    assert not found, f"run script/docs: {', '.join(found)} would be written differently now"


def test_a_page_that_says_something_else_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "ROOT", tmp_path)
    monkeypatch.setattr(book, "PAGES", {"a.md": lambda: "new\n", "b.md": lambda: "same\n"})
    (tmp_path / "a.md").write_text("old\n")
    (tmp_path / "b.md").write_text("same\n")
    assert book.stale() == ["a.md"]
    assert book.write() == ["a.md"]
    assert book.stale() == []


def test_every_setting_says_what_it_is_for() -> None:
    rows = settings.describe()
    assert rows
    assert [name for name, _, _, meaning in rows if not meaning.endswith((".", "…"))] == []


def test_a_cell_does_not_break_its_table() -> None:
    assert table(["a"], [["x | ``y``\n z"]]) == "| a |\n| --- |\n| x \\| `y` z |\n\n"
