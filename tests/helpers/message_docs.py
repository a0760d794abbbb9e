"""docs/messages.md from the catalogue; `python -m tests.helpers.message_docs` writes it."""

from pathlib import Path

from notify.messages.catalogue import CATALOGUE, GREYED, Told
from notify.messages.words import template

PAGE = Path(__file__).parents[2] / "docs" / "messages.md"

HEAD = """# What people are told

Made from `notify/messages/catalogue.py` and `notify/messages/templates/`; do not edit by hand.
Every message is shown in the message centre (我的消息), whatever became of its sending.
Staff (`members`) get cards of the hospital's WeCom. A text (`sms`) has the masked name at most.

| event | to | grade | title | channels | platform's template, or the card's source | text |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    return HEAD + "".join(map(_told, _rows(Told))) + _greyed() + _silence()


def _rows(kind: type) -> list:
    return [row for row in CATALOGUE if isinstance(row, kind)]


def _told(row: Told) -> str:
    words = template(row.template)
    cells = (
        f"`{row.event}`", row.audience, row.grade.value, f"`{words.title}`",
        " → ".join(row.channels),
        f"`{words.wechat.template}`" if words.wechat else words.wecom.source,
        f"`{words.sms.template}`" if words.sms else "",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |\n"


def _greyed() -> str:
    if not GREYED:
        return ""
    rows = "".join(f"| `{event}` | `{words}` |\n" for event, words in GREYED.items())
    head = "\n## Cards become grey\n\n| once this has happened | with these words |\n|---|---|\n"
    return head + rows


def _silence() -> str:
    silent = [row for row in CATALOGUE if not isinstance(row, Told)]
    rows = "".join(f"| `{row.event}` | {row.reason} |\n" for row in silent)
    return f"\n## Told to nobody\n\n| event | why |\n|---|---|\n{rows}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
