"""Lists as Excel files: what a list says, as text and numbers and never as formulas."""

import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

MOST = 5000
"""Rows of one file; a longer list comes in parts."""

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 32_767
"""Characters a cell may hold (ECMA-376)."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
WIDTHS = (8, 48)
TWO_DECIMALS = "0.00"


def money(fen: int) -> Decimal:
    """An amount in yuan: a number that can be summed up, shown with two decimals."""
    return Decimal(fen) / 100


Span = tuple[int, int] | None
"""The first and the last row of a part; None for a list that is one file."""


def to_xlsx(heads: Sequence[str], rows: Iterable[Sequence[object]], title: str = "列表") -> bytes:
    """One sheet with a fixed head. Takes some tenths of a second for ``MOST`` rows: off the loop.

    Numbers stay numbers. A text that a spreadsheet would run is marked as text, so that it stays
    one when somebody edits its cell.
    """
    listed = [list(row) for row in rows]
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for n, head in enumerate(heads):
        longest = max((_width(row[n]) for row in listed[:200]), default=0)
        width = min(max(longest, _width(head), WIDTHS[0]) + 2, WIDTHS[1])
        sheet.column_dimensions[get_column_letter(n + 1)].width = width
    bold = [_cell(sheet, head) for head in heads]
    for cell in bold:
        cell.font = Font(bold=True)
    sheet.append(bold)
    for row in listed:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parts(total: int) -> list[tuple[int, Span]]:
    """The files a list of so many rows makes: (number from 1, its rows)."""
    count = max(1, -(-total // MOST))
    if count == 1:
        return [(1, None)]
    return [(n, ((n - 1) * MOST + 1, min(n * MOST, total))) for n in range(1, count + 1)]


def _cell(sheet: object, value: object) -> WriteOnlyCell:
    if isinstance(value, int | float | Decimal):
        cell = WriteOnlyCell(sheet, value)
        if isinstance(value, Decimal):
            cell.number_format = TWO_DECIMALS
        return cell
    text = CONTROL.sub(" ", str(value))[:LONGEST]
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(FORMULA)
    return cell


def _width(value: object) -> int:
    """In half-width characters: a Chinese one takes two."""
    return sum(2 if ord(one) > 0x2E80 else 1 for one in str(value))
