"""What is tracked was written by hand, and tells nothing about the machine it was written on."""

import re

from tests.house.source import ROOT, git, tracked

TRACES = {
    "a path of one machine": r"(?<![\w.])/(?:[r]oot|[w]ork|[h]ome/\w+|[U]sers/\w+)/\w",
    "a package registry": r"[p]ypi\.org|[p]ythonhosted|registry\.[n]pmjs|[n]pmmirror|[a]rtifactory",
    "a private key": r"-----[B]EGIN (?:\w+ )?PRIVATE KEY-----",
}
"""A letter in brackets keeps a pattern from finding itself."""


def problems(path: str, text: str) -> list[str]:
    return [
        f"{path}:{number} names {what}: {found[0]}"
        for what, pattern in TRACES.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (found := re.search(pattern, line))
    ]


def test_no_file_names_a_machine() -> None:
    found = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            found += problems(path, content.decode("utf-8"))
    assert found == []


def test_nothing_that_is_made_is_tracked() -> None:
    assert git("ls-files", "--cached", "--ignored", "--exclude-standard") == []


def test_what_the_rule_refuses() -> None:
    root, registry, key = (
        "/" + "root/x",
        "https://" + "pypi" + ".org",
        "-----" + "BEGIN PRIVATE KEY-----",
    )
    assert problems("a.py", "see docs/home/page and /cb/wechat") == []
    assert problems("a.py", f"\n{root}") == [f"a.py:2 names a path of one machine: {root}"]
    assert problems("a.py", registry) == [f"a.py:1 names a package registry: {registry[8:]}"]
    assert problems("a.py", key) == [f"a.py:1 names a private key: {key}"]
