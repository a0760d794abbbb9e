"""docs/errors.md: every refusal a caller may meet."""

from tests.house import loaded
from tests.house.pages.table import code, table

HEAD = """# Errors

Every refusal has this body, with the HTTP status of its code:

    {"error": {"code": "slot_full", "message": "…", "data": {…}, "trace": "tr…"}}

`code` is stable; `message` is for people and may be worded more closely than here; `trace` finds
the request in the log.

"""


def page() -> str:
    coded = [kind for kind in loaded.errors() if "code" in vars(kind)]
    rows = [
        [code(kind.code), kind.status, kind.message, code(f"{kind.__module__}.{kind.__name__}")]
        for kind in sorted(coded, key=lambda kind: (kind.status, kind.code))
    ]
    return HEAD + table(["code", "status", "message", "declared in"], rows)
