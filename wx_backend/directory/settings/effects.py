"""What approving a proposed value would change. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from wx_backend.directory.settings.model import Setting, Value, resolved

Values = Mapping[tuple[str, str, str], Value]
Place = Mapping[str, str | None]
"""A doctor's clinic, say: ids by level."""


class Effect(msgspec.Struct, frozen=True):
    """``before``: the value now in force where it is proposed. Of the places that it reaches, so
    many get another value, and so many keep the one that is set for them.
    """

    before: Value
    changed: int
    kept: int


def effect(values: Values, draft: Setting, places: Iterable[Place]) -> Effect:
    """The draft beside the values in force, place by place."""
    after = {**values, (draft.name, draft.level, draft.scope): draft.value}
    own = {draft.level: draft.scope}
    reached = [one for one in places if not draft.scope or one.get(draft.level) == draft.scope]
    now = [resolved(values, draft.name, one) for one in reached]
    then = [resolved(after, draft.name, one) for one in reached]
    changed = sum(old != new for old, new in zip(now, then, strict=True))
    kept = sum(new != draft.value for new in then)
    return Effect(resolved(values, draft.name, own), changed, kept)
