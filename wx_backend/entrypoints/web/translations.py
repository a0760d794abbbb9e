"""Compiles the translators' ``.po`` files into the ``.mo`` files that pages read, at set-up."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"


def compile_all(folder: Path = LOCALE) -> int:
    """How many catalogues were compiled; those that are up to date are left alone."""
    made = 0
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as words, target.open("wb") as compiled:
            write_mo(compiled, read_po(words))
        made += 1
    return made
