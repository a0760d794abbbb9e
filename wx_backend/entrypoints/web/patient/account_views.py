"""View models of what an account keeps: appointments, people, messages. Conventions: `views.py`."""

from msgspec import field

from wx_backend.entrypoints.web.patient import paths
from wx_backend.entrypoints.web.patient.views import AppointmentCard, Choice, View, Visit


class AppointmentList(View):
    """`appointments/page.html`; `more_href` is the next page of the cursor or empty."""

    tabs: tuple[Choice, ...]
    rows: tuple[AppointmentCard, ...]
    more_href: str = ""


class Step(View):
    """One step of a progress: what, when (empty: not yet), reached or not."""

    label: str
    when: str
    done: bool


class Refund(View):
    """Money on its way back; `state` of the refund."""

    amount_fen: int
    state: str
    steps: tuple[Step, ...]


class Appointment(View):
    """`appointment/page.html`: empty `*_href` means that the action is not open now."""

    state: str
    visit: Visit
    number: str
    booked_at: str
    fee_fen: int
    order_state: str
    cancel_rule: str
    serial: str = ""
    arrive_by: str = ""
    bring: str = ""
    reason: str = ""
    seconds_left: int = 0
    expires_at: str = ""
    pay_href: str = ""
    cancel_href: str = ""
    move_href: str = ""
    moved_href: str = ""
    again_href: str = ""
    refund: Refund | None = None


class Cancel(View):
    """`cancel/page.html`: asks once more and says what comes back."""

    action: str
    visit: Visit
    refund_fen: int
    rule: str
    back_href: str
    idempotency_key: str
    error: str = ""


class PersonRow(View):
    """A 就诊人 of this account; `verified` bindings may read records, others only book: a `payer`,
    and the guardian of who has `outgrown` it, by decision.
    """

    name: str
    relation: str
    about: str
    id_no: str
    verified: bool
    remove_href: str
    default_action: str
    default: bool = False
    guardian: str = ""
    verify_href: str = ""
    readers_href: str = ""
    payer: bool = False
    outgrown: bool = False


class People(View):
    """`people/page.html`; `left` is how many more this account may add, `by_phone` whether the desk
    is not the only place to be verified.
    """

    rows: tuple[PersonRow, ...]
    left: int
    idempotency_key: str
    by_phone: bool = False


class RemovePerson(View):
    """`remove_person/page.html`: asks once more; `error` says why it cannot be."""

    action: str
    person: PersonRow
    back_href: str
    idempotency_key: str
    error: str = ""


class ReaderRow(View):
    """Another account that acts for this person; `action` posts the other decision."""

    relation: str
    phone: str
    reads: bool
    allowed: bool
    action: str


class Readers(View):
    """`readers/page.html`."""

    person: PersonRow
    rows: tuple[ReaderRow, ...]
    idempotency_key: str
    back_href: str


class ByPhone(View):
    """Verification by a code to the number that the hospital has.

    `attempt` is the one that waits for its code; empty: none is on its way. `to`: the last digits
    of the number, empty while the hospital has not said. `fresh`: another code cannot be had yet.
    """

    action: str
    idempotency_key: str
    attempt: str = ""
    to: str = ""
    fresh: bool = False


class VerifyPerson(View):
    """`verify_person/page.html`; `code` in two groups of digits, empty when it is done already.
    `phone`: None where the desk is the only way.
    """

    person: PersonRow
    back_href: str
    code: str = ""
    phone: ByPhone | None = None
    error: str = ""


class PersonForm(View):
    """`person/page.html`: `errors` by field name; values come back as typed."""

    relations: tuple[Choice, ...]
    guardians: tuple[Choice, ...]
    next_href: str
    idempotency_key: str
    name: str = ""
    id_no: str = ""
    phone: str = ""
    agreed: bool = False
    guardian_agreed: bool = False
    payer: bool = False
    default: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    action: str = paths.ADD_PERSON


class MessageRow(View):
    """One message told to this account; never clinical content."""

    title: str
    text: str
    when: str
    icon: str
    href: str = ""
    unread: bool = False


class Messages(View):
    """`messages/page.html`."""

    rows: tuple[MessageRow, ...]
    more_href: str = ""
    settings_href: str = paths.MESSAGE_SETTINGS


class MessageSettings(View):
    """`message_settings/page.html`: the level of each kind of messages, and the quiet hours as
    `HH:MM` of the hospital's zone, empty without.
    """

    levels: dict[str, str]
    quiet_from: str = ""
    quiet_to: str = ""
    saved: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    idempotency_key: str = ""
    action: str = paths.MESSAGE_SETTINGS
    back_href: str = paths.MESSAGES


class Account(View):
    """`account/page.html`: what the account may see and decide about itself."""

    idempotency_key: str
    devices_href: str = paths.DEVICES
    close_href: str = paths.CLOSE
    settings_href: str = paths.MESSAGE_SETTINGS
    sign_out_action: str = paths.SIGN_OUT
    back_href: str = paths.PEOPLE


class DeviceRow(View):
    """Where the account is signed in; moments are empty when they are not known."""

    name: str
    since: str
    used: str
    here: bool
    action: str


class Devices(View):
    """`devices/page.html`."""

    rows: tuple[DeviceRow, ...]
    idempotency_key: str
    others_action: str = paths.END_OTHERS
    sign_out_action: str = paths.SIGN_OUT
    back_href: str = paths.ACCOUNT


class Obstacle(View):
    """What has to come to its end before the account is closed: ``words`` with a place for ``n``,
    and where it is seen to.
    """

    words: str
    n: int
    href: str


class CloseAccount(View):
    """`close/page.html`: asks, says what stands in the way, or (`until`) how it is withdrawn."""

    obstacles: tuple[Obstacle, ...]
    days: int
    idempotency_key: str
    until: str = ""
    error: str = ""
    action: str = paths.CLOSE
    withdraw_action: str = paths.KEEP_OPEN
    back_href: str = paths.ACCOUNT
