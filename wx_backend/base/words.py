"""How texts are said in the reader's language. What a rule puts together is a string like any
other that remembers what it is made of, so that a page can look that up for its reader.
"""

from collections.abc import Callable, Iterable

Say = Callable[..., str]
"""Looks a Chinese text up in the reader's language and fills in its named places."""


def as_written(text: str, /, **named: object) -> str:
    """``Say`` for Chinese, in which everything is written."""
    return text % named if named else text


class Filled(str):
    """``text`` with its named places filled in.

    raise Invalid(fields={"days": Filled("请填写 1 到 %(most)s 天", most=30)})
    """

    text: str
    named: dict[str, object]

    def __new__(cls, text: str, /, **named: object) -> "Filled":
        made = super().__new__(cls, text % named)
        made.text, made.named = text, named
        return made


class Several(str):
    """``texts`` in a row."""

    texts: tuple[str, ...]

    def __new__(cls, texts: Iterable[str]) -> "Several":
        found = tuple(texts)
        made = super().__new__(cls, "；".join(found))
        made.texts = found
        return made
