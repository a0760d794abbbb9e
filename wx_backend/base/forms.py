"""Typed request bodies: unknown fields are refused, and every refusal names its field in Chinese.

A form is a frozen struct::

    class AddPatient(Form):
        name: Annotated[str, Text(min_length=2, max_length=30)]
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from wx_backend.base.errors import Invalid


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every request body."""


F = TypeVar("F", bound=Form)
Text = msgspec.Meta

RESERVED = {"_xsrf", "idempotency_key"}
"""Fields of an HTML form that belong to the transport, not to the command."""

REASONS = (
    (re.compile(r"missing required field `(\w+)`"), "请填写此项"),
    (re.compile(r"unknown field `(\w+)`"), "不支持的字段"),
    (re.compile(r"length >= "), "内容太短"),
    (re.compile(r"length <= "), "内容太长"),
    (re.compile(r"matching regex"), "格式不正确"),
    (re.compile(r"Invalid enum value"), "请从给出的选项中选择"),
    (re.compile(r">= |<= "), "数值超出范围"),
)
PATH = re.compile(r"at `\$\.?([\w.\[\]]*)`")


def from_json(raw: bytes, form: type[F]) -> F:
    """Raises Invalid, with the field and the reason."""
    try:
        return msgspec.json.decode(raw or b"{}", type=form)
    except msgspec.ValidationError as error:
        raise _invalid(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Invalid("请求内容不是有效的 JSON") from None


def from_fields(fields: dict[str, list[bytes]], form: type[F]) -> F:
    """The body of an HTML form, or a query string; blanks count as absent.

    Raises:
        Invalid: with the field and the reason; also for a field sent twice.
    """
    values: dict[str, Any] = {}
    for name, given in fields.items():
        if name in RESERVED:
            continue
        if len(given) > 1:
            raise Invalid(fields={name: "重复的字段"})
        try:
            text = given[0].decode().strip()
        except UnicodeDecodeError:
            raise Invalid(fields={name: "编码不正确"}) from None
        if text:
            values[name] = text
    try:
        return msgspec.convert(values, form, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(error) from None


def together(*checks: Callable[[], Any]) -> list[Any]:
    """The results of all checks, so that a person is told of every wrong field at once.

    Raises:
        Invalid: with the fields of every check that raised it.
    """
    results, wrong = [], {}
    for check in checks:
        try:
            results.append(check())
        except Invalid as error:
            wrong.update(error.data.get("fields", {}))
    if wrong:
        raise Invalid(fields=wrong)
    return results


def _invalid(error: msgspec.ValidationError) -> Invalid:
    text = str(error)
    path = PATH.search(text)
    field = path.group(1) if path else ""
    for pattern, reason in REASONS:
        if match := pattern.search(text):
            if match.groups():
                field = ".".join(part for part in (field, match.group(1)) if part)
            return Invalid(fields={field: reason})
    return Invalid(fields={field: "类型不正确"})
