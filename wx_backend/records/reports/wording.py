"""Findings in words: positive, negative, or neither for sure. Pure."""

import re
import unicodedata
from typing import Literal

import msgspec

CLAUSE = re.compile(r"[;；,，。、\n|]+")
GRAM = re.compile(
    r"革兰氏?(?:染色)?(?:阴性|阳性)|gram[ -]?(?:negative|positive)|(?<![a-z])g[+-](?=[^a-z\d]|$)"
)
ORGANISM = "某菌"
"""In the place of a Gram stain, whose 阴性 is no negative finding."""

POLES = (("阳性", "positive"), ("阴性", "negative"))
"""A clause that says one and the other (需氧瓶阳性厌氧瓶阴性) is for a person to read."""

Judgement = Literal["CRITICAL", "SAFE", "UNSURE"]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that decide; one of punctuation alone (``+``) must be the whole finding."""

    critical: tuple[str, ...]
    safe: tuple[str, ...]


def judge(text: str, words: Words) -> Judgement:
    """Each clause by itself: one critical clause decides, and one unknown clause leaves doubt."""
    plain = GRAM.sub(ORGANISM, unicodedata.normalize("NFKC", text).casefold())
    verdicts = [_clause(part.strip(), words) for part in CLAUSE.split(plain) if part.strip()]
    for verdict in ("CRITICAL", "UNSURE", "SAFE"):
        if verdict in verdicts:
            return verdict  # type: ignore[return-value]
    return "UNSURE"


def _clause(text: str, words: Words) -> Judgement:
    if all(any(word in text for word in pole) for pole in POLES):
        return "UNSURE"
    if any(_says(text, word) for word in words.safe):
        return "SAFE"
    return "CRITICAL" if any(_says(text, word) for word in words.critical) else "UNSURE"


def _says(text: str, word: str) -> bool:
    return word in text if any(letter.isalpha() for letter in word) else text == word
