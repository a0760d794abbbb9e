"""HL7 v2 messages: split once, read lazily. Pure.

Addresses are those of the standard: ``segment.value(5, rep, comp, sub)``, all counted from 1, and
MSH-1 is the field separator itself. What is absent reads as "". Senders choose their separators
(MSH-1, MSH-2); five encoding characters (2.7 and later) are as welcome as three.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from wx_backend.base.errors import AppError
from wx_backend.gateways.hl7 import escapes

NULL = '""'
"""What a sender writes to empty a field; it reads as ""."""

HEADERS = frozenset({"MSH", "FHS", "BHS"})
ENVELOPE = frozenset({"FHS", "BHS", "BTS", "FTS"})
NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
LINE_END = re.compile(r"\r\n|\n")
LOOKS_LIKE_A_SEGMENT = 3
"""So many field separators in a line that has no segment's name: it was a segment once."""

Field = str | Sequence["str | Sequence[str | Sequence[str]]"]


class NotHl7(AppError):
    """No message can be made of this; ``reason`` is a short fixed word."""

    code, status, message = "not_hl7", 422, "不是有效的 HL7 消息"


class Unmappable(AppError):
    """A message of ours to read lacks what it cannot do without; ``field`` names it (``PID-3``)."""

    code, status, message = "hl7_unmappable", 422, "消息缺少必需的内容，需人工处理"


class Marks(msgspec.Struct, frozen=True):
    """The separators of a message; an absent one is "" and separates nothing."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @property
    def encoding(self) -> str:
        """MSH-2."""
        return self.component + self.repetition + self.escape + self.subcomponent


STANDARD = Marks()


class Segment:
    """One segment; fields are split when the first of them is asked for."""

    __slots__ = ("_charset", "_fields", "_marks", "_special", "name", "text")

    def __init__(self, text: str, marks: Marks, special: frozenset[str], charset: str):
        """``special``: the characters of MSH-2; a text without any of them is plain as it is."""
        self.text = text
        self.name = text[:3]
        self._marks = marks
        self._special = special
        self._charset = charset
        self._fields: list[str] | None = None

    def raw(self, number: int) -> str:
        """A whole field as it was sent."""
        fields = self._fields or self._divided()
        return fields[number] if number < len(fields) else ""

    def _divided(self) -> list[str]:
        fields = self._fields = self.text.split(self._marks.field)
        if self.name in HEADERS:
            fields.insert(1, self._marks.field)
        return fields

    def repetitions(self, number: int) -> int:
        """How often a field repeats; 0 when it is empty."""
        text = self.raw(number)
        return len(_split(text, self._marks.repetition)) if text else 0

    def value(self, number: int, rep: int = 1, comp: int = 1, sub: int = 1) -> str:
        """One sub-component in plain text; "" when it is absent or null."""
        fields = self._fields or self._divided()
        text = fields[number] if number < len(fields) else ""
        if not text:
            return ""
        if rep == comp == sub == 1 and self._special.isdisjoint(text):
            return "" if text == NULL else text
        marks = self._marks
        if number < 3 and self.name in HEADERS:
            return text
        text = _part(text, marks.repetition, rep)
        text = _part(text, marks.component, comp)
        return self._plain(_part(text, marks.subcomponent, sub))

    def components(self, number: int, rep: int = 1) -> list[str]:
        """All components of a repetition, the first sub-component of each, in plain text."""
        marks = self._marks
        text = _part(self.raw(number), marks.repetition, rep)
        parts = _split(text, marks.component)
        if NULL not in text and self._special.isdisjoint(text.replace(marks.component, "")):
            return parts
        return [self._plain(_part(part, marks.subcomponent, 1)) for part in parts]

    def whole(self, number: int, rep: int = 1) -> str:
        """One repetition in plain text, components kept apart by spaces: free text as people read
        it.
        """
        text, marks = self.raw(number), self._marks
        if rep == 1 and self._special.isdisjoint(text):
            return "" if text == NULL else text.strip()
        text = _part(text, marks.repetition, rep)
        for mark in (marks.component, marks.subcomponent):
            text = text.replace(mark, " ") if mark else text
        return self._plain(text).strip()

    def _plain(self, text: str) -> str:
        if text == NULL:
            return ""
        mark = self._marks.escape
        if mark and mark in text:
            return escapes.unescape(text, self._marks, self._charset)
        return text


class Message:
    """A message whose first segment is MSH."""

    __slots__ = ("charset", "header", "marks", "segments")

    def __init__(self, segments: list[Segment], marks: Marks, charset: str):
        self.segments = segments
        self.header = segments[0]
        self.marks = marks
        self.charset = charset

    def only(self, segments: list[Segment]) -> "Message":
        """The same header with these segments below it."""
        return Message([self.header, *segments], self.marks, self.charset)

    def all(self, name: str) -> Iterator[Segment]:
        """Every segment of this name, in order."""
        return (segment for segment in self.segments if segment.name == name)

    def first(self, name: str) -> Segment | None:
        return next(self.all(name), None)

    def get(self, name: str, number: int, rep: int = 1, comp: int = 1, sub: int = 1) -> str:
        """A value of the first segment of this name; "" when there is none."""
        segment = self.first(name)
        return segment.value(number, rep, comp, sub) if segment else ""

    @property
    def kind(self) -> str:
        """``ORU^R01``: message code and trigger event (MSH-9.1 and 9.2)."""
        return f"{self.header.value(9)}^{self.header.value(9, comp=2)}"

    @property
    def sender(self) -> str:
        """``application|facility`` (MSH-3 and MSH-4)."""
        return f"{self.header.value(3)}|{self.header.value(4)}"

    @property
    def control_id(self) -> str:
        return self.header.value(10)

    @property
    def text(self) -> str:
        """The message with the standard's line ends."""
        return "".join(f"{segment.text}\r" for segment in self.segments)


def lines(text: str) -> list[str]:
    """The lines of a message or batch: CR by the standard, LF and CRLF by habit."""
    return [line for line in LINE_END.sub("\r", text).split("\r") if line.strip()]


def split_batch(text: str) -> list[str]:
    """The messages of a frame: each begins with MSH; batch and file envelopes are taken off.

    Raises:
        NotHl7: ``no_header``.
    """
    found: list[list[str]] = []
    for line in lines(text.lstrip("\ufeff")):
        if line.startswith("MSH"):
            found.append([line])
        elif line[:3] not in ENVELOPE:
            if not found:
                raise NotHl7(reason="no_header")
            found[-1].append(line)
    if not found:
        raise NotHl7(reason="no_header")
    return ["\r".join(message) for message in found]


def envelope(text: str) -> dict[str, Segment]:
    """FHS and BHS of a frame by name, where there are and can be read."""
    found: dict[str, Segment] = {}
    for line in lines(text.lstrip("\ufeff")):
        if line[:3] in ("FHS", "BHS"):
            try:
                marks = _marks(line)
            except NotHl7:
                continue
            found.setdefault(line[:3], Segment(line, marks, frozenset(marks.encoding), "utf-8"))
    return found


def parse(text: str, charset: str = "utf-8") -> Message:
    """One message. A line without a segment's name goes on with the field before it.

    Args:
        charset: a Python codec, for hexadecimal escapes.

    Raises:
        NotHl7: ``no_header``, ``bad_separators`` or ``bad_segment`` (a line that was a segment and
            no longer reads as one: its content must not vanish in its neighbour's).
    """
    found = lines(text.lstrip("\ufeff"))
    if not found or not found[0].startswith("MSH"):
        raise NotHl7(reason="no_header")
    marks = _marks(found[0])
    segments: list[str] = []
    for line in found:
        if line[3:4] in (marks.field, "") and NAME.fullmatch(line[:3]):
            segments.append(line)
        elif line[3:4] == marks.field or line.count(marks.field) >= LOOKS_LIKE_A_SEGMENT:
            raise NotHl7(reason="bad_segment")
        else:
            segments[-1] += f"\n{line}"
    special = frozenset(marks.encoding)
    return Message([Segment(one, marks, special, charset) for one in segments], marks, charset)


def encode(rows: Iterable[Sequence[Field]], marks: Marks = STANDARD) -> str:
    """A message from rows ``(name, field 1, field 2, …)``, without MSH-1 and MSH-2.

    A field is a text, or a list of repetitions; a repetition is a text or a list of components; a
    component is a text or a list of sub-components.
    """
    return "".join(f"{_row(row, marks)}\r" for row in rows)


def _row(row: Sequence[Field], marks: Marks) -> str:
    name, *fields = row
    head = f"{name}{marks.field}{marks.encoding}" if name in HEADERS else str(name)
    order = (marks.repetition, marks.component, marks.subcomponent)
    return marks.field.join([head, *(_joined(field, order, marks) for field in fields)])


def _joined(part: Field, order: Sequence[str], marks: Marks) -> str:
    if isinstance(part, str):
        return escapes.escape(part, marks)
    return order[0].join(_joined(inner, order[1:], marks) for inner in part)


def _marks(header: str) -> Marks:
    """The separators as the header declares them. Raises NotHl7."""
    field = header[3:4]
    if not field or field.isalnum() or field.isspace() or len(header) < 5:
        raise NotHl7(reason="bad_separators")
    given = header[4:].partition(field)[0]
    if not given or any(mark.isalnum() or mark.isspace() for mark in given):
        raise NotHl7(reason="bad_separators")
    return Marks(field, *(given[n : n + 1] for n in range(4)))


def _split(text: str, mark: str) -> list[str]:
    return text.split(mark) if mark else [text]


def _part(text: str, mark: str, number: int) -> str:
    if not mark or mark not in text:
        return text if number == 1 else ""
    parts = text.split(mark)
    return parts[number - 1] if number <= len(parts) else ""
