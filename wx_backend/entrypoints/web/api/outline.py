"""The OpenAPI document as a page shows it: operations by slice, schemas as tables. Pure."""

from typing import Any

import msgspec

SLICES = {
    "live": "实时动态",
    "departments": "科室与医生",
    "schedules": "号源",
    "appointments": "预约与支付",
    "messages": "消息",
    "accounts": "登录",
    "patients": "就诊人",
}
"""Words for the slices; one without words stands under its own name."""


class Row(msgspec.Struct, frozen=True):
    """A field, parameter or answer: ``link`` names the schema it leads to."""

    name: str
    kind: str
    note: str = ""
    link: str = ""


class Operation(msgspec.Struct, frozen=True):
    """One method of one address."""

    method: str
    path: str
    summary: str
    open: bool
    permission: str
    takes: list[Row]
    answers: list[Row]


class Group(msgspec.Struct, frozen=True):
    title: str
    operations: list[Operation]


class Schema(msgspec.Struct, frozen=True):
    name: str
    about: str
    fields: list[Row]


def groups(document: dict[str, Any]) -> list[Group]:
    """Operations in the order of the document, by slice."""
    found: dict[str, list[Operation]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            found.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return [Group(SLICES.get(name, name), own) for name, own in found.items()]


def schemas(document: dict[str, Any]) -> list[Schema]:
    return [
        Schema(
            name,
            schema.get("description", ""),
            [_field(key, one, schema) for key, one in schema.get("properties", {}).items()],
        )
        for name, schema in sorted(document["components"]["schemas"].items())
    ]


def _operation(path: str, method: str, operation: dict[str, Any]) -> Operation:
    takes = [
        Row(one["name"], _kind(one["schema"]), _PLACES[one["in"]])
        for one in operation["parameters"]
    ]
    if body := operation.get("requestBody"):
        schema = body["content"]["application/json"]["schema"]
        takes.append(Row("（正文）", "JSON", link=_link(schema)))
    answers = [
        Row(status, answer["description"].replace("`", ""), link=_link(_content(answer)))
        for status, answer in operation["responses"].items()
    ]
    return Operation(
        method.upper(),
        path,
        operation["summary"],
        not operation["security"],
        operation.get("x-permission", ""),
        takes,
        answers,
    )


_PLACES = {"path": "地址", "query": "查询", "header": "请求头"}


def _field(name: str, schema: dict[str, Any], owner: dict[str, Any]) -> Row:
    note = "必填" if name in owner.get("required", []) else "可省"
    return Row(name, _kind(schema), note, _link(schema))


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " | ".join(map(_kind, schema["anyOf"]))
    if "$ref" in schema:
        return _link(schema)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = schema.get("format") or schema.get("type", "any")
    inner = schema.get("items")
    return f"{_kind(inner)}[]" if kind == "array" and inner else str(kind)


def _content(answer: dict[str, Any]) -> dict[str, Any]:
    return answer.get("content", {}).get("application/json", {}).get("schema", {})


def _link(schema: dict[str, Any]) -> str:
    for one in (schema, schema.get("items") or {}, *schema.get("anyOf", [])):
        if "$ref" in one:
            return one["$ref"].rpartition("/")[2]
    return ""
