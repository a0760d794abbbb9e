"""View models of the patient pages: what each template shows, and nothing more.

A page handler fills one of these and names the template in its docstring; no template sees a
document or a service model. Conventions: `*_fen` is integer fen (templates use the `yuan`
filter); dates and times are words in the reader's language and the campus' zone, already
formatted ("11月24日 周二 09:30–10:00"); `href` is a path of `paths.py`; states are the glossary's
names, worded by `parts/states.html`; `error` and `errors` are sentences for the reader, empty
when nothing is wrong. Names, numbers and places are shown as given: mask before filling.
What an account keeps (appointments, people, messages) is in `account_views.py`.
"""

from typing import Literal

from msgspec import Struct

from wx_backend.entrypoints.web.patient import paths

SlotState = Literal["OPEN", "FULL", "SHUT", "STOPPED"]
DayState = Literal["OPEN", "FULL", "NONE"]


class View(Struct, frozen=True, kw_only=True):
    """Base of all view models."""


class Frame(View):
    """Every page: `base.html`. `toggle_href` is this address with `care` set to the other mode."""

    hospital: str
    tagline: str
    phone: str
    toggle_href: str
    xsrf: str
    care: bool = False
    lang: str = "zh-CN"
    unread: int = 0
    home: str = paths.HOME
    departments: str = paths.DEPARTMENTS
    appointments: str = paths.APPOINTMENTS
    waiting: str = paths.WAITING
    people: str = paths.PEOPLE
    add_person: str = paths.ADD_PERSON
    messages: str = paths.MESSAGES
    restrictions: str = paths.RESTRICTIONS
    favourites: str = paths.FAVOURITES
    bills: str = paths.BILLS
    deposit: str = paths.DEPOSIT
    stays: str = paths.STAYS
    prices: str = paths.PRICES
    sites: str = paths.HOSPITAL
    account: str = paths.ACCOUNT


class Choice(View):
    """A tab, a chip or an option of a select; `href` for links, `value` for form fields."""

    label: str
    href: str = ""
    value: str = ""
    current: bool = False


class Card(View):
    """What a link to a page shows when it is passed on; `href` is a whole address."""

    title: str
    text: str
    href: str


class Day(View):
    """A tile of the date strip: 今天 / 23 / 有号. `full_label` is read aloud: 11月23日 周一."""

    label: str
    number: str
    full_label: str
    state: DayState
    href: str
    current: bool = False


class Visit(View):
    """Who, where and when of one appointment, as a patient says it."""

    when: str
    doctor: str
    title: str
    department: str
    place: str
    patient: str = ""
    relation: str = ""


class NearSlot(View):
    """A free slot offered instead of the one that was asked for."""

    href: str
    when: str
    doctor: str
    remaining: int
    fee_fen: int


class DepartmentTile(View):
    """One of the often visited departments; `icon` is a name of static/icons.txt."""

    name: str
    icon: str
    href: str


class AppointmentCard(View):
    """One appointment in a list. `state` of the appointment, `order_state` of its order."""

    href: str
    state: str
    visit: Visit
    serial: str = ""
    order_state: str = ""


class Link(View):
    """A line of a list: what, and a few words about it."""

    name: str
    about: str
    href: str


class Home(View):
    """`home/page.html`: `next_visits` are the nearest seated appointments, unpaid first."""

    next_visits: tuple[AppointmentCard, ...]
    common: tuple[DepartmentTile, ...]
    kept: tuple[Link, ...] = ()


class DepartmentRow(View):
    """A department of the chosen group; `hint` names what it treats."""

    name: str
    hint: str
    href: str
    state: Literal["OPEN", "TODAY_FULL", "FULL"]


class FoundDoctor(View):
    """A doctor whom a search found."""

    name: str
    title: str
    department: str
    href: str


class Departments(View):
    """`departments/page.html`. With a `query` the rows and doctors are what was found."""

    query: str
    common: tuple[DepartmentTile, ...]
    groups: tuple[Choice, ...]
    rows: tuple[DepartmentRow, ...]
    doctors: tuple[FoundDoctor, ...] = ()


class DoctorCard(View):
    """A doctor in a department. `next_open` (今天, 11月24日) is empty when nothing is free."""

    name: str
    title: str
    good_at: str
    fee_fen: int
    href: str
    next_open: str
    remaining: int
    expert: bool = False


class Doctors(View):
    """`doctors/page.html`: doctors of a department on all days or one."""

    department: str
    place: str
    all_days_href: str
    days: tuple[Day, ...]
    doctors: tuple[DoctorCard, ...]
    about_href: str = ""
    card: Card | None = None


class SlotTile(View):
    """One slot of at most 30 minutes; `when` is the whole sentence for the bottom bar. With a
    `wait_href` it is full and may be waited for.
    """

    slot_id: str
    starts: str
    when: str
    state: SlotState
    remaining: int
    fee_fen: int
    chosen: bool = False
    wait_href: str = ""


class SessionBlock(View):
    """上午 08:00–11:30 · 305 诊室 and its slots."""

    name: str
    span: str
    room: str
    slots: tuple[SlotTile, ...]


class Times(View):
    """`times/page.html`, and its swapped part `times/slots.html`.

    `years` in practice, 0 when unknown. Without `sessions` the day is empty and `near` is offered.
    `wait_href` of a whole day that is full.
    """

    doctor: str
    title: str
    department: str
    years: int
    good_at: str
    days: tuple[Day, ...]
    sessions: tuple[SessionBlock, ...]
    about_href: str = ""
    card: Card | None = None
    near: tuple[NearSlot, ...] = ()
    wait_href: str = ""
    error: str = ""
    book_href: str = paths.BOOK


class PersonChoice(View):
    """A 就诊人 to book for; `refused` says why this one cannot (empty: can)."""

    patient_id: str
    name: str
    relation: str
    id_no: str
    chosen: bool = False
    refused: str = ""


class Book(View):
    """`book/page.html`: choose who it is for and confirm the hold; `symptoms` are asked about."""

    slot_id: str
    visit: Visit
    fee_fen: int
    people: tuple[PersonChoice, ...]
    hold_minutes: int
    cancel_rule: str
    add_person_href: str
    back_href: str
    idempotency_key: str
    symptoms: str = ""
    error: str = ""
    restricted_href: str = ""
    action: str = paths.BOOK


class Full(View):
    """`full/page.html`: the slot went to somebody else; `again_href` shows the doctor's days."""

    visit: Visit
    near: tuple[NearSlot, ...]
    again_href: str
    wait_href: str = ""


class PayMethod(View):
    """One way to pay; `code` is posted, `look` picks colour and icon."""

    code: str
    name: str
    note: str = ""
    look: Literal["wechat", "alipay", "insurance", "desk"] = "wechat"
    chosen: bool = False


class Pay(View):
    """`pay/page.html`. `expires_at` is a time of day; `seconds_left` feeds the countdown."""

    action: str
    visit: Visit
    fee_fen: int
    methods: tuple[PayMethod, ...]
    expires_at: str
    seconds_left: int
    cancel_rule: str
    idempotency_key: str
    error: str = ""


class PayLaunch(View):
    """`pay/launch.html`: `params` go to the bridge of `app` as they are, WeChat's
    getBrandWCPayRequest or Alipay's tradePay; `platform` is what people call it, `about` says what
    is paid.

    `result_href` asks the server; `pay_href` is where a payer who closed the sheet chooses again.
    """

    about: str
    fee_fen: int
    app: Literal["wechat", "alipay"]
    platform: str
    params: dict[str, str]
    result_href: str
    pay_href: str


class Waiting(View):
    """`result/waiting.html`: paid or not is not known yet; asks again every two seconds."""

    visit: Visit
    fee_fen: int
    result_href: str
    pay_href: str


class Locking(View):
    """`pay/locking.html`: who owns the number has not said yet that it is the patient's; asks again
    every two seconds. `unknown`: it was asked and has not answered.
    """

    visit: Visit
    expires_at: str
    again_href: str
    cancel_href: str
    unknown: bool = False


class Done(View):
    """`result/done.html`. `reseated`: paid after the hold had ended, but a number was found;
    `instead_of`: when the appointment was that this one was taken for.
    """

    visit: Visit
    serial: str
    arrive_by: str
    paid_fen: int
    bring: str
    cancel_rule: str
    detail_href: str
    reseated: bool = False
    instead_of: str = ""


class Missed(View):
    """`result/missed.html`: no number. `refund_fen` > 0: money came too late and goes back.
    `counter`: the hospital's own counter had given it out.
    """

    visit: Visit
    refund_fen: int
    near: tuple[NearSlot, ...]
    again_href: str
    counter: bool = False


class SignIn(View):
    """`sign_in/page.html`: `sign_in_href` starts the consent of `platform`."""

    sign_in_href: str
    platform: Literal["wechat", "alipay"] = "wechat"


class Failure(View):
    """`failure/page.html`: any error page. `trace` is what to tell the hospital on the phone."""

    status: int
    message: str
    trace: str
    retry_href: str = ""
