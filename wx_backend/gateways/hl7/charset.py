"""Which characters the bytes of a message mean: MSH-18, or the peer's habit where it is silent.

Separators can be the second byte of a Chinese character in GBK, so the header is not searched as
bytes: a charset is believed when the header, read in it, names it.
"""

import msgspec

CODECS = {
    "ASCII": "ascii",
    "8859/1": "latin-1",
    "8859/15": "iso8859-15",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "GB 18030-2000": "gb18030",
    "GB 18030": "gb18030",
    "GB18030": "gb18030",
    "GB18030-2000": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "GB 2312": "gb18030",
    "BIG-5": "big5",
    "BIG5": "big5",
}
"""MSH-18 (table 0211, and what vendors write) → codec; GB18030 contains GBK and GB2312."""

FAMILIES = ("utf-8", "gb18030", "big5", "latin-1")
"""In which a header is read to see what it says. UTF-8 first: it is the least likely by chance."""

ENCODING_NAMES = {"utf-8": "UNICODE UTF-8", "gb18030": "GB 18030-2000", "big5": "BIG-5"}
BOM = b"\xef\xbb\xbf"
FIELD = 18


class Decoded(msgspec.Struct, frozen=True):
    """A message as text.

    Args:
        charset: the codec that was used.
        faithful: False when the bytes are not what the sender says they are; characters that no
            codec explains are then U+FFFD.
    """

    text: str
    charset: str
    faithful: bool = True


def decode(raw: bytes, habit: str = "utf-8") -> Decoded:
    """The text of ``raw``. Never fails: a broken character in a name must not hold up a result.

    Args:
        habit: codec of a peer that leaves MSH-18 empty.
    """
    raw = raw.removeprefix(BOM)
    codec = declared(raw) or habit
    text = _read(raw, codec)
    if text is not None:
        return Decoded(text, codec)
    for other in FAMILIES[:2]:
        if other != codec and (text := _read(raw, other)) is not None:
            return Decoded(text, other, faithful=False)
    wide = "utf-8" if codec == "ascii" else codec
    return Decoded(raw.decode(wide, errors="replace"), wide, faithful=False)


def declared(raw: bytes) -> str | None:
    """The codec that MSH-18 names; None when it is empty or unknown."""
    header = _header(raw)
    for family in FAMILIES:
        text = _read(header, family)
        if text is not None and (codec := _named(text)) and _agrees(codec, family):
            return codec
    return None


def _header(raw: bytes) -> bytes:
    start = max(raw.find(b"MSH"), 0)
    ends = [at for at in (raw.find(b"\r", start), raw.find(b"\n", start)) if at >= 0]
    return raw[start : min(ends, default=len(raw))]


def _named(header: str) -> str | None:
    """The last one that is known: a sender names ASCII first and its real charset after it."""
    fields = header.split(header[3:4] or "|")
    given = fields[FIELD - 1] if len(fields) >= FIELD else ""
    names = (name.strip().upper() for name in given.split(header[5:6] or "~"))
    return next((CODECS[name] for name in reversed([*names]) if name in CODECS), None)


def _agrees(codec: str, family: str) -> bool:
    """ASCII and Latin headers read alike in every family."""
    return codec == family or codec in ("ascii", "latin-1", "iso8859-15")


def _read(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None
