"""Addresses of the patient pages: one home for routes, redirects and links."""

HOME = "/h5/"
DEPARTMENTS = "/h5/departments"
BOOK = "/h5/book"
APPOINTMENTS = "/h5/appointments"
PEOPLE = "/h5/people"
ADD_PERSON = "/h5/people/new"
MESSAGES = "/h5/messages"
SIGN_IN = "/h5/sign-in"


def department(department_id: str) -> str:
    """Doctors of a department."""
    return f"{DEPARTMENTS}/{department_id}"


def doctor(doctor_id: str) -> str:
    """Days and slots of a doctor."""
    return f"/h5/doctors/{doctor_id}"


def appointment(appointment_id: str) -> str:
    """One appointment of the signed-in account."""
    return f"{APPOINTMENTS}/{appointment_id}"


def pay(appointment_id: str) -> str:
    """Pay for a held appointment."""
    return f"{APPOINTMENTS}/{appointment_id}/pay"


def result(appointment_id: str) -> str:
    """What became of the payment, as the server knows it."""
    return f"{APPOINTMENTS}/{appointment_id}/result"


def cancel(appointment_id: str) -> str:
    """Confirm and post the cancelling of an appointment."""
    return f"{APPOINTMENTS}/{appointment_id}/cancel"
