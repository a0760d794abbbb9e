"""An account's places for people and its rights to add, claimed by unique keys in one write."""

from collections import deque
from datetime import datetime, timedelta

import msgspec

from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.directory.settings import service as settings
from wx_backend.identity.patients import store
from wx_backend.identity.patients.model import Binding, SelfExists, TooManyAdds, TooManyPeople


class Limits(msgspec.Struct, frozen=True):
    """``people`` at once; ``adds`` in any ``days`` days (clinical table 3.2)."""

    people: int
    adds: int
    days: int

    def places(self, known: list[Binding]) -> list[int]:
        """Free ordinals. Raises TooManyPeople."""
        taken = {one.ordinal for one in known}
        if free := [n for n in range(self.people) if n not in taken]:
            return free
        raise self.too_many_people()

    def rights(self, known: list[Binding], now: datetime, again: Binding | None) -> list[int]:
        """Free rights to add; who is added ``again`` uses the right of the first time.

        Raises:
            TooManyAdds: none is left.
        """
        if again and again.add_slot is not None:
            return [again.add_slot]
        since = self.used_before(now)
        taken = {one.add_slot for one in known if one.added_at > since}
        if free := [n for n in range(self.adds) if n not in taken]:
            return free
        raise self.too_many_adds()

    def used_before(self, now: datetime) -> datetime:
        return now - timedelta(days=self.days)

    def too_many_people(self) -> TooManyPeople:
        return TooManyPeople(limit=self.people)

    def too_many_adds(self) -> TooManyAdds:
        return TooManyAdds(limit=self.adds, days=self.days)


async def limits(ctx: Ctx) -> Limits:
    """The institution's limits. No round trip."""
    names = ("people_max", "adds_max", "adds_days")
    return Limits(*[await settings.resolve(ctx, f"identity.{name}") for name in names])


async def take(
    ctx: Ctx, binding: Binding, known: list[Binding], bounds: Limits, event: dict, **sealed: str
) -> bool:
    """Stores the binding with a place and a right of its own; False when it exists already.

    Each of them is a unique key: one that was just taken costs another try with the next.

    Raises:
        TooManyPeople, TooManyAdds, SelfExists.
    """
    again = next((one for one in known if one.id == binding.id), None)
    places = deque(bounds.places(known))
    rights = deque(bounds.rights(known, ctx.now(), again))
    since = bounds.used_before(ctx.now())
    if any(one.add_slot is not None and one.added_at <= since for one in known):
        await store.release_adds(ctx, binding.account, since)
    while places and rights:
        placed = msgspec.structs.replace(binding, ordinal=places[0], add_slot=rights[0])
        try:
            if again:
                return await store.revive(ctx, placed, event, **sealed)
            await store.insert(ctx, placed, event, **sealed)
            return True
        except Duplicate as taken:
            if taken.field == "_id":
                return False
            _give_way(taken.field, places, rights)
    raise bounds.too_many_adds() if places else bounds.too_many_people()


def _give_way(field: str, places: deque[int], rights: deque[int]) -> None:
    """Somebody was first with this key: try the next one."""
    if field.endswith("ordinal"):
        places.popleft()
    elif field.endswith("add_slot"):
        rights.popleft()
    else:
        raise SelfExists()
