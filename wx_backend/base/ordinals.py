"""Ordinal keys: "at most n" is n unique keys ``name:whose:…:0`` to ``n-1`` in a list ``limits``; a
document takes one of each row.

Documents may come to somebody else, and there may then be more of them than a row has room for.
They are counted all the same: the keys without room have ordinals beyond the row, and nobody takes
another of it before as many have gone as are too many.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

import msgspec

from wx_backend.base import collection
from wx_backend.base.context import Ctx


class Held(msgspec.Struct, frozen=True):
    """A ``key`` that the document ``id`` has, and the ``row`` that it is to be of."""

    id: str
    key: str
    row: str


def row_of(key: str, names: Collection[str], whose: str) -> str | None:
    """The row of a key of ``names``, once its document is ``whose``; None for any other key, and
    for one that is out of the count because it has no ordinal.
    """
    name, *about = key.split(":")
    if name not in names or not about[-1].isdigit():
        return None
    return ":".join((name, whose, *about[1:-1]))


def held(docs: list[dict], names: Collection[str], whose: str) -> list[Held]:
    """What documents (``_id``, ``limits``) have of ``names``, in their order."""
    return [
        Held(doc["_id"], key, row)
        for doc in docs
        for key in doc["limits"]
        if (row := row_of(key, names, whose))
    ]


def counted(all_held: Sequence[Held], taken: Collection[str] = ()) -> list[tuple[Held, str]]:
    """Who is to have another key, and which: each row from 0 on without a gap, the first of
    ``all_held`` first. ``taken``: keys that others have.
    """
    others = set(taken) - {one.key for one in all_held}
    following: dict[str, int] = {}
    moves = []
    for one in all_held:
        n = following.get(one.row, 0)
        while f"{one.row}:{n}" in others:
            n += 1
        following[one.row] = n + 1
        if one.key != f"{one.row}:{n}":
            moves.append((one, f"{one.row}:{n}"))
    return moves


async def count_again(
    ctx: Ctx, within: collection.Collection, read: Callable[[], Awaitable[list[Held]]]
) -> None:
    """Gives what ``read`` finds its keys anew, in one change; what somebody else changes meanwhile
    is left as it is, and found again. One read where nothing is to be done.
    """
    taken: set[str] = set()
    while moves := counted(await read(), taken):

        async def swap(transaction: Any, moves: list[tuple[Held, str]] = moves) -> None:
            table = ctx.db(within).within(transaction)
            for one, _ in moves:
                await table.change(*_put(one.id, one.key, _out(one)))
            for one, key in moves:
                await table.change(*_put(one.id, _out(one), key))

        try:
            await ctx.house.db.together(swap)
        except collection.Duplicate as somebody:
            taken.add(somebody.value)


def _out(one: Held) -> str:
    """Its own key, while it has no ordinal."""
    return f"{one.row}:{one.id}"


def _put(id: str, old: str, new: str) -> tuple[dict, dict]:
    return {"_id": id, "limits": old}, {"$set": {"limits.$": new}}
