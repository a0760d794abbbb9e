"""As much HL7 v2 over MLLP as a LIS needs to be told things: frames, segments, answers (pure)."""

import re

START, END = b"\x0b", b"\x1c\r"
CHARSETS = {"UNICODE UTF-8": "utf-8", "GB 18030-2000": "gb18030", "BIG-5": "big5"}
_ESCAPED = re.compile(r"\\(F|S|T|R|E|\.br|X[0-9A-F]{2})\\")
_LETTERS = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", ".br": "\n"}


class NoMessage(ValueError):
    """Bytes that are not what they should be."""


class Message:
    """A message in the standard's own separators; fields are counted as the standard does."""

    def __init__(self, text: str) -> None:
        self._rows = [line.split("|") for line in text.split("\r") if line]
        if not self._rows or self._rows[0][:2] != ["MSH", "^~\\&"]:
            raise NoMessage("no header in standard separators")
        self._rows[0].insert(1, "|")

    def has(self, segment: str) -> bool:
        return any(row[0] == segment for row in self._rows)

    def get(self, segment: str, field: int, component: int = 1) -> str:
        """Plain text; empty when absent."""
        row = next((row for row in self._rows if row[0] == segment), [])
        parts = row[field].split("^") if field < len(row) else []
        return plain(parts[component - 1]) if component <= len(parts) else ""


def plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: _LETTERS.get(found[1]) or chr(int(found[1][1:], 16)), text)


def read(raw: bytes) -> tuple[Message, str]:
    """A message and its codec, which its own MSH-18 names. Raises NoMessage."""
    header = raw.split(b"\r", 1)[0].split(b"|")
    named = header[17].decode("ascii", "replace") if len(header) > 17 else ""
    codec = CHARSETS.get(named)
    if codec is None:
        raise NoMessage(f"MSH-18 is {named!r}")
    try:
        return Message(raw.decode(codec)), codec
    except UnicodeDecodeError as error:
        raise NoMessage(f"not {named}") from error


def answer(message: Message, verdict: str, at: str, note: str = "") -> str:
    """The acknowledgement; ``at`` is HL7's spelling of a moment."""
    get = message.get
    names = (get("MSH", 5), get("MSH", 6), get("MSH", 3), get("MSH", 4))
    control_id = get("MSH", 10)
    head = ("MSH", "^~\\&", *names, at, "", "ACK^R41^ACK", f"A{control_id}"[:20], "P", "2.8")
    rows = [head, ("MSA", verdict, control_id, note)]
    if note:
        rows.append(("ERR", "", "", "101^Required field missing^HL70357", "E", "", "", "", note))
    return "".join("|".join(row) + "\r" for row in rows)
