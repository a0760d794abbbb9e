"""How soon a password is guessed by who has the lists of broken ones (OWASP ASVS 2.1.7).

The home of ``zxcvbn`` (MIT): some 30,000 passwords of real breaches, names and words, also turned
round, with signs for letters, with dates, rows of keys and repetitions between them. A list alone
would refuse nothing here: hardly a broken password has the length and the kinds of character that
ours must have, while most of what people make of them to comply is on nobody's list.
"""

import asyncio
from collections.abc import Iterable

from wx_backend.base.search import tokens

ENOUGH = 10**10
"""Guesses: fewer are within reach of who has stolen the slow hash (zxcvbn's highest score)."""

HABITS = (
    *("woaini", "520", "1314", "5201314", "1314520", "mima", "wodemima", "zhongguo", "admin"),
    *("yiyuan", "yisheng", "hushi", "zhuren", "hospital", "doctor", "nurse", "neike", "waike"),
)
"""What people choose here and the library's lists, which are from elsewhere, do not know."""

LOOKED_AT = 40
"""Characters from the start: what follows makes a password no weaker, and looking takes time."""

ALIKE = str.maketrans("{[<|", "(((1")
"""Signs that stand for the same letter. The library tries every combination of such signs, and who
sends them all would keep it busy for seconds.
"""

SHORTEST = 3
"""Shorter sounds of a name are in every password."""


async def soon(password: str, about: Iterable[str]) -> bool:
    """Whether it is guessed soon by somebody who also knows these texts ``about`` its owner;
    Chinese ones are tried by sound. Off the event loop: it takes some milliseconds.
    """
    return await asyncio.to_thread(_soon, password, list(about))


def _soon(password: str, about: list[str]) -> bool:
    from zxcvbn import zxcvbn  # its lists take a moment, and most processes never need them

    words = [word for word in tokens(about) if len(word) >= SHORTEST]
    seen = password[:LOOKED_AT].translate(ALIKE)
    return zxcvbn(seen, user_inputs=[*HABITS, *words])["guesses"] < ENOUGH
