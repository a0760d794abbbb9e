"""The product's source as the rules read it: parsed once, never imported."""

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGES = ("wx_backend", "notify", "booking", "referral_guide", "doctor_bot")
"""The product; everything else in the repository serves it."""


class Import(NamedTuple):
    """One imported name, as a dotted address: ``from a.b import c`` is ``a.b.c``."""

    line: int
    target: str
    for_types: bool
    """Only under ``if TYPE_CHECKING:``."""

    @property
    def library(self) -> str:
        return self.target.partition(".")[0]


class Source:
    """One Python file. ``path`` is relative to the repository and uses ``/``."""

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def module(self) -> str:
        """Dotted name; a package is named without ``__init__``."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def imports(self) -> list[Import]:
        typing_only = {
            inner
            for node in self.nodes
            if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
            for inner in ast.walk(node)
        }
        return [
            Import(node.lineno, target, node in typing_only)
            for node in self.nodes
            for target in self._targets(node)
        ]

    def _targets(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = node.module or ""
            if node.level:
                base = self.module.split(".")
                up = node.level - self.path.endswith("__init__.py")
                parent = ".".join([*base[: len(base) - up], *filter(None, [parent])])
            yield from (f"{parent}.{name.name}" for name in node.names)

    @cached_property
    def constants(self) -> list[ast.Constant]:
        """String constants that the program uses: docstrings are left out."""
        prose = {
            id(node.value)
            for node in self.nodes
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        return [
            node
            for node in self.nodes
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in prose
        ]

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """(line, text with its ``#``)."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(one.start[0], one.string) for one in tokens if one.type == tokenize.COMMENT]


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of a name or attribute; empty for anything else."""
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return node.id if isinstance(node, ast.Name) else ""


def git(*arguments: str) -> list[str]:
    """The lines that git answers with."""
    told = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return told.stdout.splitlines()


def tracked() -> list[str]:
    """Files that are, or are about to be, in the repository: what git tracks or does not ignore."""
    listed = git("ls-files", "--cached", "--others", "--exclude-standard")
    return sorted(path for path in set(listed) if (ROOT / path).is_file())


def read(path: str) -> Source:
    return Source(path, (ROOT / path).read_text("utf-8"))


def product() -> list[Source]:
    """Every Python file of the product."""
    return [
        source for source in python() if source.path.startswith(tuple(f"{p}/" for p in PACKAGES))
    ]


@cache
def python() -> list[Source]:
    """Every Python file of the repository."""
    return [read(path) for path in tracked() if path.endswith(".py")]
