"""docs/payment-faults.md: each fault has tests that are there, for both platforms or a reason."""

import re
import subprocess
import sys

from tests.house.source import ROOT
from wx_backend.entrypoints.sandbox import faults as sandbox

PAGE = "docs/payment-faults.md"
ROW = re.compile(r"^\| (?P<fault>[^|]+) \| [^|]+ \|(?P<wechat>[^|]+)\|(?P<alipay>[^|]+)\|$", re.M)
NODE = re.compile(r"`(tests/[\w/]+\.py::[^`]+)`")
HEADS = ("fault", "---")
NONE = "none: "
OF_PAYMENTS = (
    sandbox.NOTIFY | sandbox.PAY | sandbox.REFUND | sandbox.BILL | sandbox.TRANSPORT
    | sandbox.REPLY | sandbox.PAY_DURING_CLOSE | sandbox.LATE_SUCCESS
)  # fmt: skip


def rows(page: str) -> list[tuple[str, str, str]]:
    """(fault, WeChat Pay's cell, Alipay's cell)."""
    found = [(row["fault"].strip("` "), row["wechat"], row["alipay"]) for row in ROW.finditer(page)]
    return [row for row in found if row[0] not in HEADS]


def wrong(page: str, there: frozenset[str]) -> list[str]:
    """What is wrong with the page, when ``there`` are the tests' node ids."""
    problems = []
    for fault, *cells in rows(page):
        for cell, other in zip(cells, ("alipay", "wechat_pay"), strict=True):
            named = NODE.findall(cell)
            if not named and not cell.strip().startswith(NONE):
                problems.append(f"{fault}: neither a test nor why there is none")
            problems += [f"{fault}: no {node}" for node in named if node not in there]
            problems += [f"{fault}: {node} is the other platform's" for node in named
                         if re.search(rf"[\[-]{other}[\]-]", node)]  # fmt: skip
    left_out = OF_PAYMENTS - {fault for fault, *_ in rows(page)}
    return [*problems, *(f"{fault}: left out" for fault in sorted(left_out))]


def collected(page: str) -> frozenset[str]:
    """Node ids of every test in the files that the page names, if this run is not of them all."""
    files = sorted({node.partition("::")[0] for node in NODE.findall(page)})
    ask = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*ask, *files], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return frozenset(done.stdout.splitlines())


def test_every_fault_of_a_payment_is_shown_on_both_platforms(request) -> None:
    page = (ROOT / PAGE).read_text("utf-8")
    ours = frozenset(item.nodeid for item in request.session.items)
    assert not wrong(page, ours) or wrong(page, collected(page)) == []
    assert len(rows(page)) > 40


def test_what_is_refused() -> None:
    ours = "tests/a.py::test_b[wechat_pay-html]"
    page = f"| `html` | shown | `{ours}` | none: no such thing |"
    left_out = [f"{fault}: left out" for fault in sorted(OF_PAYMENTS - {"html"})]
    assert wrong(page, frozenset([ours])) == left_out
    assert wrong(page, frozenset()) == [f"html: no {ours}", *left_out]
    assert wrong(page.replace("none: no", "no"), frozenset([ours])) == [
        "html: neither a test nor why there is none", *left_out
    ]  # fmt: skip
    other = page.replace("none: no such thing", f"`{ours}`")
    assert wrong(other, frozenset([ours])) == [
        f"html: {ours} is the other platform's", *left_out
    ]  # fmt: skip
