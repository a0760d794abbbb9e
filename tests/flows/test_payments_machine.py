"""Whatever payers, staff, platforms and the clock do with orders, in any order: our ledgers and the
books of both platforms are the same.

A few short stories; ``script/drill money`` tells many long ones.
"""

from tests.drill import money


def test_what_came_and_went_is_the_same_in_all_books(mongo_uri, sandbox):
    ends = money.play(mongo_uri, sandbox, examples=3, steps=25)
    assert ends["orders"]
