"""Keys of limits that come to somebody else: counted without a gap, however many there are."""

from wx_backend.base.ordinals import counted, held, row_of

NAMES = frozenset({"account", "account_open"})


def docs(*limits: list[str]) -> list[dict]:
    return [{"_id": f"apt{n}", "limits": listed} for n, listed in enumerate(limits, 1)]


def test_only_ordinals_of_the_named_rows_are_counted():
    assert row_of("account_open:acc1:2", NAMES, "acc2") == "account_open:acc2"
    assert row_of("account:acc1:doc1:2026-11-24:0", NAMES, "acc2") == "account:acc2:doc1:2026-11-24"
    for other in ("key:abc", "open:pat1:0", "account_open:acc1:apt7"):
        assert row_of(other, NAMES, "acc2") is None


def test_two_make_one_row_and_what_is_too_many_is_beyond_it():
    merged = docs(
        ["key:a", "account_open:acc1:0"], ["account_open:acc2:0"], ["account_open:acc1:1"]
    )
    moves = counted(held(merged, NAMES, "acc1"))
    assert [(one.id, key) for one, key in moves] == [
        ("apt2", "account_open:acc1:1"),
        ("apt3", "account_open:acc1:2"),
    ]


def test_what_is_counted_already_stays():
    assert counted(held(docs(["account:acc1:d:0"], ["account:acc1:d:1"]), NAMES, "acc1")) == []


def test_a_gap_is_closed_so_that_nobody_else_gets_in():
    left = docs(["account:acc1:d:4"], ["account:acc1:d:2"])
    moves = counted(held(left, NAMES, "acc1"))
    assert [key for _, key in moves] == ["account:acc1:d:0", "account:acc1:d:1"]


def test_a_key_that_somebody_else_has_is_passed_over():
    back = held(docs(["account:acc2:d:0"], ["account:acc2:d:1"]), NAMES, "acc1")
    moves = counted(back, taken={"account:acc1:d:0", "account:acc2:d:1"})
    assert [key for _, key in moves] == ["account:acc1:d:1", "account:acc1:d:2"]
