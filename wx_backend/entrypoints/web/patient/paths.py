"""Addresses of the patient pages: one home for routes, redirects and links."""

from urllib.parse import urlencode, urlsplit

HOME = "/h5/"
DEPARTMENTS = "/h5/departments"
BOOK = "/h5/book"
APPOINTMENTS = "/h5/appointments"
PEOPLE = "/h5/people"
ADD_PERSON = "/h5/people/new"
HOSPITAL = "/h5/hospital"
FAVOURITES = "/h5/favourites"
WAITING = "/h5/waiting"
JOIN = "/h5/waiting/new"
MESSAGES = "/h5/messages"
MESSAGE_SETTINGS = "/h5/messages/settings"
RESTRICTIONS = "/h5/restrictions"
SIGN_IN = "/h5/sign-in"
BILLS = "/h5/bills"
BILL_PAYMENTS = "/h5/bills/payments"
DEPOSIT = "/h5/deposit"
STAYS = "/h5/stays"
PRICES = "/h5/prices"
ACCOUNT = "/h5/account"
DEVICES = "/h5/account/devices"
CLOSE = "/h5/account/close"
KEEP_OPEN = "/h5/account/close/withdraw"
END_OTHERS = "/h5/account/devices/end-others"
SIGN_OUT = "/signout"


def department(department_id: str) -> str:
    """Doctors of a department."""
    return f"{DEPARTMENTS}/{department_id}"


def doctor(doctor_id: str) -> str:
    """Days and slots of a doctor."""
    return f"/h5/doctors/{doctor_id}"


def about(path: str) -> str:
    """The introduction of the doctor or department at ``path``."""
    return f"{path}/about"


def favourite(path: str) -> str:
    """Post that the doctor or department at ``path`` is kept at hand, or no longer."""
    return f"{path}/favourite"


def share(path: str) -> str:
    """Pass the doctor or department at ``path`` on."""
    return f"{path}/share"


def came_from(path: str, source: str) -> str:
    """``path`` as a QR code or a shared link has it."""
    return f"{path}?{urlencode({'from': source})}"


def appointment(appointment_id: str) -> str:
    """One appointment of the signed-in account."""
    return f"{APPOINTMENTS}/{appointment_id}"


def pay(appointment_id: str) -> str:
    """Pay for a held appointment."""
    return f"{APPOINTMENTS}/{appointment_id}/pay"


def result(appointment_id: str) -> str:
    """What became of the payment, as the server knows it."""
    return f"{APPOINTMENTS}/{appointment_id}/result"


def bills(patient_id: str) -> str:
    """What a person of the account owes."""
    return f"{BILLS}?{urlencode({'patient': patient_id})}"


def bill_payment(payment_id: str) -> str:
    """What became of a payment to the cashier."""
    return f"{BILL_PAYMENTS}/{payment_id}"


def pay_bills(payment_id: str) -> str:
    """Pay what was chosen."""
    return f"{bill_payment(payment_id)}/pay"


def cancel_bills(payment_id: str) -> str:
    """Post that it is not to be paid after all."""
    return f"{bill_payment(payment_id)}/cancel"


def stays(patient_id: str, visit_no: str = "", day: str = "") -> str:
    """A person's stays; with the list of a day."""
    asked = {"patient": patient_id, "visit_no": visit_no, "day": day}
    return f"{STAYS}?{urlencode({k: v for k, v in asked.items() if v})}"


def prices(query: str = "", category: str = "", after: str = "") -> str:
    """What things cost."""
    asked = {"q": query, "category": category, "after": after}
    kept = urlencode({k: v for k, v in asked.items() if v})
    return f"{PRICES}?{kept}" if kept else PRICES


def cancel(appointment_id: str) -> str:
    """Confirm and post the cancelling of an appointment."""
    return f"{APPOINTMENTS}/{appointment_id}/cancel"


def move(appointment_id: str, doctor_id: str = "") -> str:
    """Another time for a booked appointment; of this doctor, or of its own."""
    doctor = f"/{doctor_id}" if doctor_id else ""
    return f"{APPOINTMENTS}/{appointment_id}/move{doctor}"


def confirm_move(appointment_id: str) -> str:
    """Confirm and post that an appointment is moved to ``?slot=``."""
    return f"{APPOINTMENTS}/{appointment_id}/confirm-move"


def moved(appointment_id: str, before: str) -> str:
    """The result page of what an earlier appointment has become."""
    return f"{result(appointment_id)}?{urlencode({'before': before})}"


def stop(case_id: str) -> str:
    """What is offered to somebody whose clinic was stopped."""
    return f"/h5/stops/{case_id}"


def join(slot_id: str, scope: str = "") -> str:
    """Wait for a number of a slot that is full, of its session or its day."""
    chosen = {"scope": scope} if scope else {}
    return f"{JOIN}?{urlencode({'slot': slot_id, **chosen})}"


def entry(entry_id: str) -> str:
    """One's own place on the waiting list, or the number that was found."""
    return f"{WAITING}/{entry_id}"


def leave(entry_id: str) -> str:
    """Confirm and post that the place, or the offered number, is given up."""
    return f"{WAITING}/{entry_id}/leave"


def accept(entry_id: str) -> str:
    """Post that an offered number without a fee is taken."""
    return f"{WAITING}/{entry_id}/accept"


def restriction(restriction_id: str) -> str:
    """Why somebody may not book online, and their appeal."""
    return f"{RESTRICTIONS}/{restriction_id}"


def day(doctor_id: str, visit_date: str, slot_id: str = "") -> str:
    """A doctor's slots of one day, with one of them chosen."""
    chosen = {"slot": slot_id} if slot_id else {}
    return f"{doctor(doctor_id)}?{urlencode({'date': visit_date, **chosen})}"


def book(slot_id: str) -> str:
    """Choose who a slot is for."""
    return f"{BOOK}?{urlencode({'slot': slot_id})}"


def remove_person(binding_id: str) -> str:
    """Confirm and post that the account no longer acts for a person."""
    return f"{PEOPLE}/{binding_id}/remove"


def verify_person(binding_id: str) -> str:
    """How a person is verified, with today's code for the desk."""
    return f"{PEOPLE}/{binding_id}/verify"


def readers(binding_id: str) -> str:
    """Which other accounts act for a person."""
    return f"{PEOPLE}/{binding_id}/readers"


def reader(binding_id: str, other: str) -> str:
    """Post what the person has decided about one of them."""
    return f"{readers(binding_id)}/{other}"


def end_device(session_id: str) -> str:
    """Post that the account is signed in there no longer."""
    return f"{DEVICES}/{session_id}/end"


def default_person(binding_id: str) -> str:
    """Post that a person comes first from now on."""
    return f"{PEOPLE}/{binding_id}/default"


def sign_in(next_path: str) -> str:
    """The way in, and back to ``next_path``."""
    return f"{SIGN_IN}?{urlencode({'next': next_path})}"


def add_person(next_path: str) -> str:
    """Add a 就诊人, then go on to ``next_path``."""
    return f"{ADD_PERSON}?{urlencode({'next': next_path})}"


def appointments(tab: str, cursor: str) -> str:
    """A further page of a tab of the list."""
    asked = {"show": tab, "cursor": cursor}
    return f"{APPOINTMENTS}?{urlencode({k: v for k, v in asked.items() if v})}"


def returning(pay_page: str, back: str) -> str:
    """A platform's pay page that sends the payer to ``back``; the platform itself adds nothing."""
    glue = "&" if urlsplit(pay_page).query else "?"
    return f"{pay_page}{glue}{urlencode({'redirect_url': back})}"
