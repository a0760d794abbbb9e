"""Values and units as laboratories write them. Pure; what cannot be read for sure is None."""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

import msgspec

NUMBER = re.compile(
    r"([<>]=?)?\s*(\d{1,12}(?:\.\d{1,9})?|\.\d{1,9})(?:[Ee]([+-]?\d{1,2}))?\s*[*HL↑↓]*"
)
RELATIONS = str.maketrans({"≤": "<=", "≥": ">=", "﹤": "<", "﹥": ">"})
SUPERSCRIPTS = str.maketrans(
    {"⁶": "^6", "⁹": "^9", "³": "^3", "¹": "^1", "²": "2", "µ": "u", "μ": "u"}
)
POWER = re.compile(r"^[x×*·.]?10(?:\^|\*\*?|e)?(3|6|9|12)/")
SHORT_POWER = re.compile(r"^e(3|6|9|12)/")
ANNOTATION = re.compile(r"\{[^}]*\}|[\[\]\s]")
LITRE = {"/l": "/l", "/升": "/l", "/ul": "/ul", "/微升": "/ul", "/mm^3": "/ul", "/mm3": "/ul"}


class Quantity(msgspec.Struct, frozen=True):
    """``relation`` is "" for the value itself, or ``<``, ``<=``, ``>``, ``>=`` for a bound."""

    amount: Decimal
    relation: str = ""


def quantity(text: str) -> Quantity | None:
    """The number in ``5.2``, ``＞1000``, ``3.5 H``; None for ``1:128``, ``4 1``, words, ranges."""
    if not text.isascii():
        if any(unicodedata.decomposition(letter).startswith("<su") for letter in text):
            return None  # 10² is not 102
        text = unicodedata.normalize("NFKC", text.translate(RELATIONS)).translate(RELATIONS)
    found = NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    amount = Decimal(found[2]).scaleb(int(found[3] or 0))
    return Quantity(amount, found[1] or "")


@lru_cache(4096)
def spelled(unit: str) -> str:
    """One spelling for each unit: ``×10⁹/L``, ``10*9/L`` and ``10^9/l`` are all ``10*9/l``.

    Letter case is dropped, since laboratories drop it; a rule names the few units that its analyte
    may have, and the plausible range guards the rest.
    """
    plain = unicodedata.normalize("NFKC", unit.translate(SUPERSCRIPTS)).translate(SUPERSCRIPTS)
    text = ANNOTATION.sub("", plain).casefold()
    text = POWER.sub(r"10*\1/", SHORT_POWER.sub(r"10*\1/", text))
    for written, ours in LITRE.items():
        if text.endswith(written):
            return text.removesuffix(written) + ours
    return text
