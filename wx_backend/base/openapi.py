"""The OpenAPI 3.1 document, made from what the handlers declare (``base/api.py``). Pure."""

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from wx_backend.base.api import Call
from wx_backend.base.errors import (
    AppError,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    TooMany,
)
from wx_backend.base.handler import ApiHandler

PREFIX = "/api/v1/"
METHODS = ("get", "post", "put", "patch", "delete")
GROUP = re.compile(r"\(((?:[^()]|\(\?:[^()]*\))*)\)")
REF = "#/components/schemas/{name}"


class ErrorShown(msgspec.Struct, frozen=True):
    """``code`` is stable, ``message`` is for people, ``data`` depends on the code."""

    code: str
    message: str
    data: dict[str, Any]
    trace: str


class ErrorBody(msgspec.Struct, frozen=True):
    """The one body of every refusal."""

    error: ErrorShown


SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "小程序登录后得到的凭证"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "session",
        "description": "网页会话；改动类请求须带 X-XSRFToken（同名 cookie 的值）",
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "同一次提交用同一个值，重试不会办两次；换了内容再用会被拒绝",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
}


def api_routes(routes: Iterable[tuple]) -> Iterator[tuple[str, type[ApiHandler], list[str]]]:
    """(pattern, handler, methods) of every address under ``/api/v1/``."""
    for pattern, handler, *_ in routes:
        if pattern.startswith(PREFIX):
            yield pattern, handler, methods_of(handler)


def methods_of(handler: type[ApiHandler]) -> list[str]:
    own = handler.methods()
    return [one for one in METHODS if one.upper() in own]


def document(routes: Iterable[tuple], title: str, version: str) -> dict[str, Any]:
    """The whole document.

    Raises:
        KeyError: a method of an API handler is not declared.
    """
    found = list(api_routes(routes))
    schemas = _schemas(handler.api[method] for _, handler, own in found for method in own)
    paths: dict[str, Any] = {}
    for pattern, handler, own in found:
        for method in own:
            path, arguments = _path(pattern, getattr(handler, method))
            paths.setdefault(path, {})[method] = _operation(handler, method, arguments, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": SECURITY},
    }


class _Schemas:
    """Schemas of all types by type, those with names as components."""

    def __init__(self, types: list[Any]):
        self._types = types
        found, self.components = msgspec.json.schema_components(types, ref_template=REF)
        self._found = list(found)

    def of(self, kind: Any) -> dict[str, Any]:
        return self._found[self._types.index(kind)]

    def fields_of(self, kind: Any) -> dict[str, Any]:
        """The component of a struct."""
        return self.components[self.of(kind)["$ref"].rpartition("/")[2]]


def _schemas(calls: Iterable[Call]) -> _Schemas:
    types: list[Any] = [ErrorBody]
    for call in calls:
        for kind in (call.query, call.form, call.answer):
            if kind is not None and kind not in types:
                types.append(kind)
    return _Schemas(types)


def _path(pattern: str, method: Any) -> tuple[str, list[dict[str, Any]]]:
    """The address with named places, and what may stand in them."""
    names = list(inspect.signature(method).parameters)[1:]
    groups = GROUP.findall(pattern)
    arguments = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{group.replace(BACKSLASH_W, WORD)}$"},
        }
        for name, group in zip(names, groups, strict=True)
    ]
    for name in names:
        pattern = GROUP.sub(f"{{{name}}}", pattern, count=1)
    return pattern, arguments


BACKSLASH_W, WORD = r"\w", "[A-Za-z0-9_]"


def _operation(
    handler: type[ApiHandler], method: str, arguments: list[dict], schemas: _Schemas
) -> dict[str, Any]:
    call = handler.api[method]
    parameters = [*arguments, *_query(call, schemas)]
    if call.key:
        parameters.append(IDEMPOTENCY_KEY)
    operation: dict[str, Any] = {
        "operationId": f"{_slice(handler)}.{handler.__name__}.{method}",
        "summary": call.does,
        "tags": [_slice(handler)],
        "parameters": parameters,
        "security": [] if handler.access.kind == "public" else [{"bearer": []}, {"session": []}],
        "responses": _responses(handler, method, bool(arguments), schemas),
    }
    if handler.access.permission:
        operation["x-permission"] = handler.access.permission
    if call.form is not None:
        operation["requestBody"] = {"required": True, "content": _json(schemas.of(call.form))}
    return operation


def _slice(handler: type[ApiHandler]) -> str:
    return handler.__module__.split(".")[-2]


def _query(call: Call, schemas: _Schemas) -> list[dict[str, Any]]:
    if call.query is None:
        return []
    described = schemas.fields_of(call.query)
    required = described.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in described["properties"].items()
    ]


def _responses(
    handler: type[ApiHandler], method: str, has_path: bool, schemas: _Schemas
) -> dict[str, Any]:
    call = handler.api[method]
    good: dict[str, Any] = {"description": "成功"}
    if call.answer is not None:
        good["content"] = _json(schemas.of(call.answer))
    by_status: dict[str, list[type[AppError]]] = {"400": [Invalid]}
    for error in [*_usual(handler, method, has_path), *call.refuses]:
        by_status.setdefault(str(error.status), []).append(error)
    by_status["5XX"] = [AppError, *by_status.pop("5XX", [])]
    return {
        str(call.status): good,
        **{status: _refusal(by_status[status], schemas) for status in sorted(by_status)},
    }


def _usual(handler: type[ApiHandler], method: str, has_path: bool) -> Iterator[type[AppError]]:
    """Refusals that follow from access and input."""
    call = handler.api[method]
    yield TooMany
    if handler.access.kind != "public":
        yield NotSignedIn
    if handler.access.kind != "public" or method != "get":
        yield Forbidden
    if has_path:
        yield NotFound
    if call.query or call.form or call.key:
        yield Invalid


def _refusal(errors: list[type[AppError]], schemas: _Schemas) -> dict[str, Any]:
    words = dict.fromkeys(f"`{error.code}` {error.message}" for error in errors)
    return {"description": "；".join(words), "content": _json(schemas.of(ErrorBody))}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
