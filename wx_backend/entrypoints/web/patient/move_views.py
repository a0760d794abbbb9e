"""View models of taking another time for a booked number. Conventions: `views.py`."""

from wx_backend.entrypoints.web.patient.views import Choice, Times, View, Visit


class MoveTimes(Times, kw_only=True):
    """`move/page.html`: the slots screen, for a number that there is; `left`: how often more."""

    old: Visit
    doctors: tuple[Choice, ...]
    left: int
    back_href: str


class ConfirmMove(View):
    """`move/confirm.html`; `refund_fen`: by how much the new number is cheaper; `symptoms` are
    asked about.
    """

    action: str
    slot_id: str
    old: Visit
    new: Visit
    fee_fen: int
    refund_fen: int
    rule: str
    again_href: str
    back_href: str
    idempotency_key: str
    symptoms: str = ""
    error: str = ""
