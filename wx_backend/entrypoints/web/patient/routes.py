"""Routes of the patient pages; ``paths.py`` makes the addresses."""

from wx_backend.entrypoints.web.patient import paths
from wx_backend.entrypoints.web.patient.pages.about import (
    AboutDepartment,
    AboutDoctor,
    Favourites,
    KeepDepartment,
    KeepDoctor,
)
from wx_backend.entrypoints.web.patient.pages.account import Account
from wx_backend.entrypoints.web.patient.pages.appointments import (
    Appointments,
    Cancel,
    OneAppointment,
)
from wx_backend.entrypoints.web.patient.pages.bills import Bills, OnePayment, PayChosen, Payments
from wx_backend.entrypoints.web.patient.pages.bills import Cancel as CancelBills
from wx_backend.entrypoints.web.patient.pages.book import Book
from wx_backend.entrypoints.web.patient.pages.close import Close, KeepOpen
from wx_backend.entrypoints.web.patient.pages.departments import Departments
from wx_backend.entrypoints.web.patient.pages.devices import Devices, EndDevice, EndOthers
from wx_backend.entrypoints.web.patient.pages.doctors import Doctors
from wx_backend.entrypoints.web.patient.pages.home import Home, Root
from wx_backend.entrypoints.web.patient.pages.hospital import Sites
from wx_backend.entrypoints.web.patient.pages.message_settings import MessageSettings
from wx_backend.entrypoints.web.patient.pages.messages import Messages
from wx_backend.entrypoints.web.patient.pages.missing import Missing
from wx_backend.entrypoints.web.patient.pages.move import ConfirmMove, Move, MoveTimes
from wx_backend.entrypoints.web.patient.pages.pay import Pay
from wx_backend.entrypoints.web.patient.pages.people import (
    Default,
    NewPerson,
    People,
    Readers,
    ReadingOf,
    Remove,
    Verify,
)
from wx_backend.entrypoints.web.patient.pages.prices import Prices
from wx_backend.entrypoints.web.patient.pages.restrictions import OneRestriction, Restrictions
from wx_backend.entrypoints.web.patient.pages.result import Result
from wx_backend.entrypoints.web.patient.pages.share import ShareDepartment, ShareDoctor
from wx_backend.entrypoints.web.patient.pages.sign_in import SignIn
from wx_backend.entrypoints.web.patient.pages.stays import Deposit, Stays
from wx_backend.entrypoints.web.patient.pages.stop import Stop
from wx_backend.entrypoints.web.patient.pages.times import Times
from wx_backend.entrypoints.web.patient.pages.wait import JoinPage
from wx_backend.entrypoints.web.patient.pages.waiting import Accept, Leave, OneEntry, Waiting

ID = r"([a-z0-9]{5,40})"

routes: list[tuple] = [
    (r"/", Root),
    (paths.HOME, Home),
    (paths.DEPARTMENTS, Departments),
    (paths.department(ID), Doctors),
    (paths.doctor(ID), Times),
    (paths.about(paths.doctor(ID)), AboutDoctor),
    (paths.favourite(paths.doctor(ID)), KeepDoctor),
    (paths.share(paths.doctor(ID)), ShareDoctor),
    (paths.about(paths.department(ID)), AboutDepartment),
    (paths.favourite(paths.department(ID)), KeepDepartment),
    (paths.share(paths.department(ID)), ShareDepartment),
    (paths.FAVOURITES, Favourites),
    (paths.HOSPITAL, Sites),
    (paths.BOOK, Book),
    (paths.pay(ID), Pay),
    (paths.result(ID), Result),
    (paths.cancel(ID), Cancel),
    (paths.move(ID), Move),
    (paths.move(ID, ID), MoveTimes),
    (paths.confirm_move(ID), ConfirmMove),
    (paths.stop(ID), Stop),
    (paths.WAITING, Waiting),
    (paths.JOIN, JoinPage),
    (paths.entry(ID), OneEntry),
    (paths.leave(ID), Leave),
    (paths.accept(ID), Accept),
    (paths.APPOINTMENTS, Appointments),
    (paths.appointment(ID), OneAppointment),
    (paths.BILLS, Bills),
    (paths.BILL_PAYMENTS, Payments),
    (paths.bill_payment(ID), OnePayment),
    (paths.pay_bills(ID), PayChosen),
    (paths.cancel_bills(ID), CancelBills),
    (paths.DEPOSIT, Deposit),
    (paths.STAYS, Stays),
    (paths.PRICES, Prices),
    (paths.PEOPLE, People),
    (paths.ADD_PERSON, NewPerson),
    (paths.remove_person(ID), Remove),
    (paths.default_person(ID), Default),
    (paths.verify_person(ID), Verify),
    (paths.readers(ID), Readers),
    (paths.reader(ID, ID), ReadingOf),
    (paths.RESTRICTIONS, Restrictions),
    (paths.restriction(ID), OneRestriction),
    (paths.MESSAGES, Messages),
    (paths.MESSAGE_SETTINGS, MessageSettings),
    (paths.ACCOUNT, Account),
    (paths.CLOSE, Close),
    (paths.KEEP_OPEN, KeepOpen),
    (paths.DEVICES, Devices),
    (paths.END_OTHERS, EndOthers),
    (paths.end_device(ID), EndDevice),
    (paths.SIGN_IN, SignIn),
    (r"/h5(?:/.*)?", Missing),
]
