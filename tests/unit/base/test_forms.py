"""Typed bodies: what is refused, in which words, at which field."""

from typing import Annotated, Literal

import pytest

from wx_backend.base.errors import Invalid
from wx_backend.base.forms import Form, Text, from_fields, from_json


class Sample(Form):
    name: Annotated[str, Text(min_length=2, max_length=5)]
    relation: Literal["SELF", "CHILD"] = "SELF"
    age: Annotated[int, Text(ge=0, le=150)] = 0
    agreed: bool = False


def refused(call, *args) -> dict:
    with pytest.raises(Invalid) as caught:
        call(*args, Sample)
    return caught.value.data["fields"]


def test_a_good_body_becomes_a_frozen_struct():
    form = from_json('{"name": "王建国", "age": 42}'.encode(), Sample)
    assert (form.name, form.age, form.relation) == ("王建国", 42, "SELF")
    with pytest.raises(AttributeError):
        form.name = "x"


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b"{}", "name", "请填写此项"),
        ('{"name": "王"}'.encode(), "name", "内容太短"),
        ('{"name": "王建国王建国"}'.encode(), "name", "内容太长"),
        ('{"name": "王建国", "role": "admin"}'.encode(), "role", "不支持的字段"),
        ('{"name": "王建国", "relation": "BOSS"}'.encode(), "relation", "请从给出的选项中选择"),
        ('{"name": "王建国", "age": 151}'.encode(), "age", "数值超出范围"),
        (b'{"name": 7}', "name", "类型不正确"),
    ],
)
def test_each_refusal_names_its_field(body, field, reason):
    assert refused(from_json, body) == {field: reason}


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"nope"])
def test_what_is_no_json_is_refused_in_words(body):
    with pytest.raises(Invalid, match="JSON"):
        from_json(body, Sample)


def test_a_form_of_a_page_is_read_leniently_and_its_transport_fields_are_not_its_own():
    fields = {
        "name": [" 王建国 ".encode()],
        "age": [b"42"],
        "agreed": [b"true"],
        "_xsrf": [b"x"],
        "idempotency_key": [b"y"],
        "relation": [b""],
    }
    assert from_fields(fields, Sample) == Sample(name="王建国", age=42, agreed=True)


def test_a_field_sent_twice_is_refused():
    assert refused(from_fields, {"name": [b"ab", b"cd"]}) == {"name": "重复的字段"}


def test_bytes_that_are_no_text_are_refused():
    assert refused(from_fields, {"name": [b"\xff\xfe"]}) == {"name": "编码不正确"}
