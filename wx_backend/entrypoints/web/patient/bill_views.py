"""View models of the hospital's cashier, and of what things cost (see `views.py`)."""

from wx_backend.entrypoints.web.patient import paths, views


class ItemRow(views.View):
    """A line of a bill or of a day: 苯磺酸氨氯地平片 5mg×28 片 · 2 盒."""

    name: str
    about: str
    fen: int


class BillRow(views.View):
    """A pending bill. `value` is posted: number and amount as shown. `kind` is a word of
    `parts/bills.html`; without the right to read there are only department and amount.
    """

    value: str
    department: str
    fen: int
    until: str
    kind: str = ""
    doctor: str = ""
    when: str = ""
    items: tuple[ItemRow, ...] = ()
    chosen: bool = True


class Bills(views.View):
    """`bills/page.html`: what the chosen person owes. `silent`: the HIS does not answer;
    `verify_href`: how somebody gets to see the items.
    """

    people: tuple[views.Choice, ...]
    patient_id: str
    rows: tuple[BillRow, ...]
    total_fen: int
    idempotency_key: str
    reads: bool = True
    silent: bool = False
    verify_href: str = ""
    error: str = ""
    action: str = paths.BILLS
    records_href: str = paths.BILL_PAYMENTS
    stays_href: str = ""
    deposit_href: str = paths.DEPOSIT


class Line(views.View):
    """A bill within a payment: department, amount, and whether the hospital would not have it."""

    label: str
    fen: int
    refused: bool = False


class PayBills(views.View):
    """`bills/pay.html`: the sum of what was chosen, and how to pay it."""

    action: str
    title: str
    patient: str
    lines: tuple[Line, ...]
    fee_fen: int
    methods: tuple[views.PayMethod, ...]
    expires_at: str
    seconds_left: int
    cancel_action: str
    idempotency_key: str
    error: str = ""


class InvoiceShown(views.View):
    """电子票据. `href` leads to the finance office's own page, or is empty."""

    code: str
    number: str
    check_code: str
    fen: int
    href: str


class BillPayment(views.View):
    """`bills/payment.html`: what has become of it. With a `refresh_href` it is not known yet, or
    not booked, and asks again every two seconds. `balance_fen` of a deposit.
    """

    state: str
    title: str
    patient: str
    lines: tuple[Line, ...]
    fen: int
    opened_at: str
    number: str
    again_href: str
    refund_fen: int = 0
    balance_fen: int | None = None
    invoice: InvoiceShown | None = None
    hidden_invoice: bool = False
    pay_href: str = ""
    refresh_href: str = ""


class PaymentRow(views.View):
    """One payment in the list."""

    href: str
    state: str
    title: str
    about: str
    fen: int


class BillPayments(views.View):
    """`bills/payments.html`: newest first."""

    rows: tuple[PaymentRow, ...]
    bills_href: str = paths.BILLS


class Deposit(views.View):
    """`deposit/page.html`: whom it is for, then how much. Before the patient is found `patient` is
    empty. Amounts in yuan as people write them.
    """

    idempotency_key: str
    visit_no: str = ""
    name: str = ""
    patient: str = ""
    balance_fen: int = 0
    amount: str = ""
    choices: tuple[str, ...] = ()
    least_fen: int = 0
    most_fen: int = 0
    error: str = ""
    action: str = paths.DEPOSIT


class StayCard(views.View):
    """One stay: `span` of dates, amounts, and its days."""

    visit_no: str
    department: str
    span: str
    open: bool
    deposit_fen: int
    spent_fen: int
    balance_fen: int
    days: tuple[views.Choice, ...] = ()


class Stays(views.View):
    """`stays/page.html`: a person's stays and the list of the chosen day. `unread`: the account may
    not read about this person.
    """

    people: tuple[views.Choice, ...]
    stays: tuple[StayCard, ...] = ()
    day: str = ""
    items: tuple[ItemRow, ...] = ()
    day_fen: int = 0
    silent: bool = False
    unread: bool = False
    verify_href: str = ""
    deposit_href: str = paths.DEPOSIT


class PriceRow(views.View):
    """An item of the catalogue."""

    name: str
    about: str
    price_fen: int
    unit: str
    source: str


class Prices(views.View):
    """`prices/page.html`: what was searched for, or everything of a category."""

    query: str
    category: str
    categories: tuple[views.Choice, ...]
    rows: tuple[PriceRow, ...]
    more_href: str = ""
    action: str = paths.PRICES
