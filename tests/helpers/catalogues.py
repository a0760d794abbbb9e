"""The English of what is written in Chinese, as the catalogues have it."""

from babel.messages.pofile import read_po

from wx_backend.entrypoints.web.translations import LOCALE

ENGLISH = LOCALE / "en_US" / "LC_MESSAGES"


def english(*names: str) -> dict[str, str]:
    """By Chinese text, of these catalogues; of all without a name."""
    found = {}
    for name in names or sorted(file.stem for file in ENGLISH.glob("*.po")):
        with (ENGLISH / f"{name}.po").open("rb") as file:
            found |= {one.id: one.string for one in read_po(file, locale="en_US") if one.id}
    return found
