"""Where Chinese is written, and its English as the catalogues have it."""

import ast
import re

import jinja2
from babel.messages.pofile import read_po
from jinja2 import nodes

from wx_backend.entrypoints.web.translations import LOCALE

ENGLISH = LOCALE / "en_US" / "LC_MESSAGES"
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
PLACE = re.compile(r"%(?:\(\w+\)s|%)")
OTHER_LANGUAGE = "中文"
"""The switch is labelled in the language that it leads to."""


def english(*names: str) -> dict[str, str]:
    """By Chinese text, of these catalogues; of all without a name."""
    found = {}
    for name in names or sorted(file.stem for file in ENGLISH.glob("*.po")):
        with (ENGLISH / f"{name}.po").open("rb") as file:
            found |= {one.id: one.string for one in read_po(file, locale="en_US") if one.id}
    return found


def disagreeing(catalogue: dict[str, str]) -> list[str]:
    """Texts without words of English, or with other places to fill in."""
    return [
        chinese
        for chinese, text in catalogue.items()
        if not text.strip()
        or CHINESE.search(text)
        or sorted(PLACE.findall(text)) != sorted(PLACE.findall(chinese))
    ]


def looked_up(template: str) -> set[str]:
    """Texts that a template hands to ``_``."""
    return {str(one.value) for one in _handed(_parsed(template))}


def bare(template: str) -> list[str]:
    """Chinese of a template that is not looked up by ``_``."""
    tree = _parsed(template)
    handed = {id(one) for one in _handed(tree)}
    texts = [one.data for one in tree.find_all(nodes.TemplateData)]
    texts += [str(one.value) for one in tree.find_all(nodes.Const) if id(one) not in handed]
    return [one for one in texts if CHINESE.search(one) and one != OTHER_LANGUAGE]


def written(source: str) -> set[str]:
    """Chinese strings of a module; docstrings are for its readers."""
    tree = ast.parse(source)
    docs = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    return {text for text, key in chinese(tree) if key not in docs}


def refused(source: str) -> set[str]:
    """Chinese strings of what a module raises, and of what it fills in for that."""
    found = ast.walk(ast.parse(source))
    raised = (one for one in found if isinstance(one, ast.Raise) or _filled(one))
    return {text for one in raised for text, _ in chinese(one)}


def _filled(node: ast.AST) -> bool:
    """``Filled(…)``, or the words that it is given by name."""
    if isinstance(node, ast.Assign):
        return (
            isinstance(node.value, ast.Constant) and PLACE.search(str(node.value.value)) is not None
        )
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Filled"


def _parsed(template: str) -> nodes.Template:
    return jinja2.Environment(autoescape=True).parse(template)


def _handed(tree: nodes.Template) -> list[nodes.Const]:
    calls = tree.find_all(nodes.Call)
    asked = (one for one in calls if isinstance(one.node, nodes.Name) and one.node.name == "_")
    return [one.args[0] for one in asked if isinstance(one.args[0], nodes.Const)]


def chinese(tree: ast.AST) -> list[tuple[str, int]]:
    """Every Chinese string below a node, with its identity."""
    texts = (one for one in ast.walk(tree) if isinstance(one, ast.Constant))
    return [(one.value, id(one)) for one in texts if CHINESE.search(str(one.value))]
