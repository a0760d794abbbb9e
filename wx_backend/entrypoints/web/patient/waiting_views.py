"""View models of the waiting list. Conventions: `views.py`; states are those of an entry."""

from wx_backend.entrypoints.web.patient import paths
from wx_backend.entrypoints.web.patient.views import Choice, PersonChoice, View, Visit


class Way(View):
    """What may be waited for, and how many would come first."""

    scope: str
    label: str
    ahead: int
    chosen: bool = False


class Join(View):
    """`wait/page.html`: for whom, for what, until when; `closes` is when the list is cleared,
    `opens` and `shuts` are times of day; `symptoms` are asked about.
    """

    action: str
    visit: Visit
    fee_fen: int
    ways: tuple[Way, ...]
    people: tuple[PersonChoice, ...]
    closes: str
    opens: str
    shuts: str
    slot_id: str
    pay_hours: int
    last_minutes: int
    add_person_href: str
    back_href: str
    idempotency_key: str
    symptoms: str = ""
    error: str = ""


class EntryCard(View):
    """One entry in the list; `until` of an offer, `ahead` while it waits."""

    href: str
    state: str
    when: str
    doctor: str
    department: str
    patient: str
    scope: str
    ahead: int = 0
    until: str = ""
    asking: bool = False


class WaitingList(View):
    """`waiting/page.html`."""

    tabs: tuple[Choice, ...]
    rows: tuple[EntryCard, ...]


class Entry(View):
    """`entry/page.html`: a place in line, or the number that was found for it.

    `found` is when that number is for. `pay_href` for one with a fee, `accept_action` for one
    without; both empty when there is nothing to take. `seconds_left` feeds the countdown.
    `asking`: the HIS that owns the number has not said yet that it is theirs.
    """

    state: str
    visit: Visit
    scope: str
    fee_fen: int
    joined: str
    closes: str
    ahead: int
    idempotency_key: str
    found: str = ""
    until: str = ""
    serial: str = ""
    seconds_left: int = 0
    pay_href: str = ""
    accept_action: str = ""
    leave_href: str = ""
    appointment_href: str = ""
    again_href: str = paths.DEPARTMENTS
    asking: bool = False
    error: str = ""


class Leave(View):
    """`leave/page.html`: asks once more; `offered`: it is a number that is given up."""

    action: str
    visit: Visit
    back_href: str
    idempotency_key: str
    offered: bool = False
    error: str = ""
