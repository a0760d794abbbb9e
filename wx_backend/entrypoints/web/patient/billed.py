"""What is owed, paid and charged, as views. Pure."""

from datetime import date, datetime, timedelta
from math import ceil

from booking.bills.model import BILL, BillShown, Payment
from booking.prices.model import Item as Price
from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.base.money import yuan
from wx_backend.entrypoints.web.patient import bill_views, paths, views
from wx_backend.entrypoints.web.patient.words import Words
from wx_backend.gateways.his_bills.port import Invoice, Item, Stay
from wx_backend.identity.patients.model import Person

DAYS_SHOWN = 14
"""Around the chosen one, so that every day of a long stay is a few taps away."""
DEPOSITS = (100_000, 300_000, 500_000, 1_000_000)
"""Amounts offered to choose from, in fen, as far as the hospital takes them."""
GAP = ":"


def chosen(people: list[Person], asked: str) -> Person | None:
    """The person asked for, else the default one; None when the account has nobody."""
    found = next((one for one in people if one.patient_id == asked), None)
    return found or next((one for one in people if one.is_default), None)


def tabs(people: list[Person], at: Person | None, page: str) -> tuple[views.Choice, ...]:
    """The people of the account; ``page`` is `bills` or `stays`."""
    href = {"bills": paths.bills, "stays": paths.stays}[page]
    return tuple(
        views.Choice(label=one.name, href=href(one.patient_id), current=one is at) for one in people
    )


def verify_href(person: Person) -> str:
    """Where somebody gets the right to read, if a visit to the desk would give it."""
    return "" if person.level == "VERIFIED" else paths.verify_person(person.binding_id)


def item(one: Item) -> bill_views.ItemRow:
    about = " ".join(word for word in (one.spec, f"× {one.quantity}{one.unit}") if word)
    return bill_views.ItemRow(name=one.name, about=about, fen=one.fen)


def row(
    bill: BillShown, words: Words, left_out: frozenset[str] = frozenset()
) -> bill_views.BillRow:
    return bill_views.BillRow(
        value=f"{bill.no}{GAP}{bill.fen}",
        department=bill.department,
        fen=bill.fen,
        until=words.deadline(bill.expires_at, HOSPITAL_ZONE),
        kind=bill.kind,
        doctor=bill.doctor,
        when=words.deadline(bill.prescribed_at, HOSPITAL_ZONE),
        items=tuple(item(one) for one in bill.items),
        chosen=bill.no not in left_out,
    )


def picked(values: list[str]) -> tuple[list[str], int]:
    """(numbers, sum of the amounts as they were shown) of the boxes that were ticked."""
    pairs = [value.rpartition(GAP) for value in values]
    good = [(no, int(fen)) for no, _, fen in pairs if no and fen.isascii() and fen.isdigit()]
    return [no for no, _ in good], sum(fen for _, fen in good)


def lines(payment: Payment) -> tuple[bill_views.Line, ...]:
    return tuple(
        bill_views.Line(
            label=line.department or line.no, fen=line.fen, refused=line.no in payment.refused
        )
        for line in payment.lines
    )


def title(payment: Payment, words: Words) -> str:
    return words.bills(len(payment.lines)) if payment.kind == BILL else words.deposit


def seconds_left(payment: Payment, now: datetime) -> int:
    if payment.state != "OPEN":
        return 0
    return max(0, ceil((payment.expires_at - now).total_seconds()))


def payment_row(payment: Payment, words: Words) -> bill_views.PaymentRow:
    when = words.moment(payment.opened_at, HOSPITAL_ZONE)
    return bill_views.PaymentRow(
        href=paths.bill_payment(payment.id),
        state=payment.state,
        title=title(payment, words),
        about=f"{payment.patient} · {when}",
        fen=payment.fen,
    )


def result(
    payment: Payment, invoice: Invoice | None, hides: bool, now: datetime, words: Words
) -> bill_views.BillPayment:
    """``hides``: an e-invoice lists every item, and the account may not read."""
    here = paths.bill_payment(payment.id)
    left = seconds_left(payment, now)
    over = payment.kind == BILL and bool(payment.patient_id)
    return bill_views.BillPayment(
        state=payment.state,
        title=title(payment, words),
        patient=payment.patient,
        lines=lines(payment),
        fen=payment.fen,
        opened_at=words.moment(payment.opened_at, HOSPITAL_ZONE),
        number=number(payment),
        again_href=paths.bills(payment.patient_id) if over else paths.DEPOSIT,
        refund_fen=payment.refused_fen,
        balance_fen=payment.balance_fen,
        invoice=invoice_shown(invoice) if invoice else None,
        hidden_invoice=hides,
        pay_href=paths.pay_bills(payment.id) if left else "",
        refresh_href=here if payment.state in ("OPEN", "PAID") else "",
    )


def number(payment: Payment) -> str:
    """As it is read over the telephone."""
    tail = payment.id[-12:].upper()
    return " ".join(tail[at : at + 4] for at in range(0, 12, 4))


def invoice_shown(invoice: Invoice) -> bill_views.InvoiceShown:
    return bill_views.InvoiceShown(
        code=invoice.code,
        number=invoice.number,
        check_code=invoice.check_code,
        fen=invoice.fen,
        href=invoice.url,
    )


def amounts(least_fen: int, most_fen: int) -> tuple[str, ...]:
    """In yuan, without a fraction where there is none."""
    offered = [fen for fen in DEPOSITS if least_fen <= fen <= most_fen] or [least_fen]
    return tuple(yuan(fen).removesuffix(".00") for fen in offered)


def stay(
    one: Stay, patient_id: str, day: date | None, today: date, words: Words
) -> bill_views.StayCard:
    last = one.discharged_on or today
    newest = min(last, (day or last) + timedelta(days=DAYS_SHOWN // 2))
    dates = (newest - timedelta(days=n) for n in range(DAYS_SHOWN))
    until = words.date(one.discharged_on) if one.discharged_on else words.today
    return bill_views.StayCard(
        visit_no=one.visit_no,
        department=one.department,
        span=f"{words.date(one.admitted_on)} – {until}",
        open=one.open,
        deposit_fen=one.deposit_fen,
        spent_fen=one.spent_fen,
        balance_fen=one.balance_fen,
        days=tuple(
            views.Choice(
                label=words.date(on),
                href=paths.stays(patient_id, one.visit_no, on.isoformat()),
                current=on == day,
            )
            for on in dates
            if on >= one.admitted_on
        ),
    )


def price(one: Price) -> bill_views.PriceRow:
    about = " · ".join(word for word in (one.spec, one.category, one.code) if word)
    return bill_views.PriceRow(
        name=one.name, about=about, price_fen=one.price_fen, unit=one.unit, source=one.source
    )
