"""What a story that is killed at each of its writes stands on, and what it comes to."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from pymongo.database import Database

from tests.drill.scene import Clockwork, World
from wx_backend.base.context import House
from wx_backend.entrypoints.demo.phone import Sandbox


class Stand(NamedTuple):
    """Given to a story.

    Args:
        web: what phones open; gateway: where hospital systems connect.
        stop: the office closes the session of the world's slot.
        inside: does something with a house of its own, whose writes kill nobody.
        until: waits for a fact, reviving the product when it has died.
        revive: called when nobody answers.
    """

    web: str
    gateway: str
    sandbox: Sandbox
    clockwork: Clockwork
    world: World
    stop: Callable[[], None]
    inside: Callable[[Callable[[House], Awaitable[Any]]], Any]
    until: Callable[[str, Callable[[], Any]], None]
    revive: Callable[[], None]


class Verdict(NamedTuple):
    """What does not balance, and how many sends a crash has left unknown."""

    problems: list[str]
    unknown: int


class Plot(Protocol):
    """``steps`` are methods of the story that ``begin`` makes, or ``told``: everybody has been.

    ``heart`` are steps of which some must have been killed when every write was.
    """

    steps: tuple[str, ...]
    heart: frozenset[str]

    def begin(self, stand: Stand) -> Any: ...
    def judge(self, story: Any, database: Database, sandbox: Sandbox) -> Verdict: ...
