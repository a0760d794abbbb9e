"""View models of a stopped clinic. Conventions: `views.py`."""

from wx_backend.entrypoints.web.patient.views import View


class Option(View):
    """A number instead of the one that is lost; `kept_until` is empty for first come, `symptoms`
    are asked about.
    """

    choice: str
    slot: str
    when: str
    doctor: str
    title: str
    place: str
    kept_until: str = ""
    symptoms: str = ""


class Stop(View):
    """`stop/page.html`; `state` of the case, `refund` is the value of that choice or empty."""

    action: str
    state: str
    when: str
    doctor: str
    department: str
    patient: str
    fee_fen: int
    until: str
    appointment_href: str
    again_href: str
    idempotency_key: str
    options: tuple[Option, ...] = ()
    refund: str = ""
    error: str = ""
