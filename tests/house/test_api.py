"""Every API method says what it takes and gives, and the code does just that."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Annotated

import msgspec

from tests.house import loaded
from wx_backend.base.api import Call, calls
from wx_backend.base.forms import Form
from wx_backend.base.handler import ApiHandler, public
from wx_backend.base.openapi import METHODS, api_routes, document, methods_of

OPEN = public("a handler of this test")


def undescribed(routes: list[tuple]) -> list[str]:
    """API methods without a description, and descriptions of methods that are not there."""
    return [
        f"{method.upper()} {pattern}"
        for pattern, handler, own in api_routes(routes)
        for method in METHODS
        if (method in own) != (method in handler.api)
    ]


def contradictions(routes: list[tuple]) -> list[str]:
    """Where a method reads or answers something else than it declares."""
    return [
        f"{method.upper()} {pattern} {problem}"
        for pattern, handler, own in api_routes(routes)
        for method in own
        if method in handler.api
        for problem in _contradictions(handler, method)
    ]


def _contradictions(handler: type[ApiHandler], method: str) -> Iterator[str]:
    declared, source = handler.api[method], _source(handler, method)
    for name, kind in (("form", declared.form), ("query", declared.query)):
        used = {ast.unparse(call.args[0]) for call in _calls(source, name)}
        if used != ({kind.__name__} if kind else set()):
            yield f"declares {name} {kind.__name__ if kind else None}, reads {sorted(used)}"
    if bool(_calls(source, "idempotency_key")) != declared.key:
        yield "and its declaration differ about the Idempotency-Key"
    given = {_status(call, 1, 200) for call in _calls(source, "answer")}
    given |= {_status(call, 0, 0) for call in _calls(source, "set_status")} - {304}
    if given and declared.status not in given:
        yield f"declares status {declared.status}, answers {sorted(given)}"
    if (declared.answer is None) != (declared.status == 204):
        yield "answers 204 exactly when it has no body"


def _source(handler: type[ApiHandler], method: str) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(getattr(handler, method))))


def _calls(source: ast.AST, name: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"self.{name}"
    ]


def _status(call: ast.Call, place: int, otherwise: int) -> int:
    return ast.literal_eval(call.args[place]) if len(call.args) > place else otherwise


def test_every_api_method_is_described() -> None:
    assert undescribed(loaded.routes()) == []


def test_what_is_described_is_what_the_code_does() -> None:
    assert contradictions(loaded.routes()) == []


def test_the_document_is_whole() -> None:
    made = document(loaded.routes(), "API", "1")
    described = {(path, method) for path, item in made["paths"].items() for method in item}
    assert len(described) == sum(len(own) for _, _, own in api_routes(loaded.routes()))
    ids = [one["operationId"] for item in made["paths"].values() for one in item.values()]
    assert len(set(ids)) == len(ids)
    text = msgspec.json.encode(made).decode()
    wanted = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted <= made["components"]["schemas"].keys()


def test_what_the_rules_refuse() -> None:
    class Name(Form):
        name: Annotated[str, msgspec.Meta(max_length=5)]

    class Other(Form):
        other: str

    class Silent(ApiHandler):
        access = OPEN

        def get(self) -> None:
            self.answer({})

    class Wrong(ApiHandler):
        access = OPEN
        api = calls(post=Call(does="建立", form=Other, answer=dict, status=200, key=True))

        def post(self) -> None:
            self.answer(self.form(Name), 201)

    class Right(ApiHandler):
        access = OPEN
        api = calls(post=Call(does="建立", form=Name, answer=dict, status=201))

        def post(self) -> None:
            self.answer(self.form(Name), 201)

    assert methods_of(Right) == ["post"]
    assert undescribed([("/api/v1/a", Silent), ("/a", Silent)]) == ["GET /api/v1/a"]
    assert contradictions([("/api/v1/a", Right)]) == []
    assert contradictions([("/api/v1/a", Wrong)]) == [
        "POST /api/v1/a declares form Other, reads ['Name']",
        "POST /api/v1/a and its declaration differ about the Idempotency-Key",
        "POST /api/v1/a declares status 200, answers [201]",
    ]
