"""docs/security.md: every row names a test that is there, or says that it is not met."""

import re
from pathlib import Path

from tests.house.source import ROOT

ROW = re.compile(r"^\| (?P<number>V\d+\.\d+\.\d+) \|(?P<rest>.*)\|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
NOT_MET = "not met: "


def faults(page: str, root: Path = ROOT) -> list[str]:
    """What is wrong with the page's rows."""
    wrong, numbers = [], []
    for row in ROW.finditer(page):
        number, cells = row["number"], row["rest"].split(" | ")
        numbers.append(number)
        named = TEST.findall(cells[-1])
        if len(cells) != 3:
            wrong.append(f"{number}: {len(cells)} cells")
        elif not named and not cells[-1].strip().startswith(NOT_MET):
            wrong.append(f"{number}: neither a test nor what is not met")
        wrong += [f"{number}: no {path}::{name}" for path, name in named
                  if not _there(root / path, name)]  # fmt: skip
    wrong += [f"{one}: twice" for one in sorted({n for n in numbers if numbers.count(n) > 1})]
    return wrong


def _there(file: Path, name: str) -> bool:
    return file.exists() and bool(re.search(rf"\bdef {name}\(", file.read_text("utf-8")))


def test_every_row_is_shown_or_admitted():
    page = (ROOT / "docs/security.md").read_text("utf-8")
    assert faults(page) == []
    assert len(ROW.findall(page)) > 80


def test_what_is_refused():
    own = "`tests/house/test_security.py::test_what_is_refused`"
    assert faults(f"| V1.1.1 | wanted | so | {own} |") == []
    assert faults("| V1.1.1 | wanted | so | not met: nobody has looked |") == []
    assert faults("| V1.1.1 | wanted | so | of course |") == [
        "V1.1.1: neither a test nor what is not met"
    ]
    gone = own.replace("what", "which")
    [found] = faults(f"| V1.1.1 | wanted | so | {gone} |")
    assert found.startswith("V1.1.1: no tests/house/test_security.py::")
    assert faults(f"| V1.1.1 | wanted | {own} |") == ["V1.1.1: 2 cells"]
    assert faults(f"| V1.1.1 | a | b | {own} |\n" * 2) == ["V1.1.1: twice"]
