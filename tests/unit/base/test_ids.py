import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.base import ids

SHAPE = re.compile(r"[a-z]{1,6}[0-9a-hjkmnp-tv-z]{26}")


def test_new_ids_have_the_shape_and_do_not_repeat():
    made = {ids.new("apt") for _ in range(1000)}
    assert len(made) == 1000
    assert all(SHAPE.fullmatch(one) and len(one) <= 32 for one in made)


def test_every_character_of_the_alphabet_is_used_in_every_place():
    made = [ids.new("x")[1:] for _ in range(2000)]
    assert all({one[place] for one in made} == set(ids.ALPHABET) for place in range(26))


def test_derive_is_deterministic_and_stays_what_it_is():
    assert ids.derive("pay", "acc1", "key1") == ids.derive("pay", "acc1", "key1")
    assert ids.derive("pay", "a", 1) == "pay" + ids.derive("pay", "a", "1")[3:]
    assert SHAPE.fullmatch(ids.derive("refund", ""))


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_different_parts_give_different_ids(one, other):
    assert (ids.derive("x", *one) == ids.derive("x", *other)) == (one == other)


def test_stored_ids_never_change_with_the_code():
    assert ids.derive("apt", "acc", "键", 7) == "aptwckhqsnyat18ejm830sfdca93y"


@pytest.mark.parametrize("prefix", ["", "toolong", "A", "a1", "a_"])
def test_a_wrong_prefix_is_refused(prefix):
    with pytest.raises(ValueError):
        ids.new(prefix)
