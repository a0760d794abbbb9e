"""No stubs, no notes to self, no swallowed exceptions, no checks that cannot fail."""

import ast
import re
from collections.abc import Iterator

from tests.house.rule import Rule, each
from tests.house.source import Source, dotted

NOTE = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
EVERYTHING = ("Exception", "BaseException")
IMPORTERS = ("__import__", "importlib.import_module", "import_module")


def notes(source: Source) -> Iterator[str]:
    for line, text in source.comments:
        if found := NOTE.search(text):
            yield f"{source.path}:{line} says {found[0]}; do it or write it down as an issue"


def stubs(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and dotted(node) == "NotImplementedError":
            yield f"{source.path}:{node.lineno} is a stub (NotImplementedError)"


def swallowed(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield f"{source.path}:{node.lineno} catches everything without a name"
            elif all(_does_nothing(step) for step in node.body):
                yield f"{source.path}:{node.lineno} swallows {ast.unparse(node.type)}"
        elif isinstance(node, ast.Call) and dotted(node.func).endswith("suppress"):
            for given in node.args:
                if dotted(given) in EVERYTHING:
                    yield f"{source.path}:{node.lineno} swallows {dotted(given)}"


def _does_nothing(step: ast.stmt) -> bool:
    silent = isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant)
    return silent or isinstance(step, ast.Pass)


def idle_assertions(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.Assert) and _always_true(node.test):
            yield f"{source.path}:{node.lineno} asserts {ast.unparse(node.test)}, which cannot fail"


def _always_true(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(_always_true(part) for part in test.values)
    return bool(isinstance(test, ast.Tuple) and test.elts) or bool(
        isinstance(test, ast.Constant) and test.value
    )


def hidden_imports(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and dotted(node.func) in IMPORTERS:
            yield f"{source.path}:{node.lineno} imports by a text that no rule can read"


rules = [
    Rule(
        "no notes to self",
        each(notes),
        good={"booking/queue/model.py": "x = 1  # the todo list of a nurse"},
        bad={"booking/queue/model.py:2 says": {"booking/queue/model.py": "\nx = 1  # FIXME"}},
        everywhere=True,
    ),
    Rule(
        "no stubs",
        each(stubs),
        good={"booking/queue/model.py": "class Port(Protocol):\n    def call(self): ..."},
        bad={
            "booking/queue/model.py:2 is a stub": {
                "booking/queue/model.py": "def call():\n    raise NotImplementedError('later')",
            },
        },
    ),
    Rule(
        "no swallowed exceptions",
        each(swallowed),
        good={
            "booking/queue/service.py": "try:\n    call()\nexcept Gone:\n    log.info('gone')\n"
            "with suppress(Duplicate):\n    put()",
        },
        bad={
            "booking/queue/service.py:3 swallows Gone": {
                "booking/queue/service.py": "try:\n    call()\nexcept Gone:\n    pass",
            },
            "booking/queue/service.py:3 catches everything": {
                "booking/queue/service.py": "try:\n    call()\nexcept:\n    raise",
            },
            "booking/queue/service.py:1 swallows Exception": {
                "booking/queue/service.py": "with contextlib.suppress(Exception):\n    call()",
            },
        },
    ),
    Rule(
        "no assertion that cannot fail",
        each(idle_assertions),
        good={"tests/unit/test_x.py": "assert answer\nassert answer or other"},
        bad={
            "tests/unit/test_x.py:2 asserts": {
                "tests/unit/test_x.py": "assert answer\nassert answer or True",
            },
            "tests/unit/test_x.py:1 asserts ('wrong', answer)": {
                "tests/unit/test_x.py": "assert ('wrong', answer)",
            },
        },
        everywhere=True,
    ),
    Rule(
        "imports can be read",
        each(hidden_imports),
        good={"booking/queue/service.py": "import re"},
        bad={
            "imports by a text": {
                "booking/queue/service.py": "importlib.import_module('booking.' + name)",
            },
        },
    ),
]
