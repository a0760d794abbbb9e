"""Search words of Chinese texts: characters, bigrams, pinyin and initials, made when a text is
written (MongoDB's text index knows no Chinese). A search compares strings and needs no library.

The home of ``pypinyin`` (MIT), which is loaded by who writes texts and by nobody else: its
dictionaries take some 40 MB.
"""

import re
from collections.abc import Iterable, Iterator

VERSION = 1
"""Of the tokens; texts with another version are to be indexed anew (``wx-backend reindex``)."""

HAN = re.compile(r"[\u3400-\u9fff]+")
LATIN = re.compile(r"[a-z0-9]+")
WORD = re.compile(r"[\u3400-\u9fffa-z0-9]+")
GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


def tokens(texts: Iterable[str]) -> list[str]:
    """Everything by which one of the texts may be found, sorted.

    For 周启明: 周, 周启, 启, 启明, 明, and by sound zhouqiming, qiming, ming, zqm, qm, m; of a
    character with several readings (单, 曾) all of them.
    """
    found: set[str] = set()
    for text in texts:
        for word in WORD.findall(text.casefold()):
            found.update(_characters(word))
            found.update(_sounds(word))
    return sorted(found)


def indexed(texts: Iterable[str]) -> dict[str, object]:
    """Tokens as documents carry them, with the version of the tokenizer that made them."""
    return {"tokens": tokens(texts), "tokenizer": VERSION}


def matches(made: Iterable[str], query: str) -> bool:
    """Whether all that ``query`` says is among the tokens.

    Chinese is looked for as it stands, letters as the beginning of a sound or of initials.
    """
    known, (han, latin) = frozenset(made), wanted(query)
    if not han and not latin:
        return False
    return all(piece in known for piece in han) and all(
        any(token.startswith(piece) for token in known) for piece in latin
    )


def wanted(query: str) -> tuple[list[str], list[str]]:
    """What ``query`` asks of the tokens: some that are there, and some that begin so."""
    asked = GAP.sub("", query.casefold())
    han = [piece for word in HAN.findall(asked) for piece in _pieces(word)]
    return han, LATIN.findall(asked)


def _pieces(word: str) -> list[str]:
    return [word] if len(word) == 1 else [word[n : n + 2] for n in range(len(word) - 1)]


def _characters(word: str) -> Iterator[str]:
    for run in HAN.findall(word):
        yield from run
        yield from _pieces(run)


def _sounds(word: str) -> Iterator[str]:
    """Whole sounds and initials, from each character on."""
    for sounds in _readings(word):
        for start in range(len(sounds)):
            rest = sounds[start:]
            yield "".join(rest)
            yield "".join(sound[0] for sound in rest)


def _readings(word: str) -> Iterator[list[str]]:
    """The usual reading, then each other reading of one character."""
    from pypinyin import Style, lazy_pinyin, pinyin

    usual = lazy_pinyin(word, style=Style.NORMAL, v_to_u=False)
    yield usual
    each = pinyin(word, style=Style.NORMAL, heteronym=True)
    if len(each) != len(usual):
        return
    for n, sounds in enumerate(each):
        for other in sounds:
            if other != usual[n]:
                yield [*usual[:n], other, *usual[n + 1 :]]
