"""View models of restrictions and appeals. Conventions: `views.py`."""

from wx_backend.entrypoints.web.patient.views import View


class Row(View):
    """One restriction in a list; `state` of it, `blocks` while it keeps somebody from booking."""

    href: str
    patient: str
    reason: str
    state: str
    until: str
    blocks: bool


class Restrictions(View):
    """`restrictions/page.html`."""

    rows: tuple[Row, ...]
    back_href: str


class Ground(View):
    """One appointment that counts; `what` is empty when another account had booked it."""

    when: str
    what: str


class Heard(View):
    """What was appealed, and the answer; `decided` is empty while somebody looks at it."""

    text: str
    at: str
    decided: str
    words: str


class Restriction(View):
    """`restriction/page.html`; `action` is empty when there is nothing to appeal (any more)."""

    row: Row
    rule: str
    words: str
    grounds: tuple[Ground, ...]
    back_href: str
    idempotency_key: str
    action: str = ""
    text: str = ""
    heard: Heard | None = None
    ended: str = ""
    error: str = ""
