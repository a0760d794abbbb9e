import msgspec
import pytest

from wx_backend.base.errors import Invalid
from wx_backend.base.idempotency import key_id, request_hash


class Book(msgspec.Struct):
    slot: str
    patient: str


class Cancel(msgspec.Struct):
    slot: str
    patient: str


def test_the_same_command_has_the_same_hash_in_any_order():
    assert request_hash({"a": 1, "b": [2]}) == request_hash({"b": [2], "a": 1})
    assert request_hash(Book("s", "p")) == request_hash(Book("s", "p"))


def test_another_value_or_another_command_has_another_hash():
    hashes = {request_hash(c) for c in (Book("s", "p"), Book("s", "q"), Cancel("s", "p"))}
    assert len(hashes) == 3


def test_a_key_belongs_to_its_account():
    assert key_id("acc1", "12345678") == key_id("acc1", "12345678")
    assert key_id("acc1", "12345678") != key_id("acc2", "12345678")


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "with space", "十二三四五六七八"])
def test_an_unusable_key_is_invalid(key):
    with pytest.raises(Invalid) as refused:
        key_id("acc1", key)
    assert "idempotency_key" in refused.value.data["fields"]
